/** A request's hold on what it was matched with. */
export interface Lease {
  /** To be called exactly once, when the request is over. */
  end(): void
}

/** Requests that began between two retirements. */
class Span implements Lease {
  open = 0
  readonly ends: (() => void)[] = []
  readonly #ended: () => void

  constructor(ended: () => void) {
    this.#ended = ended
  }

  end(): void {
    if (--this.open === 0) this.#ended()
  }
}

/**
 * What a change takes out of use is disposed of when the last request that may still run it is over. A request costs
 * two additions; nobody counts by policy or by chain.
 */
export class Leases {
  /** In order of time; the last one takes the requests that begin now. */
  readonly #spans: Span[] = [new Span(() => this.#sweep())]

  begin(): Lease {
    const span = this.#spans.at(-1)!
    span.open++
    return span
  }

  /** Calls `end` once every request that has begun by now is over; at once when there is none. */
  afterwards(end: () => void): void {
    const span = this.#spans.at(-1)!
    if (this.#spans.length === 1 && span.open === 0) return end()
    span.ends.push(end)
    this.#spans.push(new Span(() => this.#sweep()))
  }

  #sweep(): void {
    while (this.#spans.length > 1 && this.#spans[0]!.open === 0) {
      for (const end of this.#spans.shift()!.ends) end()
    }
  }
}
