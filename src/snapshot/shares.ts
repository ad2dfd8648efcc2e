/** Things that share requests by weight: each is drawn as often as its weight says, in no order. */
export class Shares<T> {
  readonly all: readonly T[]
  /** Sums of the weights up to and with each. */
  readonly #sums: readonly number[]
  readonly #random: () => number

  /** @param weighted at least one; where no weight is above 0, the first is always drawn. */
  constructor(weighted: readonly (readonly [T, number])[], random: () => number = Math.random) {
    this.all = weighted.map(([thing]) => thing)
    let sum = 0
    this.#sums = weighted.map(([, weight]) => (sum += weight))
    this.#random = random
  }

  next(): T {
    if (this.all.length === 1) return this.all[0]!
    const at = this.#random() * this.#sums.at(-1)!
    const n = this.#sums.findIndex((sum) => at < sum)
    return this.all[Math.max(n, 0)]!
  }
}
