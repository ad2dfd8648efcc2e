import type { z } from 'zod'
import { checkExpression } from '../../base/expression.ts'
import { list, record, text } from '../../policy/fields.ts'

const expressions = () => list(text()).default([])

export const config = record({
  allow: expressions().describe('Expressions for user agents that may pass, whatever else is said of them.'),
  deny: expressions().describe('Expressions for user agents that are refused, besides the known bots.'),
})
export type Config = z.infer<typeof config>

/** Expressions are those that run in linear time: they meet texts of strangers. */
export function check({ allow, deny }: Config): Record<string, string | string[]> {
  for (const [field, sources] of Object.entries({ allow, deny })) {
    for (const source of sources) {
      const problem = checkExpression(source)
      if (problem !== null) return { [field]: `not a valid regex: ${source}: ${problem}` }
    }
  }
  return {}
}
