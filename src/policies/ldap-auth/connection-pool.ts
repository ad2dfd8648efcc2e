import type { BindAnswer, Dial, LdapConnection } from './connection.ts'

export interface PoolLimits {
  /** Milliseconds that an unused connection is kept for. */
  readonly keepaliveMs: number
  /** Milliseconds that a request waits for a connection. */
  readonly waitMs: number
  /** Connections at once, and requests that wait for one. */
  readonly connections: number
  readonly waiting: number
}

interface Idle {
  readonly connection: LdapConnection
  readonly timer: NodeJS.Timeout
}

/**
 * Connections to one LDAP server. A connection has the identity of its last bind, so each carries one bind at a time; and
 * nothing but binds, so whose identity that is does not matter.
 */
export class ConnectionPool {
  readonly #dial: Dial
  readonly #limits: PoolLimits
  /** Last in, first out. */
  readonly #idle: Idle[] = []
  readonly #waiting: { resolve(connection: LdapConnection | null): void }[] = []
  #open = 0
  #ended = false

  constructor(dial: Dial, limits: PoolLimits) {
    this.#dial = dial
    this.#limits = limits
  }

  /** @throws Error when the server can't be asked. */
  async bind(entry: string, password: string): Promise<BindAnswer> {
    const kept = this.#takeIdle()
    if (kept !== null) {
      try {
        return await this.#bindBy(kept, entry, password)
      } catch (error) {
        // the server may have closed it while nobody looked: only a new connection tells whether it is away
        if (error instanceof Error && /timed out/i.test(error.message)) throw error
      }
    }
    return this.#bindBy(await this.#connection(), entry, password)
  }

  async #bindBy(connection: LdapConnection, entry: string, password: string): Promise<BindAnswer> {
    try {
      return await connection.bind(entry, password)
    } finally {
      this.#giveBack(connection)
    }
  }

  #takeIdle(): LdapConnection | null {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer)
      if (idle.connection.open) return idle.connection
      this.#open--
    }
    return null
  }

  /** A new one, or the next that somebody gives back. */
  async #connection(): Promise<LdapConnection> {
    if (this.#open < this.#limits.connections) {
      this.#open++
      return this.#dial()
    }
    if (this.#waiting.length >= this.#limits.waiting) throw new Error('too many requests wait for the LDAP server')
    const { promise, resolve } = Promise.withResolvers<LdapConnection | null>()
    const waiter = { resolve }
    this.#waiting.push(waiter)
    const late = setTimeout(() => {
      const at = this.#waiting.indexOf(waiter)
      if (at >= 0) this.#waiting.splice(at, 1)
      resolve(null)
    }, this.#limits.waitMs)
    const connection = await promise
    clearTimeout(late)
    if (connection === null) throw new Error(`no connection was free within ${this.#limits.waitMs} ms`)
    return connection
  }

  #giveBack(connection: LdapConnection): void {
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) {
      waiter.resolve(connection.open ? connection : this.#dial())
      return
    }
    if (!connection.open || this.#ended || this.#limits.keepaliveMs === 0) {
      connection.close()
      this.#open--
      return
    }
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.connection === connection)
      if (at < 0) return
      this.#idle.splice(at, 1)
      this.#open--
      connection.close()
    }, this.#limits.keepaliveMs)
    timer.unref()
    this.#idle.push({ connection, timer })
  }

  /** Closes what is unused; what is in use closes when it is given back. */
  end(): void {
    this.#ended = true
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      connection.close()
      this.#open--
    }
  }
}
