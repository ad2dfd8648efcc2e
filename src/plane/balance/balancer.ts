import { isIP } from 'node:net'
import type { TargetSpec, UpstreamSpec } from '../../model/model.ts'
import type { HttpExchange } from '../exchange.ts'
import { Address, addressKey } from './address.ts'
import type { Choosing } from './choosing.ts'
import { hashKey } from './hash-key.ts'
import { HashRing } from './hash-ring.ts'
import { type HealthEvent, type HealthState, isAvailable, isSettled } from './health-ledger.ts'
import type { HostNames } from './host-names.ts'
import { Latency } from './latency.ts'
import { LeastConnections } from './least-connections.ts'
import { RoundRobin } from './round-robin.ts'

/** Who counts checks and answers, and knows the outcome: one for all processes of a gateway. */
export interface HealthDesk {
  /** @param key of an address. @param limit how many of them make a change. */
  count(key: string, event: HealthEvent, limit: number): void
  /** The address is in use no more. */
  forget(key: string): void
}

/** What a balancer is made of. */
export interface BalancerParts {
  readonly names: HostNames
  readonly desk: HealthDesk
  /** Of an address that comes into use. */
  stateOf(key: string): HealthState
  /** Milliseconds. */
  now(): number
}

/** A target and the addresses it has at present. */
export interface TargetAddresses {
  readonly spec: TargetSpec
  readonly addresses: readonly Address[]
}

const ANSWERS = { ignored: 0, healthy: 1, unhealthy: 2 }

/**
 * One upstream as requests use it: its addresses, which of them may be chosen, and a way to choose. Everything is worked
 * out when configuration, names or health change. It lives as long as the upstream does, through every change of it.
 */
export class Balancer {
  readonly #parts: BalancerParts
  #spec: UpstreamSpec
  #choosing: Choosing
  #hash: ((exchange: HttpExchange) => number | null) | null = null
  #targets: readonly TargetAddresses[] = []
  #addresses = new Map<string, Address>()
  readonly #names = new Map<string, { close(): void }>()
  /** What an answer's status says to passive checks. */
  #statuses = new Uint8Array(1000)
  #isChecked = false
  #totalWeight = 0
  #availableWeight = 0
  #closed = false

  constructor(spec: UpstreamSpec, parts: BalancerParts) {
    this.#parts = parts
    this.#spec = spec
    this.#choosing = choosing(spec, parts.now)
    this.#take(spec)
  }

  get spec(): UpstreamSpec {
    return this.#spec
  }

  get targets(): readonly TargetAddresses[] {
    return this.#targets
  }

  /** True when anything ever finds an address unhealthy. */
  get isChecked(): boolean {
    return this.#isChecked
  }

