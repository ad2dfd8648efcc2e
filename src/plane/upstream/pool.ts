import type { Deadlines } from '../deadlines.ts'
import type { HeaderRoles } from '../http1/header-roles.ts'
import { type ConnectionPool, UpstreamConnection } from '../http1/upstream-connection.ts'
import type { Endpoint, ServicePool } from './service-connection.ts'

/** How long an unused connection is kept, in milliseconds. */
const IDLE_MS = 60_000
/** Beyond this many, unused connections are the surplus of a burst and go within seconds. */
const WARM = 32
const SURPLUS_MS = 2_000

/** Unused connections to one endpoint. Taking, giving back and losing one each cost the same among one and a thousand. */
export class Pool implements ServicePool, ConnectionPool {
  readonly endpoint: Endpoint
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  readonly #limit: number
  /** Last in, first out: the warmest connection is used, the rest run into their idle limit. */
  readonly #idle: UpstreamConnection[] = []
  readonly #all = new Set<UpstreamConnection>()

  constructor(endpoint: Endpoint, deadlines: Deadlines, roles: HeaderRoles, limit: number) {
    this.endpoint = endpoint
    this.#deadlines = deadlines
    this.#roles = roles
    this.#limit = limit
  }

  /** An idle connection, or null. */
  takeIdle(): UpstreamConnection | null {
    const connection = this.#idle.pop()
    if (connection === undefined) return null
    connection.idleIndex = -1
    return connection
  }

  /** @param connectTimeout milliseconds. */
  open(connectTimeout: number): UpstreamConnection {
    const connection = new UpstreamConnection(this.endpoint, connectTimeout, this.#deadlines, this.#roles, this)
    this.#all.add(connection)
    return connection
  }

  giveBack(connection: UpstreamConnection): void {
    if (connection.closed) return
    if (this.#idle.length >= this.#limit) return connection.destroy()
    connection.idleIndex = this.#idle.length
    this.#idle.push(connection)
    connection.deadline = this.#deadlines.now + (connection.idleIndex < WARM ? IDLE_MS : SURPLUS_MS)
  }

  forget(connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const at = connection.idleIndex
    if (at < 0) return
    connection.idleIndex = -1
    const last = this.#idle.pop()!
    if (last !== connection) {
      this.#idle[at] = last
      last.idleIndex = at
    }
  }

  close(): void {
    for (const connection of [...this.#all]) connection.destroy()
  }
}
