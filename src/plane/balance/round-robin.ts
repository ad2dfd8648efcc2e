import type { Address } from './address.ts'
import type { Choosing } from './choosing.ts'

/** Places on the wheel at most: beyond, weights are rounded to as many parts. */
const MOST_PLACES = 65_536

/**
 * Weighted round robin over a wheel that is laid out when something changes: choosing is one step along it. Over a turn
 * each address comes as often as its weight says; those of a heavy one are spread out rather than in a row.
 */
export class RoundRobin implements Choosing {
  #wheel: readonly Address[] = []
  #at: number

  /** @param start where on the wheel to begin, 0 to 1: processes must not all begin with the same target. */
  constructor(start = Math.random()) {
    this.#at = Math.floor(start * MOST_PLACES)
  }

  update(available: readonly Address[]): void {
    this.#wheel = wheel(available)
  }

  next(_hash: number | null, tried: readonly Address[] | null): Address | null {
    const wheel = this.#wheel
    for (let steps = 0; steps < wheel.length; steps++) {
      this.#at = (this.#at + 1) % wheel.length
      const address = wheel[this.#at]!
      if (tried === null || !tried.includes(address)) return address
    }
    return null
  }
}

function wheel(addresses: readonly Address[]): Address[] {
  const divisor = addresses.reduce((sum, { weight }) => commonDivisor(sum, weight), 0)
  const total = addresses.reduce((sum, { weight }) => sum + weight, 0) / (divisor || 1)
  const scale = total > MOST_PLACES ? MOST_PLACES / total : 1
  const places: { readonly address: Address; readonly at: number }[] = []
  for (const address of addresses) {
    const count = Math.max(1, Math.round((address.weight / divisor) * scale))
    for (let n = 0; n < count; n++) places.push({ address, at: (n + 0.5) / count })
  }
  return places.sort((a, b) => a.at - b.at).map(({ address }) => address)
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
