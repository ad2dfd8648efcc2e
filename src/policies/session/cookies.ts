import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'
import { Seal } from './seal.ts'
import { isOver, type Session, type Timeouts, timeoutsOf } from './session.ts'

/** One of the two cookies that may hold a session. */
export class SessionCookie {
  readonly timeouts: Timeouts
  readonly #name: string
  readonly #seal: Seal
  readonly #attributes: string
  /** Seconds for which browsers keep it; null: until they end. */
  readonly #maxAge: number | null

  constructor(name: string, secret: string, given: Config, timeouts: Timeouts, isLasting: boolean) {
    this.#name = name
    this.timeouts = timeouts
    this.#seal = new Seal(secret, given.audience, name)
    this.#attributes = attributesOf(given)
    this.#maxAge = isLasting && timeouts.rolling > 0 ? timeouts.rolling : isLasting ? YEAR_S : null
  }

  /** The session that the request brings; null without one, with a forged one, and with one that is over. */
  read(exchange: Exchange, now: number): Session | null {
    const value = exchange.cookie(this.#name)
    const session = value === undefined ? null : this.#seal.open(value)
    return session === null || isOver(session, this.timeouts, now) ? null : session
  }

  /** The Set-Cookie value that keeps the session. */
  keep(session: Session): string {
    const age = this.#maxAge === null ? '' : `; Max-Age=${this.#maxAge}`
    return `${this.#name}=${this.#seal.close(session)}${this.#attributes}${age}`
  }

  /** The Set-Cookie value that makes browsers forget. */
  forget(): string {
    return `${this.#name}=${this.#attributes}; Max-Age=0`
  }
}

const YEAR_S = 31_536_000

/** @param secret in place of the config's, which may have none. */
export function sessionCookies(
  given: Config,
  secret: string,
): { session: SessionCookie; remember: SessionCookie | null } {
  const { session, remember } = timeoutsOf(given)
  return {
    session: new SessionCookie(given.cookie_name, secret, given, session, false),
    remember: given.remember ? new SessionCookie(given.remember_cookie_name, secret, given, remember, true) : null,
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
