/**
 * Which addresses are how healthy, and why: Kong's counters. A failure forgets the successes counted so far, a success
 * forgets all failures; a limit of 0 counts nothing. `mostly_` is an address that is about to change its mind.
 *
 * A gateway has one ledger, however many processes it has, so that failures seen by several add up.
 */
export type HealthState = 'healthy' | 'mostly_healthy' | 'mostly_unhealthy' | 'unhealthy'

/** What a check or an answer said of an address. */
export type HealthEvent = 'success' | 'http-failure' | 'tcp-failure' | 'timeout'

interface Entry {
  state: HealthState
  readonly counts: Record<HealthEvent, number>
}

export class HealthLedger {
  readonly #entries = new Map<string, Entry>()

  state(key: string): HealthState {
    return this.#entries.get(key)?.state ?? 'healthy'
  }

  /** @param limit how many of them make a change. @returns the state when it changed, else null. */
  count(key: string, event: HealthEvent, limit: number): HealthState | null {
    const { state } = this.#entries.get(key) ?? { state: 'healthy' }
    if (isSettled(state, event, limit)) return null
    let entry = this.#entries.get(key)
    if (entry === undefined) this.#entries.set(key, (entry = { state: 'healthy', counts: none() }))
    const { counts } = entry
    const count = counts[event] + 1
    if (event === 'success') Object.assign(counts, none())
    else counts.success = 0
    counts[event] = count
    const next = stateAfter(state, event, count >= limit)
    if (next === state) return null
    // what is simply healthy has nothing counted that would matter
    if (next === 'healthy') this.#entries.delete(key)
    else entry.state = next
    return next
  }

  /** By hand: what was counted is forgotten. */
  set(key: string, state: 'healthy' | 'unhealthy'): void {
    if (state === 'healthy') this.#entries.delete(key)
    else this.#entries.set(key, { state, counts: none() })
  }

  /** @returns whether there was anything to forget. */
  forget(key: string): boolean {
    return this.#entries.delete(key)
  }

  /** All that are not simply healthy. */
  states(): [key: string, state: HealthState][] {
    return [...this.#entries].map(([key, { state }]) => [key, state])
  }
}

/** True when the event changes nothing: nobody need hear of it. */
export function isSettled(state: HealthState, event: HealthEvent, limit: number): boolean {
  return limit === 0 || state === (event === 'success' ? 'healthy' : 'unhealthy')
}

export function isAvailable(state: HealthState): boolean {
  return state === 'healthy' || state === 'mostly_healthy'
}

function stateAfter(state: HealthState, event: HealthEvent, reached: boolean): HealthState {
  if (reached) return event === 'success' ? 'healthy' : 'unhealthy'
  if (state === 'healthy' && event !== 'success') return 'mostly_healthy'
  if (state === 'unhealthy' && event === 'success') return 'mostly_unhealthy'
  return state
}

function none(): Record<HealthEvent, number> {
  return { success: 0, 'http-failure': 0, 'tcp-failure': 0, timeout: 0 }
}
