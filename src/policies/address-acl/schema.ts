import { z } from 'zod'
import { hasHostBits, ipRange } from '../../base/ip-address.ts'
import { integer, list, oneOf, optional, record, text } from '../../policy/fields.ts'
import { headerNameProblem } from '../../policy/header-changes.ts'

const rule = record({
  name: optional(text()).describe('Told of a refusal; `rule` when null.'),
  ranges: z.array(text()).min(1).describe('Addresses and ranges such as `10.0.0.0/8`.'),
  action: oneOf('allow', 'deny').describe('What happens to callers from there.'),
})

export const config = record({
  defaultAction: oneOf('allow', 'deny').describe('What happens to callers that no rule is about.'),
  rules: list(rule)
    .default([])
    .describe('The rule with the longest range that holds the caller decides, wherever it stands.'),
  status: integer(200, 599).default(403).describe('Status of the refusal.'),
  headers: list(record({ name: text(), value: text() }))
    .default([])
    .describe('Headers of the refusal.'),
  blockedByHeader: optional(text()).describe('A header of the refusal that names the rule.'),
})
export type Config = z.infer<typeof config>

export function check({ rules, headers, blockedByHeader }: Config): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const [n, { ranges }] of rules.entries()) {
    for (const [m, text] of ranges.entries()) {
      const range = ipRange(text)
      if (range === null) problems[`rules[${n}].ranges[${m}]`] = `'${text}' is no address and no range`
      else if (hasHostBits(range)) problems[`rules[${n}].ranges[${m}]`] = `'${text}' has bits behind its length`
    }
  }
  for (const name of [...headers.map(({ name }) => name), ...(blockedByHeader === null ? [] : [blockedByHeader])]) {
    const problem = headerNameProblem(name)
    if (problem !== null) problems['headers'] = problem
  }
  return problems
}
