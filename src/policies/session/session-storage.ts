import type { Credential } from '../../policy/directory.ts'
import type { Session } from './session.ts'

/** A session that a request brought. */
export interface Held {
  readonly session: Session
  /** The cookie's value. */
  readonly value: string
  /** Where it is stored; null when the cookie holds it. */
  readonly row: Credential | null
}

/** Where sessions are, and what of them stands in a cookie. */
export interface SessionStorage {
  /** @returns null for every value that is not that of a session of ours. Does not look whether it is over. */
  open(value: string): Held | null
  /**
   * Keeps a session in place of the one that was held, if one was.
   *
   * @param lifetime seconds; null for ever.
   * @returns the cookie's value; null when the session could not be kept.
   */
  keep(session: Session, held: Held | null, lifetime: number | null): string | null | Promise<string | null>
  /** Ends a session. @returns false when it may be good still. */
  end(held: Held): boolean | Promise<boolean>
}
