/**
 * Values of secrets that are kept elsewhere. Each is read once for all who use it, read anew when its time is over, and
 * stays as it was while that fails: a vault that is away must not take down what it once supplied.
 */
import { isReference, parseReference, shownReference } from './reference.ts'
import { failed, found, type ReadOutcome, type SecretAddress, type Vault, type VaultConfig } from './vault.ts'
import { placeNamed, type VaultPlace } from './vault-config.ts'

/** Reads under way at once: a vault has other clients too. */
const READS_AT_ONCE = 32
/** Seconds until a value that could not be had is asked for again, where the vault does not say. */
const RETRY_S = 10
/** Seconds for which a value outlives its time while it can't be read anew, where the vault does not say. */
const RESURRECT_S = 100_000_000
/** One reference's failures are told this often at most, and this many lines in that time about all: milliseconds. */
const TELL_MS = 60_000
const TELL_AT_MOST = 20
/** Vaults whose values may stand for settings of other vaults: those that need no secret themselves. */
const PLAIN_VAULTS: ReadonlySet<string> = new Set(['env', 'file', 'fs'])

/** What happens to a reference, for logs. `stale`: the last good value goes on being used. */
export type SecretEvent = 'unresolved' | 'stale' | 'regained' | 'rotated'
export type TellSecret = (event: SecretEvent, reference: string, problem: string | null) => void

/** A value that somebody uses. */
export interface HeldSecret {
  /** Null while it is not known, or no longer good. */
  readonly value: string | null
  /** Why the last reading failed; null when it did not. Never holds a value. */
  readonly problem: string | null
  /** Resolves when the first reading has ended, well or not; null when it has already. */
  readonly firstReading: Promise<void> | null
  /** Says that one use is over. */
  release(): void
}

export interface SecretsOptions {
  readonly vaults: ReadonlyMap<string, Vault>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly tell?: TellSecret
}

interface Entry {
  readonly shown: string
  readonly place: VaultPlace
  readonly address: SecretAddress
  readonly listeners: Set<() => void>
  value: string | null
  problem: string | null
  /** When the value was last confirmed, when it is due again, when its failure was last told. Milliseconds. */
  readAt: number
  dueAt: number
  toldAt: number
  reading: Promise<void> | null
  first: Promise<void> | null
}

export class Secrets {
  readonly #options: SecretsOptions
  readonly #entries = new Map<string, Entry>()
  readonly #queue: (() => void)[] = []
  #reads = 0
  #lines = { since: Number.NEGATIVE_INFINITY, count: 0 }

  constructor(options: SecretsOptions) {
    this.#options = options
  }

  /**
   * Begins to use a value.
   *
   * @param text the reference as it was written, for logs.
   * @param changed called, synchronously, whenever the value has become another one, or none.
   */
  hold(text: string, place: VaultPlace, address: SecretAddress, changed: () => void): HeldSecret {
    const id = JSON.stringify([place, address])
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      entry = this.#begin(text, place, address)
      this.#entries.set(id, entry)
    }
    const held = entry
    // Its own function each time: one user may hold a value twice, and lets go once for each.
    const listener = () => changed()
    held.listeners.add(listener)
    return {
      get value() {
        return held.value
      },
      get problem() {
        return held.problem
      },
      get firstReading() {
        return held.first
      },
      release: () => {
        held.listeners.delete(listener)
        if (held.listeners.size === 0 && this.#entries.get(id) === held) this.#entries.delete(id)
      },
    }
  }

