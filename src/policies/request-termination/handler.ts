import { encodedHeaderValue } from '../../base/header-value.ts'
import { definePolicy } from '../../policy/policy.ts'
import { answered, next } from '../../policy/verdict.ts'
import { echoed } from './echo.ts'
import { check, config } from './schema.ts'

/** The texts Kong has for a status without a message; any other status has an empty body. */
const DEFAULT_MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'Not found',
  405: 'Method not allowed',
  500: 'An unexpected error occurred',
  502: 'Bad Gateway',
  503: 'Service unavailable',
}
const JSON_TYPE = 'application/json; charset=utf-8'

export const requestTermination = definePolicy({
  name: 'request-termination',
  phase: 'shape',
  summary: 'Answer requests here, without asking the service.',
  config,
  check,
  reasons: {},
  compile({ status_code, message, content_type, body, echo, trigger }) {
    const text = message ?? DEFAULT_MESSAGES[status_code]
    const fixed =
      body !== null
        ? answered({
            status: status_code,
            headers: content_type === null ? [] : [['Content-Type', encodedHeaderValue(content_type)]],
            body,
          })
        : text !== undefined
          ? answered({
              status: status_code,
              headers: [['Content-Type', JSON_TYPE]],
              body: JSON.stringify({ message: text }),
            })
          : answered({ status: status_code, headers: [], body: '' })
    const triggerHeader = trigger?.toLowerCase()

    return {
      request: function terminate(exchange) {
        if (trigger !== null && triggerHeader !== undefined) {
          if (exchange.header(triggerHeader) === undefined && exchange.queryValues(trigger).length === 0) return next
        }
        if (!echo) return fixed
        return answered({
          status: status_code,
          headers: [['Content-Type', JSON_TYPE]],
          body: JSON.stringify(echoed(exchange, text)),
        })
      },
    }
  },
})
