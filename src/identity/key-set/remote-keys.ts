/**
 * Keys that a server has: fetched when they are first needed, or in the background; good for a while; then fetched anew.
 *
 * There is one fetch at a time, whoever asks. Whoever needs keys that are not there waits for it, and is refused when it
 * fails. Keys that were there stay in use for a while when fetching them anew fails, and nobody waits for that: an identity
 * provider that is down for some minutes must not take every service with it.
 */
import type { Clock } from '../../base/clock.ts'
import { checkSignature, type SignedToken } from './check-signature.ts'
import type { KeyCheck, KeySource } from './key-source.ts'
import { readKeySet } from './read-key-set.ts'
import type { SetKey } from './set-key.ts'

/** How long to wait after a token that named a key nobody has heard of, and had us ask for nothing. */
const EARLY_MS = 10_000
/** How long keys that are too old stay in use while they can't be fetched. */
const KEPT_MS = 3_600_000
/** Keys fetched in the background are asked for this long before they are too old. */
const AHEAD_MS = 5000

export interface RemoteKeysOptions {
  /** Gets the set. Ends by itself, one way or the other. */
  readonly fetchSet: () => Promise<Uint8Array>
  readonly clock: Clock
  /** Calls back once, later, and keeps no process alive. */
  readonly after: (ms: number, run: () => void) => { cancel(): void }
  /** How long a set is good for. */
  readonly cacheMs: number
  /** Fetch in the background: keys then never get too old. */
  readonly inBackground: boolean
  /** How long to leave the server alone after a fetch that failed, unless a request can't do without. */
  readonly failedRefetchMs: number
  readonly lax: boolean
  /** Told of every fetch that failed. */
  readonly failed: (why: string) => void
}

export class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions
  #keys: readonly SetKey[] | null = null
  #freshUntil = Number.NEGATIVE_INFINITY
  /** From when on to ask again although there are keys; until then they are as good as fresh. */
  #retryFrom = Number.NEGATIVE_INFINITY
  #isFailing = false
  #earlyFrom = Number.NEGATIVE_INFINITY
  #flight: Promise<boolean> | null = null
  #users = 0
  #timer: { cancel(): void } | null = null
  generation = 0

  constructor(options: RemoteKeysOptions) {
    this.#options = options
  }

  /** To be called by each use; the keys are kept up to date in the background until the last has ended it. */
  hold(): () => void {
    if (++this.#users === 1 && this.#options.inBackground && this.#timer === null) void this.#refresh()
    let isHeld = true
    return () => {
      if (isHeld && --this.#users === 0) this.stop()
      isHeld = false
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  isFresh(now: number): boolean {
    if (this.#keys === null) return false
    if (this.#options.inBackground || now < this.#freshUntil) return true
    if (!this.#isFailing || now >= this.#freshUntil + KEPT_MS) return false
    if (now >= this.#retryFrom) void this.#refresh()
    return true
  }

  check(token: SignedToken, now: number): KeyCheck | Promise<KeyCheck> {
    if (!this.isFresh(now)) return this.#refresh().then((done) => this.#checkLate(token, done))
    const found = this.#checkOnce(token)
    if (found !== 'no-such-key' || !this.#isUnheardOf(token.kid)) return found
    // The issuer may have begun to sign with a new key. Whoever makes kids up gets one fetch in ten seconds out of us;
    // an issuer that changes its keys often is not held up.
    if (this.#flight === null) {
      if (now < this.#earlyFrom) return found
      this.#earlyFrom = now + EARLY_MS
    }
    return this.#refresh().then(() => this.#checkRotated(token))
  }

  #checkOnce(token: SignedToken): KeyCheck {
    return this.#keys === null ? 'fetch-failed' : checkSignature(this.#keys, token, this.#options.lax)
  }

  #checkRotated(token: SignedToken): KeyCheck {
    const found = this.#checkOnce(token)
    if (typeof found !== 'string') this.#earlyFrom = Number.NEGATIVE_INFINITY
    return found
  }

  /** After a fetch that was waited for: where it failed, keys that are far too old are none. */
  #checkLate(token: SignedToken, isDone: boolean): KeyCheck {
    return isDone || this.isFresh(this.#options.clock.now()) ? this.#checkOnce(token) : 'fetch-failed'
  }

  #isUnheardOf(kid: string): boolean {
    return kid !== '' && this.#keys!.every((key) => key.kid !== kid)
  }

  /** True when there is a new set, or the same again. */
  #refresh(): Promise<boolean> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = null
    })
    return this.#flight
  }

  async #fetch(): Promise<boolean> {
    this.stop()
    const { fetchSet, clock, cacheMs, failedRefetchMs, failed } = this.#options
    let problem: string
    try {
      const read = readKeySet(await fetchSet())
      if ('keys' in read) {
        this.#take(read.keys)
        this.#isFailing = false
        this.#freshUntil = clock.now() + cacheMs
        this.#again(cacheMs > AHEAD_MS ? cacheMs - AHEAD_MS : cacheMs)
        return true
      }
      problem = read.problem
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    failed(problem)
    this.#isFailing = true
    this.#retryFrom = clock.now() + failedRefetchMs
    this.#again(failedRefetchMs)
    return false
  }

  #again(ms: number): void {
    if (!this.#options.inBackground || this.#users === 0) return
    this.#timer = this.#options.after(ms, () => {
      this.#timer = null
      void this.#refresh()
    })
  }

  /** Keys that stay are the same objects as before, so that what they proved still holds; the others are retired. */
  #take(fresh: readonly SetKey[]): void {
    const before = new Map(this.#keys?.map((key) => [key.text, key]))
    const keys = fresh.map((key) => before.get(key.text) ?? key)
    const isSame = keys.length === this.#keys?.length && keys.every((key, n) => key === this.#keys![n])
    if (isSame) return
    const kept = new Set(keys)
    for (const key of this.#keys ?? []) if (!kept.has(key)) key.isRetired = true
    this.#keys = keys
    this.generation++
  }
}
