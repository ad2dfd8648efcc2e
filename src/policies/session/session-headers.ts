import { createHash } from 'node:crypto'
import { headerValue } from '../../base/header-value.ts'
import type { Config, Shown } from './schema.ts'
import { type Session, secondsLeft, type Timeouts } from './session.ts'

/** Makes the `Session-*` headers of a list, as name and value pairs. */
export function sessionHeaders(
  shown: readonly Shown[] | null,
  given: Config,
): (session: Session, timeouts: Timeouts, now: number) => [name: string, value: string][] {
  return (session, timeouts, now) => {
    const left = secondsLeft(session, timeouts, now)
    const subject = given.hash_subject
      ? createHash('sha256').update(session.consumerId).digest('base64url')
      : session.consumerId
    const values: Record<Shown, string | number> = {
      id: session.id,
      audience: headerValue(given.audience) ?? '',
      subject,
      timeout: Math.min(left.idling, left.rolling, left.absolute),
      'idling-timeout': left.idling,
      'rolling-timeout': left.rolling,
      'absolute-timeout': left.absolute,
    }
    return (shown ?? [])
      .filter((name) => values[name] !== Number.POSITIVE_INFINITY)
      .map((name) => [`Session-${name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())}`, String(values[name])])
  }
}
