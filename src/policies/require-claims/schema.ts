import { z } from 'zod'
import { list, oneOf, optional, record, set, text } from '../../policy/fields.ts'

/** A scope as RFC 6749 §3.3 spells it: it is also quoted in the challenge. */
const scope = () =>
  text().refine((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name), {
    error: (issue) => `bad scope '${String(issue.input)}': printable ASCII without space, quote and backslash`,
  })

/** What one claim must hold. */
const demand = record({
  claim: optional(text()).describe('Name of a claim at the top of the token, taken as it stands (dots mean nothing).'),
  path: optional(z.array(text()).min(1)).describe('Where a nested claim is, name by name: `[realm_access, roles]`.'),
  values: list(text())
    .default([])
    .describe('Values looked for, in a list or as the whole value. Empty: the claim must be there.'),
  match: oneOf('any', 'all').default('any').describe('Whether one of the values suffices.'),
})

export const config = record({
  scopes: set(scope()).default([]).describe('Scopes that the token must have.'),
  scopes_match: oneOf('any', 'all').default('all').describe('Whether one of the scopes suffices.'),
  scope_claim: optional(text()).describe(
    'The claim that holds the scopes. Unless given: `scope`, `scp`, then `scopes`.',
  ),
  claims: list(demand).default([]).describe('What further claims must hold; every entry must be met.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>
export type Demand = Config['claims'][number]

export function check({ scopes, claims }: Config): Record<string, string | string[]> {
  if (scopes.length === 0 && claims.length === 0)
    return { '@entity': ["at least one of these fields must be non-empty: 'config.scopes', 'config.claims'"] }
  const problems: Record<string, string> = {}
  claims.forEach(({ claim, path }, index) => {
    if ((claim === null) === (path === null))
      problems[`claims.${index}`] = "exactly one of these fields must be non-empty: 'claim', 'path'"
  })
  return problems
}
