import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { jsonSubstitution, textSubstitution } from '../../policy/substitution/substitution.ts'
import { answered } from '../../policy/verdict.ts'
import { type Config, check, config } from './schema.ts'

export const directResponse = definePolicy({
  name: 'direct-response',
  phase: 'shape',
  summary: 'Answer with a fixed status and body in place of the service.',
  config,
  check,
  reasons: {},
  compile(given) {
    const { status, contentType, format } = given
    const type = contentType ?? (format === 'json' ? 'application/json' : 'text/plain')
    const answer = (body: string) => answered({ status, headers: body === '' ? [] : [['content-type', type]], body })
    const body = filled(given)
    if (body === null) {
      const fixed = answer(given.body ?? '')
      return { request: () => fixed }
    }
    return { request: (exchange) => answer(body(exchange)) }
  },
})

/** Null where the body is the same for every request. */
function filled({ body, format }: Config): ((exchange: Exchange) => string) | null {
  if (body === null || format === 'none') return null
  return format === 'text' ? textSubstitution(body) : jsonSubstitution(JSON.parse(body))
}
