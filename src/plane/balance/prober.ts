import type { CertificateSpec } from '../../model/model.ts'
import type { Address } from './address.ts'
import type { Balancer } from './balancer.ts'
import type { Balancers } from './balancers.ts'
import { isAvailable } from './health-ledger.ts'
import type { Probe } from './probe.ts'
import type { Timers } from './timers.ts'

/** The checks of one upstream. */
interface Rounds {
  /** What the timers were made of. */
  readonly intervals: string
  readonly timers: readonly { cancel(): void }[]
}

/**
 * Checks the addresses of upstreams that want it, healthy and unhealthy ones each in their own rhythm, the first time
 * after one interval. Of a gateway's processes one does it for all.
 */
export class Prober {
  readonly #balancers: Balancers
  readonly #probe: Probe
  readonly #timers: Timers
  readonly #certificate: (id: string) => CertificateSpec | null
  readonly #rounds = new Map<Balancer, Rounds>()

  constructor(balancers: Balancers, probe: Probe, timers: Timers, certificate: (id: string) => CertificateSpec | null) {
    this.#balancers = balancers
    this.#probe = probe
    this.#timers = timers
    this.#certificate = certificate
  }

  start(): void {
    this.#balancers.watch((balancer, closed) => {
      if (closed) this.#end(balancer)
      else this.#follow(balancer)
    })
  }

  #follow(balancer: Balancer): void {
    const { healthyInterval, unhealthyInterval } = balancer.spec.health.active
    const intervals = `${healthyInterval} ${unhealthyInterval}`
    if (this.#rounds.get(balancer)?.intervals === intervals) return
    this.#end(balancer)
    const round = (ms: number, available: boolean) =>
      ms === 0 ? [] : [this.#timers.every(ms, this.#oneRound(balancer, available))]
    const timers = [...round(healthyInterval, true), ...round(unhealthyInterval, false)]
    if (timers.length > 0) this.#rounds.set(balancer, { intervals, timers })
  }

  /** A round that takes longer than its interval is waited for. */
  #oneRound(balancer: Balancer, available: boolean): () => void {
    let underway = false
    return () => {
      if (underway) return
      underway = true
      void this.#checkAll(balancer, available).finally(() => (underway = false))
    }
  }

  #end(balancer: Balancer): void {
    for (const timer of this.#rounds.get(balancer)?.timers ?? []) timer.cancel()
    this.#rounds.delete(balancer)
  }

  async #checkAll(balancer: Balancer, available: boolean): Promise<void> {
    const queue = balancer.targets
      .flatMap(({ addresses }) => addresses)
      .filter(({ weight, state }) => weight > 0 && isAvailable(state) === available)
    const work = async () => {
      for (let address = queue.shift(); address !== undefined; address = queue.shift()) await this.#check(address)
    }
    const { concurrency } = balancer.spec.health.active
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, work))
  }

  async #check(address: Address): Promise<void> {
    const { balancer, ip, port, host } = address
    const { health, hostHeader, certificateId } = balancer.spec
    const certificate = certificateId === null ? null : this.#certificate(certificateId)
    const outcome = await this.#probe({ checks: health.active, ip, port, host, hostHeader, certificate })
    balancer.checked(address, outcome.kind, outcome.kind === 'answer' ? outcome.status : null)
  }

  stop(): void {
    for (const balancer of [...this.#rounds.keys()]) this.#end(balancer)
  }
}
