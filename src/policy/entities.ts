import type { EntityDefinition } from './policy.ts'

/** A write of a row that a policy owns; plain data, since it may travel to another process. */
export type EntityWrite =
  | {
      readonly op: 'create'
      readonly kind: string
      readonly fields: Readonly<Record<string, unknown>>
      /** Seconds after which the row is gone; null for never. */
      readonly lifetime: number | null
    }
  | {
      readonly op: 'change'
      readonly kind: string
      readonly id: string
      /** Those that change; the others stay. */
      readonly fields: Readonly<Record<string, unknown>>
      /** Seconds from now; null for never. Left out, the row goes when it would have gone. */
      readonly lifetime?: number | null
      /** What must still stand in the row as it is stored; else nothing is changed, and the row counts as missing. */
      readonly ifStill?: Readonly<Record<string, unknown>>
    }
  | { readonly op: 'remove'; readonly kind: string; readonly id: string }

/** What became of a write. Of several that remove one row, exactly one is `done`, on whichever node they were made. */
export type EntityOutcome =
  /** Committed, and every worker of this node judges by it. */
  | { readonly kind: 'done'; readonly id: string }
  /** A unique value is taken. */
  | { readonly kind: 'conflict' }
  /** The row, or one that it points at, is not there (any more). */
  | { readonly kind: 'missing' }
  /** There is no store to write to, or it does not answer; nothing may be concluded. `why` is for the log. */
  | { readonly kind: 'unavailable'; readonly why: string }

/** Has whoever owns the store make a write. */
export type WriteEntity = (write: EntityWrite) => Promise<EntityOutcome>

/** For sources that have no store. */
export const nowhere: WriteEntity = async () => ({ kind: 'unavailable', why: 'this source has no store' })

/** The rows that one policy may write: those of the kinds it declares. */
export class OwnEntities {
  readonly #kinds: ReadonlySet<string>
  readonly #write: WriteEntity

  constructor(owned: readonly EntityDefinition[], write: WriteEntity) {
    this.#kinds = new Set(owned.map(({ kind }) => kind))
    this.#write = write
  }

  /** @param lifetime seconds after which the row is gone; null for never. @throws TypeError on a kind of others. */
  create(
    kind: string,
    fields: Readonly<Record<string, unknown>>,
    lifetime: number | null = null,
  ): Promise<EntityOutcome> {
    return this.#own({ op: 'create', kind, fields, lifetime })
  }

  /** @param lifetime left out, the row goes when it would have gone. @throws TypeError on a kind of others. */
  change(
    kind: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    lifetime?: number | null,
  ): Promise<EntityOutcome> {
    return this.#own({ op: 'change', kind, id, fields, ...(lifetime !== undefined && { lifetime }) })
  }

  /**
   * Puts the same secret in another form: nothing is changed where somebody wrote another meanwhile, or a reference to a
   * vault stands.
   *
   * @param before what must still be stored. @throws TypeError on a kind of others.
   */
  restate(
    kind: string,
    id: string,
    before: Readonly<Record<string, unknown>>,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<EntityOutcome> {
    return this.#own({ op: 'change', kind, id, fields, ifStill: before })
  }

  /** @throws TypeError on a kind of others. */
  remove(kind: string, id: string): Promise<EntityOutcome> {
    return this.#own({ op: 'remove', kind, id })
  }

  #own(write: EntityWrite): Promise<EntityOutcome> {
    if (!this.#kinds.has(write.kind)) throw new TypeError(`not a kind of this policy: ${write.kind}`)
    return this.#write(write)
  }
}
