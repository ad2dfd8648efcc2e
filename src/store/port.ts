/**
 * The port every store fulfils (SQLite and PostgreSQL; `contract.ts` is the suite both pass).
 *
 * A store holds entities of one dialect as JSON rows and knows nothing of their meaning, except which values are
 * unique and which point at which other entity: those the caller says with each write, so that cascades, paging and
 * uniqueness are kept here and worded elsewhere.
 */
export interface Entity {
  readonly kind: string
  readonly id: string
  /** The whole entity as the dialect writes it. */
  readonly json: Readonly<Record<string, unknown>>
}

/** An entity as it stands, and when it goes: milliseconds since the epoch, or null for never. */
export interface StoredEntity extends Entity {
  readonly expiresAt: number | null
}

export interface EntityWrite extends Entity {
  /** Unique values: `name` is the constraint (`name`, `key`, `username`, or a composite of several fields). */
  readonly uniques: readonly { readonly name: string; readonly value: string }[]
  /** What it points at. `onDelete` says what happens to this entity when the other goes. */
  readonly references: readonly {
    readonly field: string
    readonly kind: string
    readonly id: string
    readonly onDelete: 'cascade' | 'refuse'
  }[]
  readonly tags: readonly string[]
  /** Milliseconds since the epoch after which the row is gone, or null. */
  readonly expiresAt: number | null
}

/** Why a write was not made; nothing of it took effect. */
export type WriteRefusal =
  | { readonly kind: 'exists'; readonly id: string }
  | { readonly kind: 'unique'; readonly constraint: string; readonly value: string }
  | { readonly kind: 'reference-missing'; readonly field: string; readonly target: string; readonly id: string }
  | { readonly kind: 'referenced'; readonly by: string }
  | { readonly kind: 'not-found' }

export type WriteOutcome =
  | { readonly ok: true; readonly revision: number; readonly changes: readonly StoreChange[] }
  | { readonly ok: false; readonly refusal: WriteRefusal }

/** What a committed write did, cascades included, in order. */
export type StoreChange =
  | { readonly op: 'put'; readonly entity: Entity; readonly expiresAt: number | null }
  | { readonly op: 'delete'; readonly kind: string; readonly id: string }

export interface Page {
  readonly entities: readonly StoredEntity[]
  /** Id to pass as `after` for the next page; null on the last. */
  readonly after: string | null
}

export interface PageQuery {
  readonly kind: string
  readonly size: number
  /** Only entities whose id sorts after this one. */
  readonly after: string | null
  /** Entities that carry all (`all`) or any (`any`) of the tags. */
  readonly tags?: { readonly mode: 'all' | 'any'; readonly values: readonly string[] }
  /** Only entities that point at this one through `field`. */
  readonly referencing?: { readonly field: string; readonly id: string }
}

/**
 * The store can't be reached, or doesn't answer in time. Any method may throw it. A write that ended so was not made,
 * unless the message says that it may have been. The message never holds a secret.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

export interface Store {
  /** Inserts; refused when the id exists. Durable when the promise resolves. */
  insert(entity: EntityWrite): Promise<WriteOutcome>
  /** Inserts or replaces. Durable when the promise resolves. */
  put(entity: EntityWrite): Promise<WriteOutcome>
  /** Replaces; refused when the id does not exist. */
  update(entity: EntityWrite): Promise<WriteOutcome>
  delete(kind: string, id: string): Promise<WriteOutcome>
  /**
   * Has these entities and no others, each behind what it points at; what is the same already is left alone. Absent where
   * nobody needs it. @returns what was put and deleted, in one revision.
   */
  replaceAll?(entities: readonly EntityWrite[]): Promise<WriteOutcome>
  get(kind: string, id: string): Promise<StoredEntity | null>
  findUnique(kind: string, constraint: string, value: string): Promise<StoredEntity | null>
  page(query: PageQuery): Promise<Page>
  /** All (tag, kind, id) rows, paged by an opaque offset. */
  tags(query: {
    readonly tag: string | null
    readonly size: number
    readonly offset: number
  }): Promise<readonly { readonly tag: string; readonly kind: string; readonly id: string }[]>
  /** Everything, kind by kind in the given order, as of one revision: for the first load of a million rows. */
  load(
    kinds: readonly string[],
    row: (entity: Entity, expiresAt: number | null) => void,
  ): Promise<{ readonly revision: number }>
  /**
   * What was committed after a revision, in order, as it stands now: how whoever serves from this store follows it. An
   * entity that was put and deleted again shows as deleted only.
   * @returns null when the log does not reach back so far: then load anew.
   */
  changesAfter(
    revision: number,
  ): Promise<{ readonly changes: readonly StoreChange[]; readonly revision: number } | null>
  /**
   * Removes rows whose time is over (a bounded number a call) and what hangs on them; `changes` lists them. Expired rows
   * are never returned anyway: this is housekeeping, and how directories learn of it.
   */
  purge(): Promise<WriteOutcome>
  /**
   * Calls back with the newest revision whenever something was written, by this process or another, and now and then
   * besides; a callback may be late, come twice or out of order. Absent where no other process can write unseen.
   */
  follow?(onRevision: (revision: number) => void): { close(): void }
  close(): Promise<void>
}
