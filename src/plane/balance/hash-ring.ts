import type { Address } from './address.ts'
import type { Choosing } from './choosing.ts'
import { RoundRobin } from './round-robin.ts'
import { xxhash32 } from './xxhash32.ts'

const LEAST_PLACES = 1000
/** Points an address of average weight has on the ring. */
const POINTS = 160
/**
 * Share of the places that points may take. On a ring that is nearly full the next free place is found by trying a thousand
 * (300 targets on 10000 places took 4 s), and the last addresses get none: beyond, every address has fewer points.
 */
const FULLEST = 0.75

/**
 * Consistent hashing over a ring of places, laid out as Kong's: same points, same hash, same way round, so that a key
 * meets the same target behind either. An address that comes, goes or falls ill moves its own keys only.
 *
 * Which address answers for each place is worked out when something changes; choosing is one look.
 */
export class HashRing implements Choosing {
  readonly #places: number
  /** Whose point a place is. */
  #points: (Address | undefined)[] = []
  #laidOut = ''
  /** Who answers for a place: the first usable point going down from it. */
  #answering: (Address | null)[] = []
  /** For requests that nothing tells apart. */
  readonly #others: RoundRobin

  constructor(slots: number, others = new RoundRobin()) {
    this.#places = Math.max(slots, LEAST_PLACES)
    this.#others = others
  }

  update(available: readonly Address[], all: readonly Address[]): void {
    // health moves no points
    if (laidOut(all) !== this.#laidOut) {
      this.#points = points(all, this.#places)
      this.#laidOut = laidOut(all)
    }
    const usable = new Set(available)
    const answering: (Address | null)[] = new Array(this.#places).fill(null)
    let last: Address | null = null
    // twice round: the first places go on from the last ones
    for (let n = 0; n < 2 * this.#places; n++) {
      const place = n % this.#places
      const own = this.#points[place]
      if (own !== undefined && usable.has(own)) last = own
      answering[place] = last
    }
    this.#answering = answering
    this.#others.update(available)
  }

  next(hash: number | null, tried: readonly Address[] | null): Address | null {
    if (hash === null) return this.#others.next(null, tried)
    const start = modulo(hash, this.#places)
    for (let n = 0; n < this.#places; n++) {
      const address = this.#answering[modulo(start - n, this.#places)] ?? null
      if (address === null || tried === null || !tried.includes(address)) return address
    }
    return null
  }
}

/** Sorted first, so that every process lays out the same ring, also where two want the same place. */
function points(addresses: readonly Address[], places: number): (Address | undefined)[] {
  const ring: (Address | undefined)[] = new Array(places).fill(undefined)
  const total = addresses.reduce((sum, { weight }) => sum + weight, 0)
  const targets = new Set(addresses.map(({ host, port }) => `${host} ${port}`)).size
  const all = Math.min(targets * POINTS, places * FULLEST)
  for (const address of [...addresses].sort(byName)) {
    let wanted = Math.max(1, Math.floor((address.weight / total) * all))
    for (let n = 1; n <= wanted && n <= places; n++) {
      const place = modulo(xxhash32(Buffer.from(`${address.ip}::${address.port} ${n}`)), places)
      if (ring[place] === undefined) ring[place] = address
      else wanted++
    }
  }
  return ring
}

/** What the layout depends on. */
function laidOut(addresses: readonly Address[]): string {
  return addresses.map(({ key, weight }) => `${key} ${weight}`).join()
}

function byName(a: Address, b: Address): number {
  return (
    compared(a.host, b.host) ||
    (a.host === b.host ? a.port - b.port : 0) ||
    compared(`${a.ip}:${a.port}`, `${b.ip}:${b.port}`)
  )
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Never negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
