/**
 * Entries on their way to somebody who may be slow or away. Whoever adds one never waits: what can't be kept is
 * dropped, oldest first, counted, and said once in a while.
 */
import type { Clock } from '../../base/clock.ts'
import type { PolicyLog } from '../../policy/policy.ts'

export interface QueueLimits {
  readonly maxBatchSize: number
  /** How long a batch waits for more entries, in milliseconds. */
  readonly coalesceMs: number
  readonly maxEntries: number
  /** Null for as many as `MOST_BYTES`. */
  readonly maxBytes: number | null
  /** How long one batch is tried for, in milliseconds. */
  readonly retryMs: number
  /** Pause after a first failure, doubled after each further one up to `maxDelayMs`. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Every entry is sent at once and by itself; `maxEntries` bounds how many are under way. */
  readonly unordered: boolean
}

export interface QueueTools {
  readonly clock: Clock
  readonly log: PolicyLog
  /** Names the receiver in what is logged; no secrets. */
  readonly receiver: string
  /** @throws Error that says why the batch was not taken. */
  send(entries: readonly string[]): Promise<void>
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>
}

/**
 * Bytes that wait where nobody set a limit. Whoever sends requests with 32 KiB of arguments makes a record of four times
 * that: 10,000 of them, while the collector is away, would be more than a gigabyte.
 */
export const MOST_BYTES = 64 << 20
/** Losses are told at most this often, in milliseconds. */
const TELL_MS = 10_000
/** How long the last entries are tried for when the gateway stops, in milliseconds. */
const DRAIN_MS = 3000

export class DeliveryQueue {
  readonly #limits: QueueLimits
  readonly #tools: QueueTools
  #entries: string[] = []
  /** Entries before this one were taken already. */
  #first = 0
  #bytes = 0
  /** Entries that go by themselves. */
  readonly #underway = new Set<Promise<void>>()
  #running: Promise<void> | null = null
  /** What ends the pauses under way. */
  readonly #wakers = new Set<() => void>()
  /** When to give up, once the queue is being drained; milliseconds since the epoch. */
  #deadline: number | null = null
  #failing = false
  #lost = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(limits: QueueLimits, tools: QueueTools) {
    this.#limits = limits
    this.#tools = tools
  }

  get length(): number {
    return this.#entries.length - this.#first
  }

  add(entry: string): void {
    const { maxEntries, unordered, maxBatchSize } = this.#limits
    const maxBytes = this.#limits.maxBytes ?? MOST_BYTES
    const size = Buffer.byteLength(entry)
    if (size > maxBytes) return this.#lose(1, 'an entry is larger than max_bytes')
    if (unordered) {
      if (this.#underway.size >= maxEntries || this.#bytes + size > maxBytes) return this.#lose(1, 'the queue is full')
      this.#bytes += size
      const delivery: Promise<void> = this.#deliver([entry]).finally(() => {
        this.#bytes -= size
        this.#underway.delete(delivery)
      })
      this.#underway.add(delivery)
      return
    }
    while (this.length >= maxEntries || this.#bytes + size > maxBytes) {
      this.#take(1)
      this.#lose(1, 'the queue is full')
    }
    this.#entries.push(entry)
    this.#bytes += size
    if (this.#running === null) this.#start()
    else if (this.length >= maxBatchSize) this.#wake()
  }

  /** An entry may come when the last one was sent and nobody has said so yet: it starts the next round. */
  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = null
      if (this.length > 0) this.#start()
    })
  }

  /** Sends what is there, without waiting for more and for a few seconds at most; what is left then is lost. */
  async drain(): Promise<void> {
    this.#deadline = this.#tools.clock.now() + DRAIN_MS
    this.#wake()
    await this.settled()
    this.#tell('the gateway stops')
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running
    await Promise.all(this.#underway)
  }

  async #run(): Promise<void> {
    // not within the request that brought the first entry
    await null
    const { maxBatchSize, coalesceMs } = this.#limits
    while (this.length > 0) {
      if (this.length < maxBatchSize && this.#deadline === null) await this.#pause(coalesceMs)
      await this.#deliver(this.#take(maxBatchSize))
    }
  }

  #take(most: number): string[] {
    const batch = this.#entries.slice(this.#first, this.#first + most)
    this.#first += batch.length
    for (const entry of batch) this.#bytes -= Buffer.byteLength(entry)
    if (this.#first * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
    return batch
  }

  /** Never rejects. */
  async #deliver(batch: readonly string[]): Promise<void> {
    const { retryMs, firstDelayMs, maxDelayMs } = this.#limits
    const { clock } = this.#tools
    const startedAt = clock.now()
    for (let delay = firstDelayMs; ; delay = Math.min(delay * 2, maxDelayMs)) {
      const problem = await this.#attempt(batch)
      if (problem === null) break
      const now = clock.now()
      if (now - startedAt > retryMs || (this.#deadline !== null && now >= this.#deadline)) {
        this.#lose(batch.length, problem)
        break
      }
      await this.#pause(Math.min(delay, maxDelayMs))
    }
  }

  /** @returns null when the batch was taken, else why not. */
  async #attempt(batch: readonly string[]): Promise<string | null> {
    try {
      await this.#tools.send(batch)
      this.#failing = false
      return null
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      if (!this.#failing) {
        this.#failing = true
        const { log, receiver } = this.#tools
        log.warn({ receiver, reason: problem }, 'records could not be sent; trying again')
      }
      return problem
    }
  }

  /** Ends early when there is enough for a batch, or the queue is to be drained. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wakers.add(resolve)
    const limit = this.#deadline === null ? ms : Math.min(ms, Math.max(0, this.#deadline - this.#tools.clock.now()))
    await Promise.race([promise, this.#tools.sleep(limit)])
    this.#wakers.delete(resolve)
  }

  #wake(): void {
    for (const wake of this.#wakers) wake()
  }

  #lose(entries: number, reason: string): void {
    this.#lost += entries
    if (this.#tools.clock.now() - this.#toldAt >= TELL_MS) this.#tell(reason)
  }

  #tell(reason: string): void {
    if (this.#lost === 0) return
    this.#tools.log.error({ receiver: this.#tools.receiver, lost: this.#lost, reason }, 'records were lost')
    this.#lost = 0
    this.#toldAt = this.#tools.clock.now()
  }
}
