/**
 * Time limits for many connections at once, at the price of a number written per event: nobody arms or clears a timer
 * per request. One sweep looks at all of them a few times a second, so a limit is kept to within a quarter second.
 */
export interface Limited {
  /** Milliseconds on the process's monotonic clock after which `expired` is called; 0 for no limit now. */
  deadline: number
  expired(): void
}

const SWEEP_MS = 250

export class Deadlines {
  readonly #limited = new Set<Limited>()
  readonly #timer: NodeJS.Timeout
  /** Monotonic milliseconds as of the last sweep or tick: precise enough for limits. */
  now = performance.now()

  constructor() {
    this.#timer = setInterval(() => this.sweep(performance.now()), SWEEP_MS)
    this.#timer.unref()
  }

  add(limited: Limited): void {
    this.#limited.add(limited)
  }

  remove(limited: Limited): void {
    this.#limited.delete(limited)
  }

  sweep(now: number): void {
    this.now = now
    for (const limited of this.#limited) {
      if (limited.deadline !== 0 && limited.deadline <= now) {
        limited.deadline = 0
        limited.expired()
      }
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
