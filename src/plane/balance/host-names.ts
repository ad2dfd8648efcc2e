import { lookup, Resolver } from 'node:dns/promises'
import type { Timers } from './timers.ts'

/** How names become addresses, as the rest of the machine does it. */
export interface Resolve {
  /** All addresses of a host name. @throws when there are none or nobody can say. */
  addresses(host: string): Promise<readonly string[]>
  /** Milliseconds for which they hold. Never throws. */
  timeToLive(host: string): Promise<number>
}

/** Bounds on how long an answer is believed, and until one that failed is asked again; milliseconds. */
const SHORTEST_MS = 1_000
const LONGEST_MS = 60_000
const FAILED_MS = 5_000
/** For names that no DNS server gave a time for, such as those of the hosts file. */
const OTHERWISE_MS = 30_000

interface Entry {
  addresses: readonly string[] | null
  error: string | null
  readonly listeners: Set<() => void>
  timer: { cancel(): void } | null
  asked: Promise<void>
}

/** Host names of targets and their addresses, kept up to date for as long as somebody watches. */
export class HostNames {
  readonly #resolve: Resolve
  readonly #timers: Timers
  readonly #entries = new Map<string, Entry>()

  constructor(resolve: Resolve, timers: Timers) {
    this.#resolve = resolve
    this.#timers = timers
  }

  /** Calls back whenever the addresses change. */
  watch(host: string, changed: () => void): { close(): void } {
    let entry = this.#entries.get(host)
    if (entry === undefined) {
      entry = { addresses: null, error: null, listeners: new Set(), timer: null, asked: Promise.resolve() }
      this.#entries.set(host, entry)
      entry.asked = this.#ask(host, entry)
    }
    const { listeners } = entry
    listeners.add(changed)
    return {
      close: () => {
        listeners.delete(changed)
        if (listeners.size > 0 || this.#entries.get(host) !== entry) return
        entry.timer?.cancel()
        this.#entries.delete(host)
      },
    }
  }

  /** Null while there are none; the last good ones while nobody can be asked. */
  addresses(host: string): readonly string[] | null {
    return this.#entries.get(host)?.addresses ?? null
  }

  /** Why there are none, when that is known. */
  error(host: string): string | null {
    return this.#entries.get(host)?.error ?? null
  }

  /** Resolves when the question under way is answered, one way or the other. */
  answered(host: string): Promise<void> {
    return this.#entries.get(host)?.asked ?? Promise.resolve()
  }

  async #ask(host: string, entry: Entry): Promise<void> {
    let again = FAILED_MS
    try {
      const found = [...(await this.#resolve.addresses(host))].sort()
      const isNew = entry.addresses?.join() !== found.join()
      entry.addresses = found
      entry.error = null
      if (isNew) for (const changed of [...entry.listeners]) changed()
      again = 0
    } catch (error) {
      entry.error = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    }
    if (again === 0) void this.#resolve.timeToLive(host).then((ms) => this.#askAgain(host, entry, ms))
    else this.#askAgain(host, entry, again)
  }

  #askAgain(host: string, entry: Entry, ms: number): void {
    if (this.#entries.get(host) !== entry) return
    entry.timer = this.#timers.after(Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS), () => {
      entry.asked = this.#ask(host, entry)
    })
  }
}

const resolver = new Resolver({ timeout: 2_000, tries: 1 })

/** The machine's own: hosts file, search domains and all. IPv6 only for names without IPv4, as Kong has it. */
export const systemResolve: Resolve = {
  async addresses(host) {
    const found = await lookup(host, { all: true })
    const older = found.filter(({ family }) => family === 4)
    return (older.length > 0 ? older : found).map(({ address }) => address)
  },
  async timeToLive(host) {
    // the system's look-up does not say; a name without a dot is none that a DNS server need know
    if (!host.includes('.')) return OTHERWISE_MS
    try {
      const records = await resolver.resolve4(host, { ttl: true })
      return Math.min(...records.map(({ ttl }) => ttl)) * 1000
    } catch {
      return OTHERWISE_MS
    }
  },
}
