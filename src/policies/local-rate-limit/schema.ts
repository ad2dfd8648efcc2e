import type { z } from 'zod'
import { integer, number, record } from '../../policy/fields.ts'

export const config = record({
  maxTokens: integer(1, 2 ** 32 - 1).describe('How many requests may come at once.'),
  tokensPerFill: integer(1, 2 ** 32 - 1)
    .default(1)
    .describe('How many more may come with each interval.'),
  fillIntervalMs: integer(50, 2 ** 31 - 1).describe('How long an interval is.'),
  enabledPercent: number(0, 100).default(100).describe('Of how many requests in a hundred are counted.'),
  enforcedPercent: number(0, 100)
    .default(100)
    .describe('How many in a hundred of those that are too many are refused.'),
})
export type Config = z.infer<typeof config>
