/**
 * Runtime state that outlives a recompile: counters, key sets, token caches, pools. A policy asks for its state by a
 * stable key (usually its use's id and what it checked), so that changing one route loses nothing of another.
 */
export class Registry {
  readonly #entries = new Map<string, unknown>()
  readonly #ends = new Map<string, () => void | Promise<void>>()

  /**
   * The state under `key`, made on first ask. The same key must always mean the same type.
   * @param end is called when the gateway stops, after the last request: what waits is written, what is open closed.
   */
  get<T>(key: string, make: () => T, end?: (state: T) => void | Promise<void>): T {
    if (!this.#entries.has(key)) {
      const state = make()
      this.#entries.set(key, state)
      if (end !== undefined) this.#ends.set(key, () => end(state))
    }
    return this.#entries.get(key) as T
  }

  /** Forgets the state; ending it is then the caller's business. */
  drop(key: string): void {
    this.#entries.delete(key)
    this.#ends.delete(key)
  }

  /** Ends all states that have something to end. Never rejects. */
  async end(): Promise<void> {
    const ends = [...this.#ends.values()]
    this.#ends.clear()
    await Promise.allSettled(ends.map(async (end) => end()))
  }
}
