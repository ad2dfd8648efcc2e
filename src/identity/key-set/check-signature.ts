import type { Algorithm } from '../jose/algorithm.ts'
import { verifySignature } from '../jose/signature.ts'
import { laxSignature } from './lax-signature.ts'
import type { SetKey } from './set-key.ts'

/** What of a token its signature is checked by. */
export interface SignedToken {
  readonly algorithm: Algorithm
  /** Empty when the token names no key. */
  readonly kid: string
  readonly signingInput: Buffer
  readonly signature: Buffer
}

/** The key that a token was signed with, or why there is none. */
export type SignatureCheck = SetKey | 'no-such-key' | 'not-signed' | 'wrong-length'

const ED25519_BYTES = 64

/**
 * Tries the keys of a set in their order, as Envoy does: those whose `kid` and `alg` do not say otherwise.
 *
 * Envoy lets the key's type alone choose the check, so that a P-256 key also takes what says HS256 of itself, and cuts
 * ECDSA signatures in the middle, wherever that is. Here token and key must agree, and signatures have the one form that
 * RFC 7518 gives them.
 *
 * @param lax as Envoy.
 */
export function checkSignature(keys: readonly SetKey[], token: SignedToken, lax: boolean): SignatureCheck {
  let tried = false
  for (const key of keys) {
    if (token.kid !== '' && key.kid !== '' && key.kid !== token.kid) continue
    if (key.algorithm !== '' && key.algorithm !== token.algorithm) continue
    tried = true
    // as in Envoy this ends the search, whatever keys there are behind it
    if (key.type === 'OKP' && token.signature.length !== ED25519_BYTES) return 'wrong-length'
    if (lax ? laxSignature(key, token) : isSigned(key, token)) return key
  }
  return tried ? 'not-signed' : 'no-such-key'
}

function isSigned(key: SetKey, { algorithm, signingInput, signature }: SignedToken): boolean {
  const by = key.for(algorithm)
  return by !== null && verifySignature(by, signingInput, signature)
}