  get weight(): { readonly total: number; readonly available: number } {
    return { total: this.#totalWeight, available: this.#availableWeight }
  }

  /** Whether enough of its weight is available for it to take requests. */
  get healthy(): boolean {
    return this.#totalWeight > 0 && (this.#availableWeight / this.#totalWeight) * 100 > this.#spec.health.threshold
  }

  /** Takes over a change of the upstream. What is known of addresses that stay is kept. */
  update(spec: UpstreamSpec): void {
    if (JSON.stringify(spec.algorithm) !== JSON.stringify(this.#spec.algorithm)) {
      this.#choosing = choosing(spec, this.#parts.now)
    }
    this.#take(spec)
  }

  #take(spec: UpstreamSpec): void {
    this.#spec = spec
    const { algorithm, health } = spec
    this.#hash = algorithm.kind === 'consistent-hashing' ? hashKey(algorithm.hash, algorithm.fallback) : null
    const { active, passive } = health
    this.#isChecked =
      active.healthyInterval > 0 ||
      active.unhealthyInterval > 0 ||
      passive.tcpFailures > 0 ||
      passive.timeouts > 0 ||
      passive.httpFailures > 0
    this.#statuses = new Uint8Array(1000)
    for (const status of passive.unhealthyStatuses) this.#statuses[status] = ANSWERS.unhealthy
    for (const status of passive.healthyStatuses) this.#statuses[status] = ANSWERS.healthy
    this.#watchNames()
    this.#layOut()
  }

  #watchNames(): void {
    const wanted = new Set(this.#spec.targets.map(({ host }) => host).filter((host) => isIP(host) === 0))
    for (const host of wanted) {
      if (!this.#names.has(host))
        this.#names.set(
          host,
          this.#parts.names.watch(host, () => this.#layOut()),
        )
    }
    for (const [host, name] of this.#names) {
      if (wanted.has(host)) continue
      name.close()
      this.#names.delete(host)
    }
  }

  /** Works out the addresses anew. */
  #layOut(): void {
    if (this.#closed) return
    const before = this.#addresses
    this.#addresses = new Map()
    this.#targets = this.#spec.targets.map((spec) => {
      const ips = isIP(spec.host) === 0 ? (this.#parts.names.addresses(spec.host) ?? []) : [spec.host]
      return { spec, addresses: ips.map((ip) => this.#address(spec, ip, before)) }
    })
    for (const key of before.keys()) if (!this.#addresses.has(key)) this.#parts.desk.forget(key)
    this.#weigh()
  }

  #address({ host, port, weight }: TargetSpec, ip: string, before: ReadonlyMap<string, Address>): Address {
    const key = addressKey(this.#spec.id, host, ip, port)
    let address = before.get(key)
    if (address === undefined) {
      address = new Address(this, host, ip, port, weight)
      address.state = this.#parts.stateOf(key)
    }
    address.weight = weight
    this.#addresses.set(key, address)
    return address
  }

  /** Works out who may be chosen. */
  #weigh(): void {
    const all = [...this.#addresses.values()].filter(({ weight }) => weight > 0)
    for (const address of this.#addresses.values()) {
      address.available = !this.#isChecked || isAvailable(address.state)
    }
    const available = all.filter((address) => address.available)
    this.#totalWeight = sum(all)
    this.#availableWeight = sum(available)
    this.#choosing.update(available, all)
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  /** What tells the request apart, for `next`; null where nothing does. */
  hash(exchange: HttpExchange): number | null {
    return this.#hash === null ? null : this.#hash(exchange)
  }

  /**
   * The address for the next request; null when there is none that may be used.
   * @param tried what failed this request already: taken again only when all else has failed too.
   */
  next(hash: number | null, tried: readonly Address[] | null): Address | null {
    if (!this.healthy) return null
    return this.#choosing.next(hash, tried) ?? (tried === null ? null : this.#choosing.next(hash, null))
  }

  /** While a name is asked for the first time there is nothing to choose from; resolves when that is over. */
  get resolving(): Promise<unknown> | null {
    if (this.#totalWeight > 0) return null
    const { names } = this.#parts
    const open = [...this.#names.keys()].filter((host) => names.addresses(host) === null && names.error(host) === null)
    return open.length === 0 ? null : Promise.all(open.map((host) => names.answered(host)))
  }

  /** Resolves when all names have been asked for, one way or the other. */
  async namesAsked(): Promise<void> {
    for (const host of this.#names.keys()) await this.#parts.names.answered(host)
  }

  /** Why a name has no addresses, when that is known. */
  nameError(host: string): string | null {
    return this.#parts.names.error(host)
  }

  began(address: Address): void {
    this.#choosing.began?.(address)
  }

  /** @param ms it took; null when it came to nothing. */
  ended(address: Address, ms: number | null): void {
    this.#choosing.ended?.(address, ms)
  }

  // --- health --------------------------------------------------------------------------------------------------------

  /** A target answered a client's request. 504 is how a target says that it timed out itself. */
  answered(address: Address, status: number): void {
    const { passive } = this.#spec.health
    if (status === 504) return this.#count(address, 'timeout', passive.timeouts)
    const meaning = this.#statuses[status]
    if (meaning === ANSWERS.healthy) this.#count(address, 'success', passive.successes)
    else if (meaning === ANSWERS.unhealthy) this.#count(address, 'http-failure', passive.httpFailures)
  }

  /**
   * An attempt at a target failed.
   * @param last no other target is asked: then Kong takes note of the 502 it answers with rather than of the failure.
   * Only where no 502 is counted do we take it for the failure that it is.
   */
  failed(address: Address, timeout: boolean, last: boolean): void {
    const { passive } = this.#spec.health
    if (timeout) return this.#count(address, 'timeout', passive.timeouts)
    if (last && this.#statuses[502] === ANSWERS.unhealthy && passive.httpFailures > 0) {
      return this.#count(address, 'http-failure', passive.httpFailures)
    }
    this.#count(address, 'tcp-failure', passive.tcpFailures)
  }

  /** A check of ours was made. @param status of the answer; 0 for one that is none, null when there was no HTTP. */
  checked(address: Address, outcome: 'tcp-failure' | 'timeout' | 'answer', status: number | null): void {
    const { active } = this.#spec.health
    if (outcome === 'timeout') return this.#count(address, 'timeout', active.timeouts)
    if (outcome === 'tcp-failure') return this.#count(address, 'tcp-failure', active.tcpFailures)
    if (status === null || active.healthyStatuses.includes(status)) {
      return this.#count(address, 'success', active.successes)
    }
    if (status === 0 || active.unhealthyStatuses.includes(status)) {
      this.#count(address, 'http-failure', active.httpFailures)
    }
  }

  #count(address: Address, event: HealthEvent, limit: number): void {
    if (!this.#isChecked || isSettled(address.state, event, limit)) return
    this.#parts.desk.count(address.key, event, limit)
  }

  /** @param key of an address, which need not be one of these. */
  setState(key: string, state: HealthState): void {
    const address = this.#addresses.get(key)
    if (address === undefined) return
    address.state = state
    if (this.#isChecked && address.available !== isAvailable(state)) this.#weigh()
  }

  close(): void {
    this.#closed = true
    for (const name of this.#names.values()) name.close()
    this.#names.clear()
    for (const key of this.#addresses.keys()) this.#parts.desk.forget(key)
  }
}

function choosing({ algorithm }: UpstreamSpec, now: () => number): Choosing {
  switch (algorithm.kind) {
    case 'round-robin':
      return new RoundRobin()
    case 'least-connections':
      return new LeastConnections()
    case 'latency':
      return new Latency(now)
    case 'consistent-hashing':
      return new HashRing(algorithm.slots)
  }
}

function sum(addresses: readonly Address[]): number {
  return addresses.reduce((total, { weight }) => total + weight, 0)
}
