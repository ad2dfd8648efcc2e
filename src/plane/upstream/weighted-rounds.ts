interface Target {
  readonly host: string
  readonly port: number
  readonly weight: number
}

/**
 * Smooth weighted round robin: over a round each target is chosen as often as its weight says, and the choices of a
 * heavy one are spread out rather than in a row.
 */
export class WeightedRounds {
  readonly #targets: { readonly target: Target; current: number }[]
  readonly #total: number

  constructor(targets: readonly Target[]) {
    this.#targets = targets.filter((target) => target.weight > 0).map((target) => ({ target, current: 0 }))
    this.#total = this.#targets.reduce((sum, { target }) => sum + target.weight, 0)
  }

  next(): Target | null {
    let best: { readonly target: Target; current: number } | null = null
    for (const entry of this.#targets) {
      entry.current += entry.target.weight
      if (best === null || entry.current > best.current) best = entry
    }
    if (best === null) return null
    best.current -= this.#total
    return best.target
  }
}
