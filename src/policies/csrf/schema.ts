import type { z } from 'zod'
import { flag, list, number, oneOf, record, text } from '../../policy/fields.ts'
import { checkTextMatch } from './text-match.ts'

const origin = record({
  kind: oneOf('exact', 'prefix', 'suffix', 'contains', 'regex').describe('How the host is compared.'),
  value: text().describe('With what; an expression (RE2) must match as a whole.'),
  ignoreCase: flag().default(false).describe('Whether upper and lower case are the same.'),
})

export const config = record({
  enabledPercent: number(0, 100).default(100).describe('Of how many requests in a hundred it is demanded.'),
  shadowPercent: number(0, 100)
    .default(0)
    .describe('Of how many of the others it is only logged that they would be refused.'),
  additionalOrigins: list(origin)
    .default([])
    .describe('Hosts, with their port where they have one, whose pages may send what changes something.'),
})
export type Config = z.infer<typeof config>

export function check({ additionalOrigins }: Config): Record<string, string> {
  for (const [n, match] of additionalOrigins.entries()) {
    const problem = checkTextMatch(match)
    if (problem !== null) return { [`additionalOrigins[${n}].value`]: problem }
  }
  return {}
}
