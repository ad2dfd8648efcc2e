import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'
import { isOver, lifetimeOf, type Session, type Timeouts, timeoutsOf } from './session.ts'
import type { Held, SessionStorage } from './session-storage.ts'

/** One of the two cookies that may hold a session. */
export class SessionCookie {
  readonly timeouts: Timeouts
  readonly #name: string
  readonly #storage: SessionStorage
  readonly #attributes: string
  /** Seconds for which browsers keep it; null: until they end. */
  readonly #maxAge: number | null

  constructor(name: string, storage: SessionStorage, given: Config, timeouts: Timeouts, isLasting: boolean) {
    this.#name = name
    this.timeouts = timeouts
    this.#storage = storage
    this.#attributes = attributesOf(given)
    this.#maxAge = isLasting && timeouts.rolling > 0 ? timeouts.rolling : isLasting ? YEAR_S : null
  }

  /** The session that the request brings; null without one, with a forged one, and with one that is over. */
  read(exchange: Exchange, now: number): Held | null {
    const value = exchange.cookie(this.#name)
    const held = value === undefined ? null : this.#storage.open(value)
    return held === null || isOver(held.session, this.timeouts, now) ? null : held
  }

  /** Keeps the session in place of what was held. @returns the Set-Cookie value; null when it could not be kept. */
  keep(session: Session, held: Held | null, now: number): string | null | Promise<string | null> {
    const age = this.#maxAge === null ? '' : `; Max-Age=${this.#maxAge}`
    const told = (value: string | null) => (value === null ? null : `${this.#name}=${value}${this.#attributes}${age}`)
    const kept = this.#storage.keep(session, held, lifetimeOf(session, this.timeouts, now))
    return kept instanceof Promise ? kept.then(told) : told(kept)
  }

  /** Ends the session that the request brings under this name. @returns false when it may be good still. */
  end(exchange: Exchange, now: number): boolean | Promise<boolean> {
    const held = this.read(exchange, now)
    return held === null || this.#storage.end(held)
  }

  /** The Set-Cookie value that makes browsers forget. */
  forget(): string {
    return `${this.#name}=${this.#attributes}; Max-Age=0`
  }
}

const YEAR_S = 31_536_000

/** @param storageFor where the sessions of the cookie with that name are. */
export function sessionCookies(
  given: Config,
  storageFor: (cookieName: string) => SessionStorage,
): { session: SessionCookie; remember: SessionCookie | null } {
  const { session, remember } = timeoutsOf(given)
  return {
    session: new SessionCookie(given.cookie_name, storageFor(given.cookie_name), given, session, false),
    remember: given.remember
      ? new SessionCookie(given.remember_cookie_name, storageFor(given.remember_cookie_name), given, remember, true)
      : null,
  }
}

function attributesOf(given: Config): string {
  const attributes = [
    `Path=${given.cookie_path}`,
    ...(given.cookie_domain === null ? [] : [`Domain=${given.cookie_domain}`]),
    ...(given.cookie_same_site === 'Default' ? [] : [`SameSite=${given.cookie_same_site}`]),
    ...(given.cookie_secure ? ['Secure'] : []),
    ...(given.cookie_http_only ? ['HttpOnly'] : []),
  ]
  return attributes.map((attribute) => `; ${attribute}`).join('')
}
