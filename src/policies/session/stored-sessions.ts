import { hash, randomBytes } from 'node:crypto'
import type { Credential, Directory } from '../../policy/directory.ts'
import type { EntityOutcome, OwnEntities } from '../../policy/entities.ts'
import { sessions } from './schema.ts'
import type { Seal } from './seal.ts'
import type { Session } from './session.ts'
import type { Held, SessionStorage } from './session-storage.ts'

const VALUE = /^[A-Za-z0-9_-]{43}$/

/**
 * Sessions that are rows of the store: the cookie is a random value, the row has a digest of it, so that whoever reads the
 * store can't take a session over, and the session itself, sealed, so that whoever writes there can't make one up.
 *
 * A session that is renewed gets another value. The old one stays good for a moment (`stale_ttl`), for requests that
 * were on their way; nothing is noted in it any more.
 */
export class StoredSessions implements SessionStorage {
  readonly #directory: Directory
  readonly #entities: OwnEntities
  readonly #seal: Seal
  readonly #staleSeconds: number
  readonly #clock: { now(): number }
  /** What rows that were read lately hold. */
  readonly #opened = new WeakMap<Credential, Session | null>()

  constructor(directory: Directory, entities: OwnEntities, seal: Seal, staleSeconds: number, clock: { now(): number }) {
    this.#directory = directory
    this.#entities = entities
    this.#seal = seal
    this.#staleSeconds = staleSeconds
    this.#clock = clock
  }

  open(value: string): Held | null {
    const row = VALUE.test(value) ? this.#directory.credential(sessions.kind, digestOf(value)) : null
    const session = row === null ? null : this.#sessionIn(row)
    return row === null || session === null ? null : { session, value, row }
  }

  async keep(session: Session, held: Held | null, lifetime: number | null): Promise<string | null> {
    const isSame = held !== null && held.row !== null && held.session.id === session.id
    if (isSame && held.session.renewedAt === session.renewedAt) {
      // Changed, never made again: a session that was ended meanwhile stays so.
      const fields = this.#fields(session, String(held.row!.fields['session_id']), lifetime)
      const outcome = await this.#entities.change(sessions.kind, held.row!.id, fields, lifetime)
      return outcome.kind === 'done' ? held.value : null
    }
    const value = randomBytes(32).toString('base64url')
    const key = digestOf(value)
    const fields = { session_id: key, ...this.#fields(session, key, lifetime) }
    const outcome = await this.#entities.create(sessions.kind, fields, lifetime)
    if (outcome.kind !== 'done') return null
    if (!isSame) {
      if (held !== null) await this.end(held)
      return value
    }
    if ((await this.#letGo(held, outcome.id)) !== 'missing') return value
    // Somebody logged out while we renewed: nobody hears of the new value, and it must not be good.
    await this.#entities.remove(sessions.kind, outcome.id)
    return null
  }

  /** Also by a value that was renewed meanwhile: what stands for it now ends with it. */
  async end({ row, session: { successor } }: Held): Promise<boolean> {
    const ids = [...(row === null ? [] : [row.id]), ...(successor === undefined ? [] : [successor])]
    const outcomes = await Promise.all(ids.map((id) => this.#entities.remove(sessions.kind, id)))
    return outcomes.every(({ kind }) => kind === 'done' || kind === 'missing')
  }

  /** The old row of a session that has another one now. @returns what became of it. */
  async #letGo({ session, row }: Held, successor: string): Promise<EntityOutcome['kind']> {
    const { id, fields } = row!
    if (this.#staleSeconds <= 0) return (await this.#entities.remove(sessions.kind, id)).kind
    const stale = this.#fields({ ...session, successor }, String(fields['session_id']), this.#staleSeconds)
    return (await this.#entities.change(sessions.kind, id, stale, this.#staleSeconds)).kind
  }

  #fields(session: Session, key: string, lifetime: number | null) {
    const expires = lifetime === null ? null : Math.floor(this.#clock.now() / 1000) + Math.ceil(lifetime)
    return { data: this.#seal.close(session, key), expires }
  }

  #sessionIn(row: Credential): Session | null {
    let session = this.#opened.get(row)
    if (session === undefined) {
      session = this.#seal.open(String(row.fields['data']), String(row.fields['session_id']))
      this.#opened.set(row, session)
    }
    return session
  }
}

const digestOf = (value: string): string => hash('sha256', value, 'base64url')
