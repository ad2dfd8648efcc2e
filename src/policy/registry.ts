/**
 * Runtime state that outlives a recompile: counters, key sets, token caches, pools. A policy asks for its state by a
 * stable key (usually its use's id and what it checked), so that changing one route loses nothing of another.
 */
export class Registry {
  readonly #entries = new Map<string, unknown>()

  /** The state under `key`, made on first ask. The same key must always mean the same type. */
  get<T>(key: string, make: () => T): T {
    if (!this.#entries.has(key)) this.#entries.set(key, make())
    return this.#entries.get(key) as T
  }

  drop(key: string): void {
    this.#entries.delete(key)
  }
}
