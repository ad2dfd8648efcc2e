import type { z } from 'zod'
import { flag, list, optional, record, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

export const config = record({
  allow: optional(list(text())).describe('Groups that may pass; everybody else is refused.'),
  deny: optional(list(text())).describe('Groups that are refused; everybody else may pass.'),
  hide_groups_header: flag().default(false).describe("Do not tell the service the caller's groups."),
  always_use_authenticated_groups: flag()
    .default(false)
    .describe("Go by the groups that the caller's own proof names, where it names any, before the consumer's groups."),
})
export type Config = z.infer<typeof config>

/** Exactly one of the two lists makes a rule; none or both would leave open which was meant. */
export function check({ allow, deny }: Config): Record<string, string | string[]> {
  const given = [allow, deny].filter((groups) => groups !== null && groups.length > 0).length
  if (given === 1) return {}
  const one = "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'"
  const some = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'"
  return { '@entity': given === 0 ? [some, one] : [one] }
}

/** One row says that a consumer is in a group. */
export const acls: EntityDefinition = {
  kind: 'acls',
  schema: record({ group: text().describe('The group that the consumer is in.') }),
  lookup: null,
  uniquePerConsumer: 'group',
}
