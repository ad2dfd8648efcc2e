/** Tokens that come back little by little, up to a number. */
export class TokenBucket {
  readonly #max: number
  readonly #perMs: number
  #tokens: number
  #filledAt: number

  /** @param perMs tokens that come with each millisecond. @param now milliseconds; the bucket is full. */
  constructor(max: number, perMs: number, now: number) {
    this.#max = max
    this.#perMs = perMs
    this.#tokens = max
    this.#filledAt = now
  }

  /** Takes one, if there is one. A clock that was set back stands still. */
  take(now: number): boolean {
    if (now > this.#filledAt) this.#tokens = Math.min(this.#max, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
