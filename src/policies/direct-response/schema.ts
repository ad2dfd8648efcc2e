import type { z } from 'zod'
import { headerValue } from '../../base/header-value.ts'
import { integer, oneOf, optional, record, text } from '../../policy/fields.ts'
import { jsonSubstitutionProblem, substitutionProblem } from '../../policy/substitution/substitution.ts'

export const config = record({
  status: integer(200, 599).describe('Status of the answer.'),
  body: optional(text()).describe('The answer. Left out, it is empty.'),
  contentType: optional(text()).describe('Content-Type of the body; `application/json` or `text/plain` left out.'),
  format: oneOf('none', 'text', 'json')
    .default('none')
    .describe(
      'Whether the body holds operators such as `%REQ(x-user)%` to fill in per request: `text`, anywhere; `json`, in the texts of a JSON document.',
    ),
})
export type Config = z.infer<typeof config>

export function check({ body, contentType, format }: Config): Record<string, string> {
  if (contentType !== null && headerValue(contentType) === null)
    return { contentType: 'must not hold control characters' }
  if (format === 'none') return {}
  if (body === null) return { body: 'is required where a format is given' }
  const problem = format === 'text' ? substitutionProblem(body) : jsonProblem(body)
  return problem === null ? {} : { body: problem }
}

function jsonProblem(body: string): string | null {
  let document: unknown
  try {
    document = JSON.parse(body)
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`
  }
  return jsonSubstitutionProblem(document)
}
