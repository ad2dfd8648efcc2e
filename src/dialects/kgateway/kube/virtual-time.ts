import { setImmediate as turn } from 'node:timers/promises'
import type { Wait } from './watch/backoff.ts'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** For tests: time that passes only when told to. Milliseconds. */
export class VirtualTime {
  #now = 0
  readonly #sleepers = new Set<Sleeper>()

  readonly ticks = (): number => this.#now

  readonly wait: Wait = (ms, signal) =>
    new Promise((resolve) => {
      const sleeper = {
        due: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper)
          resolve()
        },
      }
      this.#sleepers.add(sleeper)
      if (signal.aborted) sleeper.wake()
      signal.addEventListener('abort', sleeper.wake, { once: true })
    })

  /** Lets time pass, and everything happen that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.due)
      next.wake()
      await settle()
    }
    this.#now = end
  }
}

/** Until nothing moves any more that needs no time. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 30; turns++) await turn()
}
