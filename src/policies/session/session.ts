import type { Binding } from './credential-binding.ts'
import type { Config } from './schema.ts'

/** What a cookie, or the row that it stands for, holds. Times are seconds since the epoch. */
export interface Session {
  readonly id: string
  readonly consumerId: string
  readonly credentialId: string
  /** What must still be as it was: see `CredentialBindings`. */
  readonly bindings: readonly Binding[]
  /** Groups that the proof itself named. */
  readonly groups: readonly string[] | null
  readonly createdAt: number
  /** When it was last renewed. */
  readonly renewedAt: number
  /** When it was last used, give or take a minute. */
  readonly usedAt: number
  /** The row that stands for it by now, where there is one: then this is good for a moment still, and not to be renewed. */
  readonly successor?: string
}

/** Seconds each; 0 for never. */
export interface Timeouts {
  readonly idling: number
  readonly rolling: number
  readonly absolute: number
}

export function timeoutsOf(given: Config): { readonly session: Timeouts; readonly remember: Timeouts } {
  return {
    session: { idling: given.idling_timeout, rolling: given.rolling_timeout, absolute: given.absolute_timeout },
    remember: { idling: 0, rolling: given.remember_rolling_timeout, absolute: given.remember_absolute_timeout },
  }
}

/** A use within this many seconds of the last is not noted: a cookie for each request would be no gain. */
const TOUCH_S = 60

/** Seconds that are left of each timeout; infinite where there is none. */
export function secondsLeft(session: Session, timeouts: Timeouts, now: number): Timeouts {
  const left = (since: number, timeout: number) => (timeout === 0 ? Number.POSITIVE_INFINITY : since + timeout - now)
  return {
    idling: left(session.usedAt, timeouts.idling),
    rolling: left(session.renewedAt, timeouts.rolling),
    absolute: left(session.createdAt, timeouts.absolute),
  }
}

/** Seconds until the first of the timeouts; null for never. */
export function lifetimeOf(session: Session, timeouts: Timeouts, now: number): number | null {
  const { idling, rolling, absolute } = secondsLeft(session, timeouts, now)
  const first = Math.min(idling, rolling, absolute)
  return first === Number.POSITIVE_INFINITY ? null : Math.max(1, first)
}

export function isOver(session: Session, timeouts: Timeouts, now: number): boolean {
  const { idling, rolling, absolute } = secondsLeft(session, timeouts, now)
  return idling <= 0 || rolling <= 0 || absolute <= 0
}

/** The session as it goes on after a use; itself when there is nothing to note. */
export function used(session: Session, timeouts: Timeouts, now: number): Session {
  if (session.successor !== undefined) return session
  const isAging = timeouts.rolling > 0 && now - session.renewedAt > timeouts.rolling * 0.75
  const isUnnoted = timeouts.idling > 0 && now - session.usedAt >= Math.min(TOUCH_S, timeouts.idling / 4)
  if (!isAging && !isUnnoted) return session
  return { ...session, usedAt: now, renewedAt: isAging ? now : session.renewedAt }
}
