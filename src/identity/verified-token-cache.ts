import { hash } from 'node:crypto'
import { BoundedMap } from '../base/bounded-map.ts'

/** What an entry costs besides its token: key, map slot, small objects. Bytes, a guess on the high side. */
const ENTRY_BYTES = 1024

/**
 * Tokens that were found good, so that the next request with the same token needs no signature check.
 *
 * Keyed by SHA-256 of the token: a slice of a received chunk as a key would keep the whole chunk alive, and whoever
 * reads our memory finds no tokens. Holds successes only. What was true of a token when it was put in must be looked
 * at again by whoever takes it out: dates against the clock, credential and consumer by their stamps.
 */
export class VerifiedTokenCache<V> {
  readonly #entries: BoundedMap<V>

  /** @param bytes counts each token four times (its claims, parsed) and a fixed part. */
  constructor({ entries = 100_000, bytes = 64 * 1024 * 1024 } = {}) {
    this.#entries = new BoundedMap(entries, bytes)
  }

  /** The key for the other methods; made once per request. */
  static key(token: string): string {
    return hash('sha256', token, 'binary')
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: V, token: string): void {
    this.#entries.set(key, value, ENTRY_BYTES + 4 * token.length)
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  get size(): number {
    return this.#entries.size
  }
}
