import { BoundedMap } from '../../base/bounded-map.ts'
import { type Period, type Window, windowAt } from './periods.ts'

/** Callers counted at once in one window; beyond that, those not heard of for longest start again from nothing. */
const CALLERS = 100_000

/** How often each caller came in the window of one period that is under way. */
export class Counter {
  readonly #period: Period
  #window: Window = { start: 0, end: 0 }
  #counts = new BoundedMap<number>(CALLERS)

  constructor(period: Period) {
    this.#period = period
  }

  /** @param now milliseconds; of the request, so perhaps a little before that of another that was counted already. */
  count(caller: string, now: number): number {
    this.#moveTo(now)
    return this.#counts.get(caller) ?? 0
  }

  increment(caller: string): void {
    this.#counts.set(caller, (this.#counts.get(caller) ?? 0) + 1)
  }

  /** Whole seconds until the window ends, one at least. */
  secondsLeft(now: number): number {
    return Math.max(1, Math.ceil((this.#window.end - now) / 1000))
  }

  #moveTo(now: number): void {
    const { start, end } = this.#window
    // A request that waited carries an older time: it counts where the others are. Only a clock that was set back by
    // more than a window goes back.
    if (now < end && now >= start - (end - start)) return
    this.#window = windowAt(this.#period, now)
    this.#counts = new BoundedMap<number>(CALLERS)
  }
}
