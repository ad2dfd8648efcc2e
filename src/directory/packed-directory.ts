import type { Clock } from '../base/clock.ts'
import type { Change, ConsumerSpec, CredentialSpec } from '../model/model.ts'
import type { Consumer, Credential, Directory, Stamp } from '../policy/directory.ts'
import { Arena } from './arena.ts'
import { HashIndex } from './hash-index.ts'
import { NumberColumn } from './number-column.ts'
import { RecordReader } from './record-reader.ts'
import { RecordWriter } from './record-writer.ts'
import { textHash } from './text-hash.ts'

export type DirectoryChange = Extract<Change, { kind: 'consumer' | 'credential' }>

/** What a row holds; credentials are `FIRST_KIND` plus the number of their kind. */
const FREE = 0
const CONSUMER = 1
/** A consumer that does not exist, or not yet, but that credentials point at: only its id. */
const ABSENT = 2
const FIRST_KIND = 3

/** How many made objects are kept for the next lookup. A power of two. */
const RECENT = 4096
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface RecentCredential {
  readonly credential: Credential
  readonly expiresAt: number | null
  readonly owner: number
  readonly ownerGeneration: number
}
interface RecentList {
  readonly list: readonly Credential[]
  readonly generation: number
  /** When the first of them expires. */
  readonly until: number
}

/**
 * Consumers and credentials of one source, packed: a million of them are a few hundred megabytes outside of the
 * collected heap and not a million object graphs.
 *
 * A row is six numbers in columns and a record of bytes in the arena. Rows are found by four hash indexes. The credentials
 * of a consumer are a doubly linked list through their rows, in order of creation. Rows of consumers: `first` and `last`
 * are the ends of that list; rows of credentials: `first` is the owner, `last` the next, `before` the one before. Links
 * are row + 1, so that 0 is none.
 */
export class PackedDirectory implements Directory {
  readonly #clock: Clock
  readonly #contents = new NumberColumn()
  readonly #generations = new NumberColumn()
  readonly #addresses = new NumberColumn()
  readonly #first = new NumberColumn()
  readonly #last = new NumberColumn()
  readonly #before = new NumberColumn()
  readonly #arena = new Arena()
  readonly #writer = new RecordWriter()
  readonly #reader = new RecordReader()
  readonly #consumerIds = new HashIndex()
  readonly #usernames = new HashIndex()
  readonly #credentialIds = new HashIndex()
  readonly #keys = new HashIndex()
  readonly #kinds: string[] = []
  readonly #kindNumbers = new Map<string, number>()
  #rows = 0
  /** Freed rows, linked by `first`. */
  #freeRow = 0
  readonly #recentConsumers: (Consumer | undefined)[] = Array(RECENT)
  readonly #recentCredentials: (RecentCredential | undefined)[] = Array(RECENT)
  readonly #recentLists = new Map<number, RecentList>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Makes one change whole, or throws and makes none of it. */
  apply(change: DirectoryChange): void {
    if (change.kind === 'consumer') {
      if (change.op === 'put') this.#putConsumer(change.value)
      else this.#deleteConsumer(change.id)
    } else if (change.op === 'put') this.#putCredential(change.value)
    else this.#deleteCredential(change.id)
    this.#arena.compactOne(this.#addressOf, this.#moveTo)
  }

  credential(kind: string, key: string): Credential | null {
    const number = this.#kindNumbers.get(kind)
    if (number === undefined) return null
    // Which bytes differ is not hidden from a clock: only a key with the same seeded hash is compared at all.
    this.#soughtContent = FIRST_KIND + number
    const row = this.#keys.find(textHash(key, number), key, this.#hasKey)
    return row < 0 ? null : this.#livingCredential(row)
  }

