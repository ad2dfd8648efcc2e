import type { Algorithm, HealthLimits, HealthSpec, TargetSpec, UpstreamSpec } from '../../model/model.ts'
import type { Address } from './address.ts'
import { Balancer, type BalancerParts } from './balancer.ts'
import type { HealthState } from './health-ledger.ts'
import { HostNames } from './host-names.ts'
import { LocalDesk } from './local-desk.ts'
import type { Timers } from './timers.ts'

/** Timers that go off when the test says that time passes. */
export class FakeTimers implements Timers {
  now = 0
  readonly #due: { at: number; every: number | null; run: () => void }[] = []

  after(ms: number, run: () => void): { cancel(): void } {
    return this.#add({ at: this.now + ms, every: null, run })
  }

  every(ms: number, run: () => void): { cancel(): void } {
    return this.#add({ at: this.now + ms, every: ms, run })
  }

  #add(timer: { at: number; every: number | null; run: () => void }): { cancel(): void } {
    this.#due.push(timer)
    return {
      cancel: () => {
        const at = this.#due.indexOf(timer)
        if (at >= 0) this.#due.splice(at, 1)
      },
    }
  }

  /** Lets time pass; what was promised on the way is kept. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms
    for (;;) {
      await new Promise(setImmediate)
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > until) break
      this.now = next.at
      if (next.every === null) this.#due.splice(this.#due.indexOf(next), 1)
      else next.at += next.every
      next.run()
    }
    this.now = until
  }
}

const NO_LIMITS: HealthLimits = {
  ...{ healthyStatuses: [200, 302], unhealthyStatuses: [429, 500, 503] },
  ...{ successes: 0, tcpFailures: 0, timeouts: 0, httpFailures: 0 },
}

export function healthSpec(
  passive: Partial<HealthLimits> = {},
  active: Partial<HealthSpec['active']> = {},
  threshold = 0,
): HealthSpec {
  return {
    active: {
      ...NO_LIMITS,
      ...{ type: 'http', timeout: 1000, concurrency: 10, path: '/', headers: {}, sni: null, verify: true },
      ...{ healthyInterval: 0, unhealthyInterval: 0 },
      ...active,
    },
    passive: { ...NO_LIMITS, ...passive },
    threshold,
  }
}

/** @param targets weights by `host` or `host:port`. */
export function upstreamSpec(
  targets: Readonly<Record<string, number>>,
  more: { readonly algorithm?: Algorithm; readonly health?: HealthSpec } = {},
): UpstreamSpec {
  return {
    ...{ id: 'u', name: 'pool', hostHeader: null, certificateId: null },
    algorithm: more.algorithm ?? { kind: 'round-robin' },
    health: more.health ?? healthSpec(),
    targets: Object.entries(targets).map(([target, weight]): TargetSpec => {
      const [host, port = '80'] = target.split(':')
      return { host: host!, port: Number(port), weight }
    }),
  }
}

/** A balancer with a desk of its own, and names that are answered from a table the test may change. */
export function makeBalancer(spec: UpstreamSpec, names: Record<string, readonly string[]> = {}) {
  const timers = new FakeTimers()
  const resolve = {
    async addresses(host: string) {
      if (names[host] === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
      return names[host]
    },
    timeToLive: async () => 10_000,
  }
  const states = new Map<string, HealthState>()
  const desk: LocalDesk = new LocalDesk((key, state) => {
    states.set(key, state)
    balancer.setState(key, state)
  })
  const parts: BalancerParts = {
    names: new HostNames(resolve, timers),
    desk: {
      count: (...counted) => desk.count(...counted),
      forget(key) {
        states.delete(key)
        desk.forget(key)
      },
    },
    stateOf: (key) => states.get(key) ?? 'healthy',
    now: () => timers.now,
  }
  const balancer: Balancer = new Balancer(spec, parts)
  return { balancer, timers, desk }
}

export function addressesOf(balancer: Balancer): Address[] {
  return balancer.targets.flatMap(({ addresses }) => addresses)
}
