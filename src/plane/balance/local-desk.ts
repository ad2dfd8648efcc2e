import type { HealthDesk } from './balancer.ts'
import { type HealthEvent, HealthLedger, type HealthState } from './health-ledger.ts'

/** The desk of a gateway that is one process, or of the process that keeps it for all others. */
export class LocalDesk implements HealthDesk {
  readonly #ledger = new HealthLedger()
  readonly #changed: (key: string, state: HealthState) => void

  constructor(changed: (key: string, state: HealthState) => void) {
    this.#changed = changed
  }

  count(key: string, event: HealthEvent, limit: number): void {
    const state = this.#ledger.count(key, event, limit)
    if (state !== null) this.#changed(key, state)
  }

  /** By hand. */
  set(key: string, state: 'healthy' | 'unhealthy'): void {
    this.#ledger.set(key, state)
    this.#changed(key, state)
  }

  forget(key: string): void {
    // who still uses it must not wait for what is counted no more
    if (this.#ledger.forget(key)) this.#changed(key, 'healthy')
  }

  /** All that are not simply healthy. */
  states(): [key: string, state: HealthState][] {
    return this.#ledger.states()
  }
}