  credentialsOf(consumer: Consumer, kind: string): readonly Credential[] {
    const number = this.#kindNumbers.get(kind)
    if (number === undefined) return []
    const { stamp, id } = consumer
    const row = this.isCurrent(stamp) ? stamp.row : this.#consumerIds.find(textHash(id), id, this.#hasId)
    if (row < 0 || this.#contents.get(row) !== CONSUMER) return []
    const key = row * 1024 + number
    const recent = this.#recentLists.get(key)
    const generation = this.#generations.get(row)
    if (recent !== undefined && recent.generation === generation && this.#clock.now() < recent.until) return recent.list
    return this.#listCredentials(row, FIRST_KIND + number, key)
  }

  consumer(id: string): Consumer | null {
    const row = this.#consumerIds.find(textHash(id), id, this.#hasId)
    return row < 0 ? null : this.#consumerAt(row)
  }

  consumerNamed(idOrUsername: string): Consumer | null {
    if (UUID.test(idOrUsername)) {
      const byId = this.consumer(idOrUsername.toLowerCase())
      if (byId !== null) return byId
    }
    const row = this.#usernames.find(textHash(idOrUsername), idOrUsername, this.#hasUsername)
    return row < 0 ? null : this.#consumerAt(row)
  }

  isCurrent(stamp: Stamp): boolean {
    return this.#generations.get(stamp.row) === stamp.generation
  }

  /** Bytes held outside of the collected heap, rows in use or free, and rows ever used at once. */
  size(): { readonly bytes: number; readonly rows: number } {
    const columns = [this.#contents, this.#generations, this.#addresses, this.#first, this.#last, this.#before]
    const indexes = [this.#consumerIds, this.#usernames, this.#credentialIds, this.#keys]
    const bytes = [this.#arena, ...columns, ...indexes].reduce((sum, part) => sum + part.bytes, 0)
    return { bytes, rows: this.#rows }
  }

  // --- changes ---------------------------------------------------------------------------------------------------

  #putConsumer({ id, username, customId }: ConsumerSpec): void {
    const record = this.#writer.start().id(id).text(username).text(customId).bytes()
    const hash = textHash(id)
    let row = this.#consumerIds.find(hash, id, this.#hasId)
    if (row < 0) {
      row = this.#takeRow()
      this.#consumerIds.add(hash, row)
    } else this.#forgetUsername(row)
    this.#contents.set(row, CONSUMER)
    this.#writeRecord(row, record)
    if (username !== null) this.#usernames.add(textHash(username), row)
  }

  #deleteConsumer(id: string): void {
    const row = this.#consumerIds.find(textHash(id), id, this.#hasId)
    if (row < 0 || this.#contents.get(row) === ABSENT) return
    this.#forgetUsername(row)
    this.#contents.set(row, ABSENT)
    this.#writeRecord(row, this.#writer.start().id(id).bytes())
    this.#forgetAbsent(row)
  }

  #putCredential({ id, kind, key, consumerId, fields, expiresAt }: CredentialSpec): void {
    const json = JSON.stringify(fields)
    const number = this.#numberOfKind(kind)
    const owner = this.#ownerRow(consumerId)
    const record = this.#writer.start().id(id).text(key).time(expiresAt).text(json).bytes()
    const hash = textHash(id)
    let row = this.#credentialIds.find(hash, id, this.#hasId)
    if (row < 0) {
      row = this.#takeRow()
      this.#credentialIds.add(hash, row)
      this.#link(row, owner)
    } else {
      this.#forgetKey(row)
      this.#forgetList(row)
      if (this.#first.get(row) !== owner + 1) {
        this.#unlink(row)
        this.#link(row, owner)
      }
    }
    this.#contents.set(row, FIRST_KIND + number)
    this.#writeRecord(row, record)
    this.#forgetList(row)
    if (key !== null) this.#keys.add(textHash(key, number), row)
  }

  #deleteCredential(id: string): void {
    const hash = textHash(id)
    const row = this.#credentialIds.find(hash, id, this.#hasId)
    if (row < 0) return
    this.#forgetKey(row)
    this.#forgetList(row)
    this.#unlink(row)
    this.#credentialIds.remove(hash, row)
    this.#freeUp(row)
  }

  // --- rows ------------------------------------------------------------------------------------------------------

  #takeRow(): number {
    if (this.#freeRow === 0) return this.#rows++
    const row = this.#freeRow - 1
    this.#freeRow = this.#first.get(row)
    this.#first.set(row, 0)
    return row
  }

  #freeUp(row: number): void {
    this.#arena.free(this.#addresses.get(row) - 1)
    this.#addresses.set(row, 0)
    this.#contents.set(row, FREE)
    this.#generations.set(row, this.#generations.get(row) + 1)
    this.#last.set(row, 0)
    this.#before.set(row, 0)
    this.#first.set(row, this.#freeRow)
    this.#freeRow = row + 1
  }

  #writeRecord(row: number, record: Buffer): void {
    const before = this.#addresses.get(row)
    if (before !== 0) this.#arena.free(before - 1)
    this.#addresses.set(row, this.#arena.write(row, record) + 1)
    this.#generations.set(row, this.#generations.get(row) + 1)
  }

  readonly #addressOf = (row: number): number => this.#addresses.get(row) - 1
  readonly #moveTo = (row: number, address: number): void => this.#addresses.set(row, address + 1)

  #numberOfKind(kind: string): number {
    let number = this.#kindNumbers.get(kind)
    if (number === undefined) {
      number = this.#kinds.push(kind) - 1
      this.#kindNumbers.set(kind, number)
    }
    return number
  }

  // --- the credentials of a consumer -------------------------------------------------------------------------------

