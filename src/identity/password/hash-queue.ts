import { availableParallelism } from 'node:os'

/** Node has four threads for such work by default; one is left to files and to names of hosts. */
const THREADS = 4

/**
 * Where slow hashes are computed: off-thread, at most as many at once as there are cores, and only so many waiting.
 * Without a bound, a few hundred guesses of passwords a second would keep every honest caller waiting behind them.
 */
export class HashQueue {
  readonly #atOnce: number
  readonly #longest: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** @param longest how many may wait beside those that run. */
  constructor({ atOnce = Math.min(availableParallelism(), THREADS - 1), longest = 256 } = {}) {
    this.#atOnce = atOnce
    this.#longest = longest
  }

  /** @param work computes in another thread. @returns null when too many wait: the caller may come again later. */
  run<T>(work: () => Promise<T>): Promise<T> | null {
    if (this.#running < this.#atOnce) {
      this.#running++
      return this.#start(work)
    }
    if (this.#waiting.length >= this.#longest) return null
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#start(work))
  }

  async #start<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      // The place goes straight to who waits longest: nobody who comes just now may slip in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
