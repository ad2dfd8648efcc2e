/** Names that some of the uses of a snapshot bring, each there for as long as one use does. */
export class CountedNames {
  readonly #counts = new Map<string, number>()

  count(names: readonly string[], by: 1 | -1): void {
    for (const name of names) {
      const count = (this.#counts.get(name) ?? 0) + by
      if (count === 0) this.#counts.delete(name)
      else this.#counts.set(name, count)
    }
  }

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  keys(): Iterable<string> {
    return this.#counts.keys()
  }
}
