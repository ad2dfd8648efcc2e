import type { Address } from './address.ts'

/** A way to choose the address for the next request. */
export interface Choosing {
  /** From now on these may be chosen; `all` also counts those that are unhealthy just now. Weights are above 0. */
  update(available: readonly Address[], all: readonly Address[]): void
  /**
   * @param hash of what the request is told apart by; null for nothing.
   * @param tried what failed this request already, or null. @returns null when there is none (left).
   */
  next(hash: number | null, tried: readonly Address[] | null): Address | null
  /** A request goes to it, and is over. @param ms it took; null when it came to nothing. */
  began?(address: Address): void
  ended?(address: Address, ms: number | null): void
}
