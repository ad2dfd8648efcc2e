import type { EntityKind, Values } from '../entities/kind.ts'
import { invalidOption } from './problem.ts'

/** Seconds: somewhat over three years. */
export const MAX_TTL = 100_000_000

/**
 * Takes `ttl` (seconds from now) off an input. It is no field: it says when the row goes.
 *
 * @returns when that is, in milliseconds since the epoch; null for never (also for 0); undefined when none was given.
 * @throws AdminProblem for anything but a whole number of seconds in bounds.
 */
export function takeTtl(
  kind: EntityKind,
  input: Readonly<Values>,
  now: number,
): { rest: Values; expiresAt: number | null | undefined } {
  if (!kind.expires || !Object.hasOwn(input, 'ttl')) return { rest: { ...input }, expiresAt: undefined }
  const { ttl, ...rest } = input
  if (ttl === null || ttl === 0) return { rest, expiresAt: null }
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0 || ttl > MAX_TTL) {
    throw invalidOption('ttl', `must be an integer between 0 and ${MAX_TTL}`)
  }
  return { rest, expiresAt: now + ttl * 1000 }
}

/** Seconds that are left. */
export function remainingTtl(expiresAt: number | null, now: number): number | null {
  return expiresAt === null ? null : Math.ceil((expiresAt - now) / 1000)
}
