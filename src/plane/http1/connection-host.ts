import type { Refusal } from '../../policy/wire.ts'
import type { ClientSide } from '../client-side.ts'
import type { Deadlines } from '../deadlines.ts'
import type { HeaderRoles } from './header-roles.ts'
import type { HeadLimits } from './message-head.ts'

/** A client's connection as the plane keeps it. */
export interface ServedConnection {
  /** True while a request is under way. */
  readonly busy: boolean
  /** Ends it when no request is under way; else it ends with its answer. */
  drain(): void
  abort(): void
}

/** Bounds on what a client may make us wait for, in milliseconds. */
export interface ClientTimeouts {
  /** From the first byte of a head to its last. */
  readonly head: number
  /** Between two requests. */
  readonly idle: number
  /** Between two reads of a body, and for a client that does not take its answer. */
  readonly body: number
}

/** What a connection needs of the gateway. */
export interface ConnectionHost {
  readonly deadlines: Deadlines
  readonly timeouts: ClientTimeouts
  readonly limits: HeadLimits
  /** Asked anew for every request: identity headers change with the configuration. */
  requestRoles(): HeaderRoles
  /** True while the gateway drains: every answer ends its connection. */
  draining(): boolean
  /** A request is there, head accepted. May answer at once. */
  request(client: ClientSide): void
  /** A message that could not be read as a request: answers it. */
  refuse(client: ClientSide, refusal: Refusal): void
  /** The connection is over, or somebody else's now. */
  closed(connection: ServedConnection): void
}
