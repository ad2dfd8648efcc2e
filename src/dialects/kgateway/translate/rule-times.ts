import type { RouteSpec } from '../../../model/model.ts'
import { durationMs } from '../resources/fields/go-duration.ts'
import type { HttpRouteRule } from '../resources/kinds/http-route/spec.ts'
import { ROUTE_TIMEOUT_MS } from '../wire.ts'
import type { RouteSettings } from './filter.ts'

/** What a rule's own timeouts and those of its policies come to: a rule's go first, and `0s` is no limit. */
export function timesOf(
  own: HttpRouteRule['timeouts'],
  { timeouts, retry, attemptTimeout }: RouteSettings,
): Pick<RouteSpec, 'timeouts' | 'retry'> {
  const limit = (written: string | undefined) => (written === undefined ? undefined : durationMs(written) || null)
  const ofRequest = limit(own?.request)
  const backend = limit(own?.backendRequest)
  const whole = retry === undefined ? (backend ?? ofRequest) : ofRequest
  const attempt = retry === undefined ? null : (backend ?? attemptTimeout ?? null)
  const asked = whole === undefined ? timeouts?.request : whole
  const request = asked === undefined ? ROUTE_TIMEOUT_MS : asked
  return { timeouts: { request, attempt }, ...(retry !== undefined && { retry }) }
}
