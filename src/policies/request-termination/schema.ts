import type { z } from 'zod'
import { headerValue } from '../../base/header-value.ts'
import { flag, headerName, integer, optional, record, text } from '../../policy/fields.ts'

export const config = record({
  status_code: integer(100, 599).default(503).describe('Status of the answer.'),
  message: optional(text()).describe('Text of the answer, sent as `{"message":…}`.'),
  content_type: optional(text()).describe('Content-Type of `body`.'),
  body: optional(text()).describe('The answer as it stands, in place of `message`.'),
  echo: flag().default(false).describe('Answer with what the gateway saw of the request, for debugging.'),
  trigger: optional(headerName()).describe('Answer only requests that have this header or query argument.'),
})
export type Config = z.infer<typeof config>

export function check({ message, content_type, body, echo }: Config): Record<string, string | string[]> {
  if (message !== null && (content_type !== null || body !== null))
    return { '@entity': ['message cannot be used with content_type or body'] }
  if (content_type !== null && body === null) return { '@entity': ['content_type requires a body'] }
  if (echo && (content_type !== null || body !== null))
    return { '@entity': ['echo cannot be used with content_type and body'] }
  if (content_type !== null && headerValue(content_type) === null)
    return { '@entity': ['content_type must not hold control characters'] }
  return {}
}
