/** A consumer as policies see it: made on lookup from the packed directory, never kept by the directory. */
export interface Consumer {
  readonly id: string
  readonly username: string | null
  readonly customId: string | null
  /** Position and generation in the directory: see `Directory.isCurrent`. */
  readonly stamp: Stamp
}

/** A credential as policies see it. `fields` is the stored row (key, secret, algorithm …), parsed on lookup. */
export interface Credential {
  readonly id: string
  readonly kind: string
  readonly fields: Readonly<Record<string, unknown>>
  /** Its own, or its parent's. Null when the row points at a consumer that does not exist, or at none. */
  readonly consumer: Consumer | null
  /** The credential it belongs to (a token's client). Null when there is none, also when it vanished. */
  readonly parent: Credential | null
  /** Milliseconds since the epoch; null for never. */
  readonly expiresAt: number | null
  readonly stamp: Stamp
}

/** Where a row stands and how often that place was rewritten. Two numbers, so that a cache hit costs two compares. */
export interface Stamp {
  readonly row: number
  readonly generation: number
}

/**
 * Consumers and credentials of one source, indexed. Lookups are synchronous and cost the same among ten and among a
 * million. Changed in place between two requests.
 */
export interface Directory {
  /** The credential of that kind whose lookup field (declared by the policy) equals `key`; expired ones are not found. */
  credential(kind: string, key: string): Credential | null
  /** The same by the second lookup field that the policy declared. */
  credentialBySecond(kind: string, key: string): Credential | null
  /** The credential with that id, of whatever kind. */
  credentialWithId(id: string): Credential | null
  /** All credentials of that kind that belong to the consumer, in order of creation (e.g. its `acls` rows). */
  credentialsOf(consumer: Consumer, kind: string): readonly Credential[]
  consumer(id: string): Consumer | null
  /** By id when the text is a UUID, else by username. Never by custom id. */
  consumerNamed(idOrUsername: string): Consumer | null
  /** False once the row was changed or deleted: whoever cached something made from it must look again. */
  isCurrent(stamp: Stamp): boolean
}
