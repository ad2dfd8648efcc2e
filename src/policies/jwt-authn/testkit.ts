import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Algorithm } from '../../identity/jose/algorithm.ts'
import { signCompact } from '../../identity/jose/sign-compact.ts'

/** Keys that tests sign with, and what stands of them in a key set. */
export interface Signer {
  readonly algorithm: Algorithm
  readonly key: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

export function hmacSigner(seed: string, more: object = {}): Signer {
  const secret = createHmac('sha256', 'test').update(seed).digest()
  const jwk = { kty: 'oct', k: secret.toString('base64url'), ...more }
  return { algorithm: 'HS256', key: createSecretKey(secret), jwk }
}

export function pairSigner(algorithm: 'RS256' | 'ES256' | 'ES384' | 'EdDSA', more: object = {}): Signer {
  const { publicKey, privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
  return { algorithm, key: privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), ...more } }
}

export const token = (by: Signer, claims: object, header: object = {}) =>
  signCompact(by.algorithm, by.key, claims, header)
export const keySet = (...signers: Signer[]) => JSON.stringify({ keys: signers.map(({ jwk }) => jwk) })
export const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } })
