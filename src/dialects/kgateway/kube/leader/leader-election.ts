import { hasStatus } from '../api/api-error.ts'
import type { KubeApi } from '../api/kube-api.ts'
import type { Wait } from '../watch/backoff.ts'
import { type HeldLease, type LeaseRecord, leaseIn, leaseOf } from './lease.ts'

export interface ElectionTools {
  readonly api: KubeApi
  readonly wait: Wait
  readonly random: () => number
  /** Milliseconds, only ever compared with itself: a clock that is set must not end a reign. */
  readonly ticks: () => number
  /** Milliseconds since the epoch, for what stands in the lease. */
  readonly now: () => number
  readonly namespace: string
  readonly name: string
  /** Who we are, unlike anybody else. */
  readonly identity: string
  /** Told why the lease can't be had or kept, and null when it can be looked at again. */
  readonly trouble: (problem: string | null) => void
}

/** A leader who has said nothing for this long is one no more. */
const LEASE_MS = 15_000
/** One who could not say anything for this long stops by itself, well before the others may begin. */
const RENEW_DEADLINE_MS = 10_000
const RETRY_MS = 2000
/** Whoever leads must know in time that it can't renew. */
const LONGEST_TRY_MS = 5000

/**
 * Sees to it that one of many leads. A lease is held by renewing it; whether somebody else's has run out is judged by when
 * we last saw it change, so that clocks need not agree.
 */
export class LeaderElection {
  readonly #tools: ElectionTools
  readonly #path: string
  readonly #onChange: (leads: boolean) => void
  #leads = false
  /** What we saw last, and when it was new to us. */
  #seen: { readonly record: LeaseRecord; readonly at: number } | null = null
  #lease: HeldLease | null = null
  #renewedAt = 0

  constructor(tools: ElectionTools, onChange: (leads: boolean) => void) {
    this.#tools = tools
    this.#onChange = onChange
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(tools.namespace)}/leases`
  }

  get leads(): boolean {
    return this.#leads
  }

  /** Takes part until the signal comes, then hands over. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { wait, random, ticks } = this.#tools
    while (!signal.aborted) {
      const held = await this.#tryOnce(signal).then(
        (held) => {
          this.#tools.trouble(null)
          return held
        },
        (error: unknown) => {
          // Somebody else was quicker: that is how it should be.
          if (!hasStatus(error, 409) && !signal.aborted) this.#tools.trouble(messageOf(error))
          return false
        },
      )
      if (signal.aborted) break
      if (held) this.#renewedAt = ticks()
      // Whoever leads and can't renew goes on for a while: the others wait longer than that.
      this.#set(held || (this.#leads && this.#msLeft() > 0 && !this.#isTaken()))
      await wait(Math.min(RETRY_MS * (1 + random() / 5), this.#leads ? this.#msLeft() : RETRY_MS * 2), signal)
    }
    await this.#handOver()
  }

  /** Until we have to stop, if we can't renew. */
  #msLeft(): number {
    return Math.max(this.#renewedAt + RENEW_DEADLINE_MS - this.#tools.ticks(), 0)
  }

  #set(leads: boolean): void {
    if (leads === this.#leads) return
    this.#leads = leads
    this.#onChange(leads)
  }

  #isTaken(): boolean {
    const holder = this.#seen?.record.holder ?? ''
    return holder !== '' && holder !== this.#tools.identity
  }

  /** @returns whether the lease is ours now. */
  async #tryOnce(signal: AbortSignal): Promise<boolean> {
    const { api, name, namespace, identity, ticks } = this.#tools
    const bounded = AbortSignal.any([
      signal,
      AbortSignal.timeout(this.#leads ? Math.min(LONGEST_TRY_MS, this.#msLeft()) : LONGEST_TRY_MS),
    ])
    try {
      const lease = leaseIn(await api.get(`${this.#path}/${name}`, {}, bounded))
      this.#observe(lease)
      const { record } = lease
      const isOurs = record.holder === identity
      const isOver = record.holder === '' || ticks() - this.#seen!.at >= record.durationS * 1000
      if (!isOurs && !isOver) return false
      const next = this.#record(record, isOurs)
      const written = await api.send('PUT', `${this.#path}/${name}`, leaseOf(name, namespace, next, lease), bounded)
      this.#observe(leaseIn(written))
      return true
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      const first = this.#record(null, false)
      this.#observe(leaseIn(await api.send('POST', this.#path, leaseOf(name, namespace, first, null), bounded)))
      return true
    }
  }

  #observe(lease: HeldLease): void {
    const { holder, renewed, transitions } = lease.record
    const seen = this.#seen?.record
    this.#lease = lease
    if (seen?.holder === holder && seen.renewed === renewed && seen.transitions === transitions) return
    this.#seen = { record: lease.record, at: this.#tools.ticks() }
  }

  #record(before: LeaseRecord | null, isOurs: boolean): LeaseRecord {
    const renewed = microTime(this.#tools.now())
    return {
      holder: this.#tools.identity,
      durationS: LEASE_MS / 1000,
      renewed,
      acquired: isOurs && before !== null ? before.acquired : renewed,
      transitions: (before?.transitions ?? 0) + (isOurs || before === null ? 0 : 1),
    }
  }

  /** Leaves the lease to whoever comes next, who need not wait for it to run out. */
  async #handOver(): Promise<void> {
    const { api, name, namespace, identity } = this.#tools
    const lease = this.#lease
    const isOurs = this.#leads && lease?.record.holder === identity
    this.#set(false)
    if (!isOurs || lease === null) return
    const record = { ...lease.record, holder: '', durationS: 1, renewed: microTime(this.#tools.now()) }
    const body = leaseOf(name, namespace, record, lease)
    await api.send('PUT', `${this.#path}/${name}`, body, AbortSignal.timeout(RETRY_MS)).catch(() => undefined)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `2026-01-01T00:00:00.000000Z`: leases count in microseconds. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, '000Z')
