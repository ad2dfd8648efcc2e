import type { Address } from './address.ts'
import type { Choosing } from './choosing.ts'

/**
 * Whoever has the fewest requests under way for its weight. A binary heap: choosing takes its top, a request that begins
 * or ends moves one address by a few places.
 */
export class LeastConnections implements Choosing {
  readonly #heap: Address[] = []

  update(available: readonly Address[]): void {
    for (const address of this.#heap) address.place = -1
    this.#heap.length = 0
    for (const address of available) {
      this.#put(this.#heap.length, address)
      this.#rise(address)
    }
  }

  next(_hash: number | null, tried: readonly Address[] | null): Address | null {
    const top = this.#heap[0] ?? null
    if (top === null || tried === null || !tried.includes(top)) return top
    // a retry is rare enough to look at all
    let best: Address | null = null
    for (const address of this.#heap) {
      if (!tried.includes(address) && (best === null || load(address) < load(best))) best = address
    }
    return best
  }

  began(address: Address): void {
    address.busy++
    if (address.place >= 0) this.#sink(address)
  }

  ended(address: Address): void {
    address.busy--
    if (address.place >= 0) this.#rise(address)
  }

  #put(place: number, address: Address): void {
    this.#heap[place] = address
    address.place = place
  }

  #rise(address: Address): void {
    let place = address.place
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1]!
      if (load(parent) <= load(address)) break
      this.#put(place, parent)
      place = (place - 1) >> 1
    }
    this.#put(place, address)
  }

  #sink(address: Address): void {
    let place = address.place
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      if (left === undefined) break
      const child = right !== undefined && load(right) < load(left) ? right : left
      if (load(address) <= load(child)) break
      const at = child.place
      this.#put(place, child)
      place = at
    }
    this.#put(place, address)
  }
}

/** With one more: of idle addresses the heaviest comes first. */
function load({ busy, weight }: Address): number {
  return (busy + 1) / weight
}
