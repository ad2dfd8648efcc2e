import { duration, durationOfAtLeast, NOT_A_DURATION } from '../../fields/durations.ts'
import { goDurationNs } from '../../fields/go-duration.ts'
import { defaulted, integer, list, object, oneOf } from '../../schema/build.ts'
import { type Rule, rule } from '../../schema/rule.ts'

const occasion = () =>
  oneOf(
    '5xx',
    'gateway-error',
    'reset',
    'reset-before-request',
    'connect-failure',
    'envoy-ratelimited',
    'retriable-4xx',
    'refused-stream',
    'retriable-status-codes',
    'http3-post-connect-failure',
    'cancelled',
    'deadline-exceeded',
    'internal',
    'resource-exhausted',
    'unavailable',
  )

export const retry = () =>
  object(
    {
      retryOn: list(occasion(), { min: 1 }),
      statusCodes: list(integer({ min: 400, max: 599 }), { min: 1 }),
      attempts: defaulted(integer({ min: 0 }), 1),
      perTryTimeout: durationOfAtLeast('retry.perTryTimeout must be at least 1ms.'),
      backoffBaseInterval: defaulted(durationOfAtLeast('retry.backoffBaseInterval must be at least 1ms.'), '25ms'),
    },
    rule(
      'retryOn or statusCodes must be set.',
      ({ retryOn, statusCodes }) => retryOn !== undefined || statusCodes !== undefined,
    ),
  )

export const timeouts = () => object({ request: duration(), streamIdle: duration() })

interface Times {
  readonly retry?: { readonly perTryTimeout?: string }
  readonly timeouts?: { readonly request?: string }
}
/** One try ends before all of them together. */
export const tryEndsFirst: Rule<Times> = rule(
  'retry.perTryTimeout must be less than timeouts.request',
  ({ retry, timeouts }) => {
    if (retry?.perTryTimeout === undefined || timeouts?.request === undefined) return true
    const one = goDurationNs(retry.perTryTimeout)
    const all = goDurationNs(timeouts.request)
    return one === null || all === null ? NOT_A_DURATION : one < all
  },
)
