import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { type Algorithm, schemes } from './algorithm.ts'

/**
 * A key together with the one algorithm it may be used with. It can only be made here, and only when the two fit: so
 * a token can choose neither, and a public key never ends as an HMAC secret.
 */
export interface VerificationKey {
  readonly algorithm: Algorithm
  readonly key: KeyObject
  /** How long a signature is, where the key alone decides that (RSA). */
  readonly signatureBytes: number | null
}

/** @returns null when a key of that kind can't be used with the algorithm. */
export function verificationKey(algorithm: Algorithm, key: KeyObject): VerificationKey | null {
  if (!fits(algorithm, key)) return null
  const bits = key.type === 'public' ? key.asymmetricKeyDetails?.modulusLength : undefined
  return { algorithm, key, signatureBytes: bits === undefined ? null : Math.ceil(bits / 8) }
}

function fits(algorithm: Algorithm, key: KeyObject): boolean {
  const scheme = schemes[algorithm]
  const kind = key.type === 'public' ? key.asymmetricKeyType : key.type
  switch (scheme.family) {
    case 'HS':
      return kind === 'secret'
    case 'RS':
      return kind === 'rsa' && isSoundRsa(key)
    case 'PS':
      return (kind === 'rsa' || kind === 'rsa-pss') && isSoundRsa(key)
    case 'ES':
      return kind === 'ec' && key.asymmetricKeyDetails?.namedCurve === scheme.curve
    case 'EdDSA':
      return kind === 'ed25519' || kind === 'ed448'
  }
}

/**
 * With exponent 1 every text is its own signature, and below 1024 bits anybody can find the private key. RFC 7518 asks
 * for 2048 bits, which holds for key sets; credentials that users bring along are often older.
 */
function isSoundRsa(key: KeyObject): boolean {
  const { publicExponent = 0n, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  return publicExponent >= 3n && modulusLength >= 1024
}

/** A public key in PEM (SPKI or PKCS #1). @returns null when there is none in the text. */
export function publicKeyFromPem(pem: string): KeyObject | null {
  try {
    return createPublicKey({ key: pem, format: 'pem' })
  } catch {
    return null
  }
}

/** @returns null for the empty secret: everybody knows it. */
export function secretKey(bytes: Uint8Array): KeyObject | null {
  return bytes.byteLength === 0 ? null : createSecretKey(bytes)
}
