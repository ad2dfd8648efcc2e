import { z } from 'zod'
import { checkExpression } from '../../policy/cel/expression.ts'
import { oneOf, record } from '../../policy/fields.ts'

export const config = record({
  action: oneOf('allow', 'deny')
    .default('allow')
    .describe(
      'What happens to requests that an expression is true of: `allow` refuses all others, `deny` lets them pass.',
    ),
  expressions: z
    .array(z.string().min(1).max(16_384))
    .min(1)
    .max(256)
    .describe('CEL over `request`, `source`, `destination`, `connection` and `metadata`; one that is true is enough.'),
})
export type Config = z.infer<typeof config>

export function check({ expressions }: Config): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const [n, expression] of expressions.entries()) {
    const problem = checkExpression(expression)
    if (problem !== null) problems[`expressions[${n}]`] = problem
  }
  return problems
}
