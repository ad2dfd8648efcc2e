import { durationMs } from '../../resources/fields/go-duration.ts'
import type { Resource } from '../../resources/resource.ts'
import type { FieldEffect } from '../filter.ts'

type Spec = Resource<'TrafficPolicy'>['spec']

/** `0` switches a limit off. */
const limit = (written: string): number | null => durationMs(written) || null

export function timeouts({ request }: NonNullable<Spec['timeouts']>): FieldEffect {
  return request === undefined ? {} : { route: { timeouts: { request: limit(request) } } }
}

const STATUSES: Readonly<Record<string, readonly number[]>> = {
  '5xx': range(500, 599),
  'gateway-error': [502, 503, 504],
  'retriable-4xx': [409],
  'envoy-ratelimited': [429],
}
const CAUSES: Readonly<Record<string, readonly ('connect-failure' | 'reset' | 'timeout')[]>> = {
  '5xx': ['connect-failure', 'reset', 'timeout'],
  'gateway-error': ['connect-failure', 'reset', 'timeout'],
  reset: ['connect-failure', 'reset', 'timeout'],
  'reset-before-request': ['connect-failure'],
  'connect-failure': ['connect-failure'],
  'refused-stream': ['reset'],
  'http3-post-connect-failure': ['connect-failure'],
}

/** The longest wait is ten times the first one. */
const LONGEST_WAIT = 10

export function retry(value: NonNullable<Spec['retry']>): FieldEffect {
  const { retryOn = [], statusCodes = [], attempts, perTryTimeout, backoffBaseInterval } = value
  const backoff = durationMs(backoffBaseInterval)
  return {
    route: {
      retry: {
        attempts,
        statuses: [...new Set([...statusCodes, ...retryOn.flatMap((each) => STATUSES[each] ?? [])])],
        on: [...new Set(retryOn.flatMap((each) => CAUSES[each] ?? []))],
        backoff,
        backoffMax: backoff * LONGEST_WAIT,
      },
      ...(perTryTimeout !== undefined && { attemptTimeout: durationMs(perTryTimeout) }),
    },
  }
}

/** Kinds of failures that only gRPC statuses in trailers tell of. */
export const UNSERVED_RETRIES = ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n)
}
