import type { HeaderBlock } from '../../base/header-block.ts'
import type { KeyCheck } from '../../identity/key-set/key-source.ts'
import type { SetKey } from '../../identity/key-set/set-key.ts'
import type { Reason } from '../../policy/reason.ts'
import { type Denied, type Identified, identified } from '../../policy/verdict.ts'
import { type CompiledProvider, plainAudience } from './providers.ts'
import { reasons } from './reasons.ts'
import type { Token } from './token.ts'

/** That a provider found a token good, and what follows from that. */
export interface Accepted {
  readonly key: SetKey
  readonly verdict: Identified
  /** Header lines for the service, or why there can be none. */
  readonly lines: HeaderBlock | Denied
}

/** That a token is not signed with a provider's keys, as long as they are the same. */
interface NotSigned {
  readonly reason: Reason
  readonly generation: number
}

/**
 * A token, and what providers have found out about its signature: what is worth remembering from one request to the next.
 * Dates are looked at each time, and so is whether the keys are still the issuer's.
 */
export class KnownToken {
  readonly token: Token
  /** What it is remembered under. */
  readonly key: string
  isRemembered = false
  readonly #found = new Map<number, Accepted | NotSigned>()

  constructor(token: Token, key: string) {
    this.token = token
    this.key = key
  }

  /** @param now in milliseconds since the epoch. */
  judge(by: CompiledProvider, now: number): Accepted | Reason | Promise<Accepted | Reason> {
    const { token } = this
    if (by.issuer !== '' && by.issuer !== token.issuer) return reasons.unknownIssuer
    const seconds = Math.floor(now / 1000)
    if (seconds < token.from) return reasons.notYetValid
    if (seconds > token.until) return reasons.expired
    const found = this.#found.get(by.index)
    if (found !== undefined && by.keys.isFresh(now)) {
      if ('key' in found) {
        if (!found.key.isRetired) return found
      } else if (found.generation === by.keys.generation) return found.reason
    }
    if (by.audiences !== null && !isAmong(by.audiences, token.audiences)) return reasons.audience
    const check = by.keys.check(token, now)
    return check instanceof Promise ? check.then((late) => this.#learn(by, late)) : this.#learn(by, check)
  }

  #learn(by: CompiledProvider, check: KeyCheck): Accepted | Reason {
    if (typeof check === 'string') {
      const reason = REASONS[check]
      // who names a key that nobody has heard of may be right in a minute
      if (check !== 'fetch-failed' && check !== 'no-such-key') {
        this.#found.set(by.index, { reason, generation: by.keys.generation })
      }
      return reason
    }
    const accepted = { key: check, verdict: verdictOf(this.token), lines: by.headersFrom(this.token.claims) }
    this.#found.set(by.index, accepted)
    return accepted
  }
}

const REASONS: Readonly<Record<Exclude<KeyCheck, SetKey>, Reason>> = {
  'no-keys': reasons.noValidKeys,
  'fetch-failed': reasons.fetchFailed,
  'no-such-key': reasons.noSuchKey,
  'wrong-length': reasons.wrongLength,
  'not-signed': reasons.notSigned,
}

function isAmong(allowed: ReadonlySet<string>, audiences: readonly string[]): boolean {
  return audiences.some((audience) => allowed.has(plainAudience(audience)))
}

function verdictOf({ claims, issuer }: Token): Identified {
  const subject = typeof claims['sub'] === 'string' ? claims['sub'] : ''
  return identified({
    policy: 'jwt-authn',
    consumer: null,
    credential: { id: `${issuer} ${subject}`, identifier: subject },
    claims,
    groups: null,
    scopes: null,
    anonymous: false,
  })
}