  /** Reads anew what is due. To be called every second or so. @returns when what it began has ended. */
  async refresh(): Promise<void> {
    const now = this.#options.now()
    const begun: Promise<void>[] = []
    for (const entry of this.#entries.values()) {
      if (entry.value !== null && now >= lastsUntil(entry)) this.#set(entry, null)
      if (entry.reading === null && now >= entry.dueAt) begun.push(this.#read(entry))
    }
    await Promise.all(begun)
  }

  #begin(text: string, place: VaultPlace, address: SecretAddress): Entry {
    const entry: Entry = {
      ...{ shown: shownReference(text), place, address, listeners: new Set() },
      ...{ value: null, problem: null, reading: null, first: null },
      ...{ readAt: 0, dueAt: 0, toldAt: Number.NEGATIVE_INFINITY },
    }
    entry.first = this.#read(entry).finally(() => {
      entry.first = null
    })
    return entry
  }

  #read(entry: Entry): Promise<void> {
    entry.reading = this.#inTurn(() => this.#ask(entry.place, entry.address)).then((outcome) => {
      entry.reading = null
      if (outcome.ok) this.#succeeded(entry, outcome.value)
      else this.#failed(entry, outcome.problem)
    })
    return entry.reading
  }

  async #ask(place: VaultPlace, address: SecretAddress): Promise<ReadOutcome> {
    const vault = this.#options.vaults.get(place.type)
    if (vault === undefined) return failed(`there is no type of vault '${place.type}'`)
    try {
      const config = await this.#ownSecrets(place.config)
      if ('problem' in config) return failed(String(config.problem))
      const outcome = await vault.read(address, config)
      if (!outcome.ok) return outcome
      const value = config['base64_decode'] === true ? Buffer.from(outcome.value, 'base64').toString() : outcome.value
      // An empty secret is one that everybody knows.
      return value === '' ? failed('its value is empty') : found(value)
    } catch (error) {
      // The message might hold anything.
      return failed(`the vault could not be read (${error instanceof Error ? error.name : 'defect'})`)
    }
  }

  /** Settings of a vault that are references themselves, such as its token in an environment variable. */
  async #ownSecrets(config: VaultConfig): Promise<VaultConfig> {
    const own: Record<string, unknown> = { ...config }
    for (const [name, value] of Object.entries(config)) {
      if (!isReference(value)) continue
      const outcome = await this.#plainValue(value)
      if (!outcome.ok) return { problem: `the vault's setting '${name}': ${outcome.problem}` }
      own[name] = outcome.value
    }
    return own
  }

  async #plainValue(text: string): Promise<ReadOutcome> {
    const reference = parseReference(text)
    if ('problem' in reference) return failed(reference.problem)
    if (!PLAIN_VAULTS.has(reference.vault)) return failed(`only ${[...PLAIN_VAULTS].join(', ')} can stand for it`)
    const { env, vaults } = this.#options
    const place = placeNamed(reference, undefined, env)
    return 'problem' in place ? failed(place.problem) : vaults.get(place.type)!.read(reference, place.config)
  }

  #succeeded(entry: Entry, value: string): void {
    const { now } = this.#options
    const ttl = seconds(entry, 'ttl')
    entry.readAt = now()
    entry.dueAt = ttl > 0 ? entry.readAt + ttl * 1000 : Number.POSITIVE_INFINITY
    if (entry.problem !== null) this.#tell('regained', entry, null)
    else if (entry.value !== null && entry.value !== value) this.#tell('rotated', entry, null)
    entry.problem = null
    entry.toldAt = Number.NEGATIVE_INFINITY
    this.#set(entry, value)
  }

  #failed(entry: Entry, problem: string): void {
    const now = this.#options.now()
    const retryAt = now + (seconds(entry, 'neg_ttl') || RETRY_S) * 1000
    const until = lastsUntil(entry)
    entry.problem = problem
    if (entry.value !== null && now >= until) this.#set(entry, null)
    entry.dueAt = entry.value === null ? retryAt : Math.min(retryAt, until)
    if (now - entry.toldAt < TELL_MS) return
    entry.toldAt = now
    this.#tell(entry.value === null ? 'unresolved' : 'stale', entry, problem)
  }

  #set(entry: Entry, value: string | null): void {
    if (entry.value === value) return
    entry.value = value
    for (const listener of [...entry.listeners]) listener()
  }

  #tell(event: SecretEvent, entry: Entry, problem: string | null): void {
    const now = this.#options.now()
    if (now - this.#lines.since >= TELL_MS) this.#lines = { since: now, count: 0 }
    if (++this.#lines.count <= TELL_AT_MOST) this.#options.tell?.(event, entry.shown, problem)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#reads >= READS_AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#reads++
    try {
      return await work()
    } finally {
      this.#reads--
      this.#queue.shift()?.()
    }
  }
}

/** When a value that can't be read anew is no longer good. */
function lastsUntil(entry: Entry): number {
  const ttl = seconds(entry, 'ttl')
  if (ttl === 0) return Number.POSITIVE_INFINITY
  const { resurrect_ttl: given } = entry.place.config
  return entry.readAt + (ttl + (typeof given === 'number' ? given : RESURRECT_S)) * 1000
}

function seconds(entry: Entry, setting: string): number {
  const value = entry.place.config[setting]
  return typeof value === 'number' ? value : 0
}
