import type { Clock } from '../base/clock.ts'
import type { Change, ConsumerSpec, CredentialSpec } from '../model/model.ts'
import type { Consumer, Credential, Directory, Stamp } from '../policy/directory.ts'
import { HashIndex } from './hash-index.ts'
import { RecordWriter } from './record-writer.ts'
import { RowChains } from './row-chains.ts'
import { RowTable } from './row-table.ts'
import { textHash } from './text-hash.ts'

export type DirectoryChange = Extract<Change, { kind: 'consumer' | 'credential' }>

/** What a row holds; credentials are `FIRST_KIND` plus the number of their kind. */
const CONSUMER = 1
/** A consumer that does not exist, or not yet, but that credentials point at: only its id. */
const ABSENT = 2
const FIRST_KIND = 3

/** In place of the row of an owner: the credential belongs to no consumer. */
const NOBODY = -1
/** Set in the number of a kind when it seeds the hash of a second key: one index holds both. */
const SECOND = 0x200

/** How many made objects are kept for the next lookup. A power of two. */
const RECENT = 4096
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

interface RecentCredential {
  readonly credential: Credential
  /** The row of its consumer; -1 for one that belongs to none. */
  readonly owner: number
  readonly hasParent: boolean
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
 * Rows are found by four hash indexes; the credentials of a consumer are chained through their rows. A credential that
 * belongs to another one holds the id of that and looks it up: there may be many tokens of one client, and nobody lists them.
 */
export class PackedDirectory implements Directory {
  readonly #clock: Clock
  readonly #rows = new RowTable()
  readonly #contents = this.#rows.contents
  readonly #chains = new RowChains(this.#rows.links)
  readonly #writer = new RecordWriter()
  readonly #consumerIds = new HashIndex()
  readonly #usernames = new HashIndex()
  readonly #credentialIds = new HashIndex()
  readonly #keys = new HashIndex()
  readonly #kinds: string[] = []
  readonly #kindNumbers = new Map<string, number>()
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
    this.#rows.compact()
  }

  credential(kind: string, key: string): Credential | null {
    const number = this.#kindNumbers.get(kind)
    if (number === undefined) return null
    // Which bytes differ is not hidden from a clock: only a key with the same seeded hash is compared at all.
    this.#soughtContent = FIRST_KIND + number
    const row = this.#keys.find(textHash(key, number), key, this.#hasKey)
    return row < 0 ? null : this.#livingCredential(row)
  }

  credentialBySecond(kind: string, key: string): Credential | null {
    const number = this.#kindNumbers.get(kind)
    if (number === undefined) return null
    this.#soughtContent = FIRST_KIND + number
    const row = this.#keys.find(textHash(key, number | SECOND), key, this.#hasSecondKey)
    return row < 0 ? null : this.#livingCredential(row)
  }

  credentialWithId(id: string): Credential | null {
    const row = this.#credentialIds.find(textHash(id), id, this.#hasId)
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
    const generation = this.#rows.generation(row)
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
    return this.#rows.generation(stamp.row) === stamp.generation
  }

