import { type JsonObject, member } from '../../base/strict-json.ts'
import type { Denied } from '../../policy/verdict.ts'
import type { Refusals } from './refusals.ts'
import type { Config } from './schema.ts'

/** From when until when (Unix seconds; the end excluded) the asked-for date checks let a token pass. */
export interface Window {
  readonly from: number
  readonly until: number
}

export function isWithin({ from, until }: Window, now: number): boolean {
  return from <= now && now < until
}

type Asked = Pick<Config, 'claims_to_verify' | 'maximum_expiration'>

/**
 * Turns a token's dates into the window in which it is good, so that a verified token is checked again with two
 * compares; or says what is wrong with them at `now` (Unix seconds). No leeway, as in Kong.
 */
export function dateCheck({ claims_to_verify, maximum_expiration }: Asked, refused: Refusals) {
  const asked = new Set(claims_to_verify)

  return function windowOf(claims: JsonObject, now: number): Window | Denied {
    const exp = numericDate(member(claims, 'exp'))
    const nbf = numericDate(member(claims, 'nbf'))
    let from = Number.NEGATIVE_INFINITY
    let until = Number.POSITIVE_INFINITY
    const wrong: Record<string, string> = {}

    if (asked.has('exp')) {
      if (exp === null) wrong['exp'] = 'must be a number'
      else if (exp <= now) wrong['exp'] = 'token expired'
      else until = exp
    }
    if (asked.has('nbf')) {
      if (nbf === null) wrong['nbf'] = 'must be a number'
      else if (nbf > now) wrong['nbf'] = 'token not valid yet'
      else from = nbf
    }
    if (Object.keys(wrong).length > 0) return refused.badDates(wrong)

    if (maximum_expiration > 0) {
      if (exp === null || exp - now > maximum_expiration) return refused.livesTooLong
      from = Math.max(from, exp - maximum_expiration)
    }
    return { from, until }
  }
}

/** JSON writes 1e999 for a number and JavaScript reads Infinity: a date that never comes is no date. */
function numericDate(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
