import type { RouteSpec } from '../model/model.ts'
import type { Deadlines, Limited } from './deadlines.ts'

/** What an attempt came to: a status, or why there was none. */
export type AttemptEnd = number | 'connect-failure' | 'reset' | 'timeout'

/** From here on a quarter second more or less does not matter, and the sweep of all time limits costs less than a timer. */
const SWEPT_FROM_MS = 5000

/**
 * What a route says of time and of further attempts. Made for requests of such routes only, so the others pay for no
 * timer.
 */
export class RouteLimits implements Limited {
  deadline = 0
  readonly #deadlines: Deadlines
  readonly #spec: Pick<RouteSpec, 'timeouts' | 'retry'>
  readonly #expired: (which: 'request' | 'attempt') => void
  #request: NodeJS.Timeout | undefined
  #attempt: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #again = 0

  /** Null when the route says nothing of either. */
  static of(
    spec: Pick<RouteSpec, 'timeouts' | 'retry'>,
    deadlines: Deadlines,
    expired: (which: 'request' | 'attempt') => void,
  ): RouteLimits | null {
    return spec.timeouts === undefined && spec.retry === undefined ? null : new RouteLimits(spec, deadlines, expired)
  }

  private constructor(
    spec: Pick<RouteSpec, 'timeouts' | 'retry'>,
    deadlines: Deadlines,
    expired: (which: 'request' | 'attempt') => void,
  ) {
    this.#spec = spec
    this.#deadlines = deadlines
    this.#expired = expired
    const { request = null } = spec.timeouts ?? {}
    if (request === null) return
    if (request < SWEPT_FROM_MS) this.#request = setTimeout(expired, request, 'request')
    else {
      this.deadline = performance.now() + request
      deadlines.add(this)
    }
  }

  expired(): void {
    this.#expired('request')
  }

  attemptBegan(): void {
    clearTimeout(this.#attempt)
    const { attempt = null } = this.#spec.timeouts ?? {}
    if (attempt !== null) this.#attempt = setTimeout(this.#expired, attempt, 'attempt')
  }

  /** The answer has begun, or the attempt failed. */
  attemptEnded(): void {
    clearTimeout(this.#attempt)
  }

  /** Whether an attempt that ended so is worth another. `begin` is then called when it is time. */
  tryAgain(end: AttemptEnd, begin: () => void): boolean {
    const { retry } = this.#spec
    if (retry === undefined || this.#again >= retry.attempts) return false
    if (typeof end === 'number' ? !retry.statuses.includes(end) : !retry.on.includes(end)) return false
    this.attemptEnded()
    // a random part of the wait, so that what failed together does not come again together (as Envoy does it)
    const longest = Math.min(retry.backoff * 2 ** this.#again, retry.backoffMax)
    this.#again++
    this.#pause = setTimeout(begin, Math.random() * longest)
    return true
  }

  /** The exchange with the service is over. */
  end(): void {
    this.#deadlines.remove(this)
    clearTimeout(this.#request)
    clearTimeout(this.#attempt)
    clearTimeout(this.#pause)
  }
}
