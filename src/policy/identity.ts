import type { Consumer, Stamp } from './directory.ts'

/** One proof of who is calling, as one policy found it. */
export interface Identity {
  /** The policy that found it, e.g. `jwt`. */
  readonly policy: string
  readonly consumer: Consumer | null
  /**
   * The credential used; null for the anonymous consumer. `identifier` is what a service may be told of it; `stamp` is
   * there when it is a row of the directory.
   */
  readonly credential: { readonly id: string; readonly identifier: string; readonly stamp?: Stamp } | null
  /** The row that proved it, where that is another than the credential (a token of a client). */
  readonly proof?: { readonly id: string; readonly stamp: Stamp }
  /** Verified claims, or null when the proof carries none. */
  readonly claims: Readonly<Record<string, unknown>> | null
  /** Groups that the proof itself names (not the consumer's ACL groups). */
  readonly groups: readonly string[] | null
  readonly scopes: readonly string[] | null
  /** True when this is the stand-in for a caller who proved nothing. */
  readonly anonymous: boolean
  /** See `derivedOf`. */
  derived?: Derived | null
}

/** Something made from an identity, with who made it and what else was made. */
interface Derived {
  readonly owner: object
  readonly value: unknown
  readonly next: Derived | null
}

/**
 * What `owner` makes of an identity, made once: identities of cached tokens live on, and their header lines with them.
 * It hangs on the identity itself: a WeakMap of a hundred thousand of them costs the garbage collector a quarter of the
 * process's time.
 */
export function derivedOf<T>(identity: Identity, owner: object, make: (identity: Identity) => T): T {
  for (let each = identity.derived ?? null; each !== null; each = each.next) {
    if (each.owner === owner) return each.value as T
  }
  const value = make(identity)
  identity.derived = { owner, value, next: identity.derived ?? null }
  return value
}

/**
 * Who the request turned out to be: every identity that was proven, in order. The last one is current: what the
 * services hear of, what groups and consumer-scoped policies go by.
 */
export class Principal {
  readonly identities: Identity[] = []
  current: Identity | null = null

  add(identity: Identity): void {
    this.identities.push(identity)
    this.current = identity
  }

  /** True once a credential was accepted; the anonymous stand-in does not count. */
  get hasCredential(): boolean {
    return this.current !== null && this.current.credential !== null
  }
}
