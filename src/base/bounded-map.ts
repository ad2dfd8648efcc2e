/**
 * A map that forgets. It holds two generations: what is asked for moves to the young one; when the young one is half
 * of the bound, it becomes the old one and the old one is forgotten. So what was asked for lately stays, and a hit
 * costs one or two plain lookups, with no list to keep in order.
 */
export class BoundedMap<V> {
  readonly #half: { readonly entries: number; readonly weight: number }
  #young = new Map<string, Entry<V>>()
  #old = new Map<string, Entry<V>>()
  #youngWeight = 0
  #oldWeight = 0

  /**
   * @param entries most entries held, two at least
   * @param weight most weight held, in whatever unit `set` is told (bytes, as a rule)
   */
  constructor(entries: number, weight = Number.POSITIVE_INFINITY) {
    this.#half = { entries: entries / 2, weight: weight / 2 }
  }

  get(key: string): V | undefined {
    const entry = this.#young.get(key)
    if (entry !== undefined) return entry.value
    const older = this.#old.get(key)
    if (older === undefined) return undefined
    this.#forgetOld(key)
    this.set(key, older.value, older.weight)
    return older.value
  }

  /** A value heavier than half of the bound is not kept. */
  set(key: string, value: V, weight = 1): void {
    this.delete(key)
    if (weight > this.#half.weight) return
    if (this.#young.size + 1 > this.#half.entries || this.#youngWeight + weight > this.#half.weight) this.#age()
    this.#young.set(key, { value, weight })
    this.#youngWeight += weight
  }

  delete(key: string): void {
    const entry = this.#young.get(key)
    if (entry !== undefined) {
      this.#young.delete(key)
      this.#youngWeight -= entry.weight
    }
    this.#forgetOld(key)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get weight(): number {
    return this.#youngWeight + this.#oldWeight
  }

  #forgetOld(key: string): void {
    const entry = this.#old.get(key)
    if (entry === undefined) return
    this.#old.delete(key)
    this.#oldWeight -= entry.weight
  }

  #age(): void {
    this.#old = this.#young
    this.#oldWeight = this.#youngWeight
    this.#young = new Map()
    this.#youngWeight = 0
  }
}

interface Entry<V> {
  readonly value: V
  readonly weight: number
}
