import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { config, UNIT_BYTES } from './schema.ts'

const reasons = {
  tooLarge: { code: 'body-too-large', status: 413, message: 'Request size limit exceeded' },
  expectedTooLarge: { code: 'expected-body-too-large', status: 417, message: 'Request size limit exceeded' },
  unannounced: { code: 'length-required', status: 411, message: 'A valid Content-Length header is required' },
} as const

export const requestSizeLimiting = definePolicy({
  name: 'request-size-limiting',
  phase: 'authorize',
  summary: 'Refuse requests whose body is too large.',
  config,
  reasons,
  compile({ allowed_payload_size, size_unit, require_content_length }) {
    const most = allowed_payload_size * UNIT_BYTES[size_unit]
    const tooLarge = denied(reasons.tooLarge)
    const expectedTooLarge = denied(reasons.expectedTooLarge)
    const unannounced = denied(reasons.unannounced)
    const cutOff = { policy: 'request-size-limiting', reason: reasons.tooLarge, detail: {} }

    return {
      request: function measureBody(exchange) {
        // Digits only: the gateway refused anything else before.
        const announced = exchange.header('content-length')
        if (announced === undefined) {
          if (require_content_length) return unannounced
          exchange.limitBody(most, cutOff)
          return next
        }
        if (Number(announced) <= most) return next
        return exchange.header('expect')?.toLowerCase() === '100-continue' ? expectedTooLarge : tooLarge
      },
    }
  },
})
