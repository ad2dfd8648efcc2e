import type { z } from 'zod'
import { integer, list, optional, record, text } from '../../policy/fields.ts'
import { isAddressOrRange } from './addresses.ts'

const range = () =>
  text().refine(isAddressOrRange, { error: (issue) => `invalid ip or cidr range: '${String(issue.input)}'` })

export const config = record({
  allow: optional(list(range())).describe('Addresses and ranges that may pass; all others are refused.'),
  deny: optional(list(range())).describe('Addresses and ranges that are refused, whatever `allow` says.'),
  status: optional(integer(200, 599)).describe('Status of a refusal; null: 403.'),
  message: optional(text()).describe('Message of a refusal; null: one that names the address.'),
})
export type Config = z.infer<typeof config>

export function check({ allow, deny }: Config): Record<string, string | string[]> {
  if ((allow?.length ?? 0) + (deny?.length ?? 0) > 0) return {}
  return { '@entity': ["at least one of these fields must be non-empty: 'config.allow', 'config.deny'"] }
}
