import { checkSignature, type SignatureCheck, type SignedToken } from './check-signature.ts'
import type { SetKey } from './set-key.ts'

/** What a source of keys says of a token: the key it was signed with, or why there is none. */
export type KeyCheck = SignatureCheck | 'no-keys' | 'fetch-failed'

/** Where the keys of an issuer come from. */
export interface KeySource {
  /** @param now in milliseconds since the epoch. */
  check(token: SignedToken, now: number): KeyCheck | Promise<KeyCheck>
  /** False when the keys are to be asked for again before anything is said by them. */
  isFresh(now: number): boolean
  /** Changes whenever the keys do. */
  readonly generation: number
}

/** Keys that stand in the configuration. */
export class LocalKeys implements KeySource {
  readonly generation = 0
  readonly #keys: readonly SetKey[]
  readonly #lax: boolean

  /** @param lax see `checkSignature`. */
  constructor(keys: readonly SetKey[], lax: boolean) {
    this.#keys = keys
    this.#lax = lax
  }

  check(token: SignedToken): KeyCheck {
    return this.#keys.length === 0 ? 'no-keys' : checkSignature(this.#keys, token, this.#lax)
  }

  isFresh(): boolean {
    return true
  }
}
