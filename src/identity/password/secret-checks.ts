import { createHmac, randomBytes } from 'node:crypto'
import { BoundedMap } from '../../base/bounded-map.ts'
import { HashQueue } from './hash-queue.ts'
import type { SlowHash } from './slow-hash.ts'

/** What a check comes to; `busy` when too many others are being checked. */
export type SecretCheck = 'good' | 'bad' | 'busy'

/**
 * Checks secrets against slow hashes. A secret that was good once is recognised by a digest of it and of the row, keyed
 * with bytes that only this process has: a changed row is another digest, and our memory holds nothing to try guesses on.
 * What was bad is not remembered: it would be the guesser who fills the memory.
 */
export class SecretChecks {
  readonly #queue: HashQueue
  readonly #good = new BoundedMap<true>(10_000)
  readonly #key = randomBytes(32)

  constructor(queue = new HashQueue()) {
    this.#queue = queue
  }

  /** @returns at once for what is known to be good, and when there is no room to wait. */
  check(format: Pick<SlowHash, 'matches'>, stored: string, secret: string): SecretCheck | Promise<SecretCheck> {
    const digest = this.#digest(stored, secret)
    if (this.#good.get(digest) === true) return 'good'
    const running = this.#queue.run(() => format.matches(secret, stored))
    if (running === null) return 'busy'
    return running.then((isGood) => {
      if (isGood) this.#good.set(digest, true)
      return isGood ? 'good' : 'bad'
    })
  }

  /** Computes a hash among the checks, by the same bounds. @returns null when there is no room to wait. */
  hash(work: () => Promise<string>): Promise<string> | null {
    return this.#queue.run(work)
  }

  #digest(stored: string, secret: string): string {
    // The length keeps the two apart: no other pair is the same text.
    return createHmac('sha256', this.#key).update(`${stored.length}:${stored}${secret}`).digest('base64')
  }
}