  /** Everything it holds, row by row; nothing may change meanwhile. */
  *held(): Generator<{ readonly kind: 'consumer' | 'credential'; readonly id: string }> {
    for (let row = 0; row < this.#rows.count; row++) {
      const content = this.#contents.get(row)
      if (content === CONSUMER) yield { kind: 'consumer', id: this.#rows.read(row).id() }
      else if (content >= FIRST_KIND) yield { kind: 'credential', id: this.#rows.read(row).id() }
    }
  }

  /** Bytes held outside of the collected heap, and rows ever used at once. */
  size(): { readonly bytes: number; readonly rows: number } {
    const parts = [this.#rows, this.#consumerIds, this.#usernames, this.#credentialIds, this.#keys]
    return { bytes: parts.reduce((sum, part) => sum + part.bytes, 0), rows: this.#rows.count }
  }

  // --- changes ---------------------------------------------------------------------------------------------------

  #putConsumer({ id, username, customId }: ConsumerSpec): void {
    const record = this.#writer.start().id(id).text(username).text(customId).bytes()
    const hash = textHash(id)
    let row = this.#consumerIds.find(hash, id, this.#hasId)
    if (row < 0) {
      row = this.#rows.take()
      this.#consumerIds.add(hash, row)
    } else this.#forgetUsername(row)
    this.#contents.set(row, CONSUMER)
    this.#rows.write(row, record)
    if (username !== null) this.#usernames.add(textHash(username), row)
  }

  #deleteConsumer(id: string): void {
    const row = this.#consumerIds.find(textHash(id), id, this.#hasId)
    if (row < 0 || this.#contents.get(row) === ABSENT) return
    this.#forgetUsername(row)
    this.#contents.set(row, ABSENT)
    this.#rows.write(row, this.#writer.start().id(id).bytes())
    this.#forgetAbsent(row)
  }

  #putCredential({
    id,
    kind,
    key,
    secondKey = null,
    consumerId,
    parentId = null,
    fields,
    expiresAt,
  }: CredentialSpec): void {
    const json = JSON.stringify(fields)
    const number = this.#numberOfKind(kind)
    const owner = consumerId === null ? NOBODY : this.#ownerRow(consumerId)
    const record = this.#writer
      .start()
      .id(id)
      .text(key)
      .text(secondKey)
      .optionalId(parentId)
      .time(expiresAt)
      .text(json)
      .bytes()
    const hash = textHash(id)
    let row = this.#credentialIds.find(hash, id, this.#hasId)
    if (row < 0) {
      row = this.#rows.take()
      this.#credentialIds.add(hash, row)
      if (owner !== NOBODY) this.#chains.append(row, owner)
    } else {
      this.#forgetKeys(row)
      this.#forgetList(row)
      if (this.#chains.ownerOf(row) !== owner) {
        this.#takeFromOwner(row)
        if (owner !== NOBODY) this.#chains.append(row, owner)
      }
    }
    this.#contents.set(row, FIRST_KIND + number)
    this.#rows.write(row, record)
    this.#forgetList(row)
    if (key !== null) this.#keys.add(textHash(key, number), row)
    if (secondKey !== null) this.#keys.add(textHash(secondKey, number | SECOND), row)
  }

  #deleteCredential(id: string): void {
    const hash = textHash(id)
    const row = this.#credentialIds.find(hash, id, this.#hasId)
    if (row < 0) return
    this.#forgetKeys(row)
    this.#forgetList(row)
    this.#takeFromOwner(row)
    this.#credentialIds.remove(hash, row)
    this.#rows.free(row)
  }

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
    const made = this.#rows.take()
    this.#contents.set(made, ABSENT)
    this.#rows.write(made, this.#writer.start().id(id).bytes())
    this.#consumerIds.add(hash, made)
    return made
  }

  /** Takes a credential's row out of its consumer's chain, if it is in one. */
  #takeFromOwner(row: number): void {
    if (this.#chains.ownerOf(row) !== NOBODY) this.#forgetAbsent(this.#chains.remove(row))
  }

  /** Gives up the row of an absent consumer that nothing points at any more. */
  #forgetAbsent(row: number): void {
    if (this.#contents.get(row) !== ABSENT || this.#chains.firstOf(row) >= 0) return
    this.#consumerIds.remove(textHash(this.#rows.read(row).id()), row)
    this.#rows.free(row)
  }

  #listCredentials(row: number, content: number, key: number): readonly Credential[] {
    const now = this.#clock.now()
    const list: Credential[] = []
    let until = Number.POSITIVE_INFINITY
    for (let own = this.#chains.firstOf(row); own >= 0; own = this.#chains.after(own)) {
      if (this.#contents.get(own) !== content) continue
      const { credential } = this.#credentialAt(own)
      const { expiresAt } = credential
      if (expiresAt !== null && expiresAt <= now) continue
      list.push(credential)
      until = Math.min(until, expiresAt ?? until)
    }
    if (this.#recentLists.size >= RECENT) this.#recentLists.clear()
    this.#recentLists.set(key, { list, generation: this.#rows.generation(row), until })
    return list
  }

  // --- objects -----------------------------------------------------------------------------------------------------

  #consumerAt(row: number): Consumer | null {
    if (this.#contents.get(row) !== CONSUMER) return null
    const recent = this.#recentConsumers[row % RECENT]
    if (recent !== undefined && recent.stamp.row === row && this.isCurrent(recent.stamp)) return recent
    const record = this.#rows.read(row)
    const made: Consumer = {
      id: record.id(),
      username: record.text(),
      customId: record.text(),
      stamp: { row, generation: this.#rows.generation(row) },
    }
    this.#recentConsumers[row % RECENT] = made
    return made
  }

  #livingCredential(row: number): Credential | null {
    const { credential } = this.#credentialAt(row)
    const { expiresAt } = credential
    return expiresAt === null || expiresAt > this.#clock.now() ? credential : null
  }

  #credentialAt(row: number): RecentCredential {
    const owner = this.#chains.ownerOf(row)
    const ownerGeneration = owner === NOBODY ? 0 : this.#rows.generation(owner)
    const recent = this.#recentCredentials[row % RECENT]
    if (recent !== undefined && recent.credential.stamp.row === row && this.isCurrent(recent.credential.stamp)) {
      const isSame = recent.owner === owner && recent.ownerGeneration === ownerGeneration
      if (isSame && (!recent.hasParent || this.#isParentCurrent(recent.credential))) return recent
    }
    // One reader serves all records: this one is read to its end before another row is looked at.
    const record = this.#rows.read(row)
    const id = record.id()
    const parentId = record.skipText().skipText().optionalId()
    const expiresAt = record.time()
    const fields = JSON.parse(record.text()!)
    const parent = parentId === null ? null : this.credentialWithId(parentId)
    const credential: Credential = {
      id,
      kind: this.#kinds[this.#contents.get(row) - FIRST_KIND]!,
      fields,
      consumer: owner === NOBODY ? (parent?.consumer ?? null) : this.#consumerAt(owner),
      parent,
      expiresAt,
      stamp: { row, generation: this.#rows.generation(row) },
    }
    const made = { credential, owner, ownerGeneration, hasParent: parentId !== null }
    this.#recentCredentials[row % RECENT] = made
    return made
  }

  /** True while the parent that a credential was made with, and the consumer of that, stand as they were. */
  #isParentCurrent({ parent, consumer }: Credential): boolean {
    if (parent === null || consumer === null) return false
    return this.isCurrent(parent.stamp) && this.isCurrent(consumer.stamp)
  }

  // --- indexes -----------------------------------------------------------------------------------------------------

  /** What `#hasKey` looks for beside the key, so that a lookup makes no closure. */
  #soughtContent = 0
  readonly #hasId = (row: number, id: string): boolean => this.#rows.read(row).isId(id)
  readonly #hasUsername = (row: number, name: string): boolean => this.#rows.read(row).skipId().isText(name)
  readonly #hasKey = (row: number, key: string): boolean =>
    this.#contents.get(row) === this.#soughtContent && this.#rows.read(row).skipId().isText(key)

  readonly #hasSecondKey = (row: number, key: string): boolean =>
    this.#contents.get(row) === this.#soughtContent && this.#rows.read(row).skipId().skipText().isText(key)

  #forgetUsername(row: number): void {
    if (this.#contents.get(row) !== CONSUMER) return
    const username = this.#rows.read(row).skipId().text()
    if (username !== null) this.#usernames.remove(textHash(username), row)
  }

  #forgetKeys(row: number): void {
    const number = this.#contents.get(row) - FIRST_KIND
    const record = this.#rows.read(row).skipId()
    const key = record.text()
    const secondKey = record.text()
    if (key !== null) this.#keys.remove(textHash(key, number), row)
    if (secondKey !== null) this.#keys.remove(textHash(secondKey, number | SECOND), row)
  }

  /** Drops the list that this credential is in. */
  #forgetList(row: number): void {
    if (this.#chains.ownerOf(row) === NOBODY) return
    this.#recentLists.delete(this.#chains.ownerOf(row) * 1024 + this.#contents.get(row) - FIRST_KIND)
  }
}
