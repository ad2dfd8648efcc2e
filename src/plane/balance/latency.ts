import type { Address } from './address.ts'
import type { Choosing } from './choosing.ts'

/** What was measured this long ago counts 1/e of what is measured now. */
const DECAY_MS = 10_000

/**
 * Whoever answers faster. Of two addresses taken at random, the one whose smoothed answer time (an exponentially
 * weighted moving average) is lower for its weight: always taking the best of all would drown it.
 */
export class Latency implements Choosing {
  readonly #now: () => number
  readonly #random: () => number
  #addresses: readonly Address[] = []

  /** @param now milliseconds. @param random 0 to 1. */
  constructor(now: () => number, random: () => number = Math.random) {
    this.#now = now
    this.#random = random
  }

  /** An address that is new begins at the average of the others, so that it is neither flooded nor left out. */
  update(available: readonly Address[]): void {
    const known = this.#addresses.filter((address) => available.includes(address))
    const average = known.reduce((sum, { smoothedMs }) => sum + smoothedMs, 0) / (known.length || 1)
    for (const address of available) {
      if (known.includes(address)) continue
      address.smoothedMs = average
      address.touchedAt = this.#now()
    }
    this.#addresses = available
  }

  next(_hash: number | null, tried: readonly Address[] | null): Address | null {
    const left = tried === null ? this.#addresses : this.#addresses.filter((address) => !tried.includes(address))
    if (left.length < 2) return left[0] ?? null
    const first = Math.floor(this.#random() * left.length)
    const second = (first + 1 + Math.floor(this.#random() * (left.length - 1))) % left.length
    const [a, b] = [left[first]!, left[second]!]
    return this.#score(b) < this.#score(a) ? b : a
  }

  ended(address: Address, ms: number | null): void {
    if (ms === null) return
    address.smoothedMs = this.#smoothed(address, ms)
    address.touchedAt = this.#now()
  }

  #score(address: Address): number {
    return this.#smoothed(address, 0) / address.weight
  }

  #smoothed(address: Address, ms: number): number {
    const old = Math.exp(-Math.max(0, this.#now() - address.touchedAt) / DECAY_MS)
    return address.smoothedMs * old + ms * (1 - old)
  }
}