  /** The row of the consumer with that id, made absent when there is none. */
  #ownerRow(id: string): number {
    const hash = textHash(id)
    const row = this.#consumerIds.find(hash, id, this.#hasId)
    if (row >= 0) return row
    const made = this.#takeRow()
    this.#contents.set(made, ABSENT)
    this.#writeRecord(made, this.#writer.start().id(id).bytes())
    this.#consumerIds.add(hash, made)
    return made
  }

  #link(row: number, owner: number): void {
    const last = this.#last.get(owner)
    this.#first.set(row, owner + 1)
    this.#last.set(row, 0)
    this.#before.set(row, last)
    if (last === 0) this.#first.set(owner, row + 1)
    else this.#last.set(last - 1, row + 1)
    this.#last.set(owner, row + 1)
  }

  #unlink(row: number): void {
    const owner = this.#first.get(row) - 1
    const next = this.#last.get(row)
    const before = this.#before.get(row)
    if (before === 0) this.#first.set(owner, next)
    else this.#last.set(before - 1, next)
    if (next === 0) this.#last.set(owner, before)
    else this.#before.set(next - 1, before)
    this.#forgetAbsent(owner)
  }

  /** Gives up the row of an absent consumer that nothing points at any more. */
  #forgetAbsent(row: number): void {
    if (this.#contents.get(row) !== ABSENT || this.#first.get(row) !== 0) return
    this.#consumerIds.remove(textHash(this.#read(row).id()), row)
    this.#freeUp(row)
  }

  #listCredentials(row: number, content: number, key: number): readonly Credential[] {
    const now = this.#clock.now()
    const list: Credential[] = []
    let until = Number.POSITIVE_INFINITY
    for (let link = this.#first.get(row); link !== 0; link = this.#last.get(link - 1)) {
      if (this.#contents.get(link - 1) !== content) continue
      const { credential, expiresAt } = this.#credentialAt(link - 1)
      if (expiresAt !== null && expiresAt <= now) continue
      list.push(credential)
      until = Math.min(until, expiresAt ?? until)
    }
    if (this.#recentLists.size >= RECENT) this.#recentLists.clear()
    this.#recentLists.set(key, { list, generation: this.#generations.get(row), until })
    return list
  }

  // --- objects -----------------------------------------------------------------------------------------------------

  #read(row: number): RecordReader {
    const address = this.#addresses.get(row) - 1
    return this.#reader.at(this.#arena.bufferOf(address), this.#arena.offsetOf(address))
  }

  #consumerAt(row: number): Consumer | null {
    if (this.#contents.get(row) !== CONSUMER) return null
    const recent = this.#recentConsumers[row % RECENT]
    if (recent !== undefined && recent.stamp.row === row && this.isCurrent(recent.stamp)) return recent
    const record = this.#read(row)
    const made: Consumer = {
      id: record.id(),
      username: record.text(),
      customId: record.text(),
      stamp: { row, generation: this.#generations.get(row) },
    }
    this.#recentConsumers[row % RECENT] = made
    return made
  }

  #livingCredential(row: number): Credential | null {
    const { credential, expiresAt } = this.#credentialAt(row)
    return expiresAt === null || expiresAt > this.#clock.now() ? credential : null
  }

  #credentialAt(row: number): RecentCredential {
    const owner = this.#first.get(row) - 1
    const ownerGeneration = this.#generations.get(owner)
    const recent = this.#recentCredentials[row % RECENT]
    if (recent !== undefined && recent.credential.stamp.row === row && this.isCurrent(recent.credential.stamp)) {
      if (recent.owner === owner && recent.ownerGeneration === ownerGeneration) return recent
    }
    const consumer = this.#consumerAt(owner)
    const record = this.#read(row)
    const id = record.id()
    const expiresAt = record.skipText().time()
    const credential: Credential = {
      id,
      kind: this.#kinds[this.#contents.get(row) - FIRST_KIND]!,
      fields: JSON.parse(record.text()!),
      consumer,
      stamp: { row, generation: this.#generations.get(row) },
    }
    const made = { credential, expiresAt, owner, ownerGeneration }
    this.#recentCredentials[row % RECENT] = made
    return made
  }

  // --- indexes -----------------------------------------------------------------------------------------------------

  /** What `#hasKey` looks for beside the key, so that a lookup makes no closure. */
  #soughtContent = 0
  readonly #hasId = (row: number, id: string): boolean => this.#read(row).isId(id)
  readonly #hasUsername = (row: number, name: string): boolean => this.#read(row).skipId().isText(name)
  readonly #hasKey = (row: number, key: string): boolean =>
    this.#contents.get(row) === this.#soughtContent && this.#read(row).skipId().isText(key)

  #forgetUsername(row: number): void {
    if (this.#contents.get(row) !== CONSUMER) return
    const username = this.#read(row).skipId().text()
    if (username !== null) this.#usernames.remove(textHash(username), row)
  }

  #forgetKey(row: number): void {
    const key = this.#read(row).skipId().text()
    if (key !== null) this.#keys.remove(textHash(key, this.#contents.get(row) - FIRST_KIND), row)
  }

  /** Drops the list that this credential is in. */
  #forgetList(row: number): void {
    this.#recentLists.delete((this.#first.get(row) - 1) * 1024 + this.#contents.get(row) - FIRST_KIND)
  }
}
