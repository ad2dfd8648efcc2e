import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../policy/outcome.ts'
import type { Wire } from '../policy/wire.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Deadlines } from './deadlines.ts'
import type { HttpExchange, ResponseSeen } from './exchange.ts'
import type { HeaderRoles } from './http1/header-roles.ts'
import type { Upstreams } from './upstream/upstreams.ts'

/** A source as the plane serves it: what it routes, and how its dialect looks on the wire. */
export interface ServedSource {
  readonly snapshot: Snapshot
  readonly wire: Wire
}

/** Everything the request road needs; one per process. */
export interface Site {
  /** Asked in this order; the first match wins, the first source words what none matches. */
  readonly sources: readonly ServedSource[]
  readonly clock: Clock
  readonly upstreams: Upstreams
  readonly deadlines: Deadlines
  /** Roles of request headers under the present configuration. */
  requestRoles(): HeaderRoles
  readonly responseRoles: HeaderRoles
  /** Protocols that clients may be switched to by a service, lower case. */
  readonly upgrades: ReadonlySet<string>
  /** The exchange is over: access log and metrics. */
  record(exchange: HttpExchange | null, response: ResponseSeen, outcome: Outcome): void
  /** Something of ours broke; the request was refused. */
  broke(error: unknown, exchange: HttpExchange): void
}
