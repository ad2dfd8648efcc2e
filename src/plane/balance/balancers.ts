import type { UpstreamSpec } from '../../model/model.ts'
import type { UpstreamHealth } from '../../model/upstream-health.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { Balancer, type BalancerParts, type HealthDesk } from './balancer.ts'
import type { HealthState } from './health-ledger.ts'
import { healthReport } from './health-report.ts'
import type { HostNames } from './host-names.ts'

/** The balancers of all upstreams of all sources, made as upstreams come and closed as they go. */
export class Balancers {
  readonly #parts: BalancerParts
  readonly #bySource = new Map<Snapshot, Map<string, Balancer>>()
  /** A changed upstream is another record: a request finds its balancer with one look. */
  readonly #bySpec = new WeakMap<UpstreamSpec, Balancer>()
  readonly #pending = new Map<Snapshot, Map<string, UpstreamSpec | null>>()
  /** Of addresses that are not simply healthy. */
  readonly #states = new Map<string, HealthState>()
  readonly #listeners = new Set<(balancer: Balancer, closed: boolean) => void>()

  /** @param now milliseconds. */
  constructor(snapshots: readonly Snapshot[], names: HostNames, desk: HealthDesk, now: () => number) {
    this.#parts = {
      names,
      desk: {
        count: (...counted) => desk.count(...counted),
        forget: (key) => {
          // who has nothing to forget is not bothered
          if (this.#states.delete(key)) desk.forget(key)
        },
      },
      stateOf: (key) => this.#states.get(key) ?? 'healthy',
      now,
    }
    for (const snapshot of snapshots) {
      this.#bySource.set(snapshot, new Map())
      snapshot.watchUpstreams((id, spec) => this.#changed(snapshot, id, spec))
    }
  }

  /** Laid out when all is loaded: every target that comes is a change of its upstream. */
  #changed(snapshot: Snapshot, id: string, spec: UpstreamSpec | null): void {
    if (this.#pending.size === 0) queueMicrotask(() => this.#settle())
    let pending = this.#pending.get(snapshot)
    if (pending === undefined) this.#pending.set(snapshot, (pending = new Map()))
    pending.set(id, spec)
  }

  #settle(): void {
    const all = [...this.#pending]
    this.#pending.clear()
    for (const [snapshot, changes] of all) {
      for (const [id, spec] of changes) {
        if (spec === null) this.#drop(snapshot, id)
        else this.of(spec, snapshot)
      }
    }
  }

  of(spec: UpstreamSpec, snapshot: Snapshot): Balancer {
    let balancer = this.#bySpec.get(spec)
    if (balancer !== undefined) return balancer
    const byId = this.#bySource.get(snapshot)!
    balancer = byId.get(spec.id)
    if (balancer === undefined) byId.set(spec.id, (balancer = new Balancer(spec, this.#parts)))
    else balancer.update(spec)
    this.#bySpec.set(spec, balancer)
    for (const hear of this.#listeners) hear(balancer, false)
    return balancer
  }

  #drop(snapshot: Snapshot, id: string): void {
    const balancer = this.#bySource.get(snapshot)!.get(id)
    if (balancer === undefined) return
    this.#bySource.get(snapshot)!.delete(id)
    balancer.close()
    for (const hear of this.#listeners) hear(balancer, true)
  }

  /** Calls back for every balancer there is, and whenever one is made, changed or closed. */
  watch(hear: (balancer: Balancer, closed: boolean) => void): void {
    this.#listeners.add(hear)
    for (const balancer of this.all()) hear(balancer, false)
  }

  *all(): Generator<Balancer> {
    this.#settle()
    for (const byId of this.#bySource.values()) yield* byId.values()
  }

  /** By the id of the upstream; the last source's, where several have one. */
  byId(id: string): Balancer | null {
    this.#settle()
    let found: Balancer | null = null
    for (const byId of this.#bySource.values()) found = byId.get(id) ?? found
    return found
  }

  /** How an upstream fares; null when there is none of that id. */
  async report(id: string): Promise<UpstreamHealth | null> {
    const balancer = this.byId(id)
    if (balancer === null) return null
    await balancer.namesAsked()
    return healthReport(balancer)
  }

  *reports(): Generator<UpstreamHealth> {
    for (const balancer of this.all()) yield healthReport(balancer)
  }

  /** What the desk says of an address. */
  setState(key: string, state: HealthState): void {
    if (state === 'healthy') this.#states.delete(key)
    else this.#states.set(key, state)
    for (const balancer of this.all()) balancer.setState(key, state)
  }

  close(): void {
    for (const byId of this.#bySource.values()) {
      for (const balancer of byId.values()) balancer.close()
      byId.clear()
    }
  }
}
