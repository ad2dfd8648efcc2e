import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import { base64urlBytes } from '../../base/base64url.ts'
import { type JsonObject, member } from '../../base/strict-json.ts'
import { type Algorithm, schemes } from './algorithm.ts'
import { secretKey, type VerificationKey, verificationKey } from './verification-key.ts'

/**
 * A JSON Web Key (RFC 7517) for checking signatures of one algorithm.
 *
 * @returns null when it is not a key, is meant for something else (`use`, `key_ops`, `alg`), does not fit the
 *   algorithm or is weaker than RFC 7518 allows. The private half, if it is there, is ignored.
 */
export function verificationKeyFromJwk(jwk: JsonObject, algorithm: Algorithm): VerificationKey | null {
  if (!meantFor(jwk, algorithm)) return null
  try {
    if (member(jwk, 'kty') === 'oct') {
      const k = member(jwk, 'k')
      const bytes = typeof k === 'string' ? base64urlBytes(k) : null
      const key = bytes === null ? null : secretKey(bytes)
      return key !== null && isStrong(algorithm, key) ? verificationKey(algorithm, key) : null
    }
    const key = createPublicKey({ key: publicHalf(jwk), format: 'jwk' } as JsonWebKeyInput)
    return isStrong(algorithm, key) ? verificationKey(algorithm, key) : null
  } catch {
    return null
  }
}

/** RFC 7518 §3.2: a secret at least as long as the hash. §3.3 and §3.5: RSA keys of 2048 bits or more. */
function isStrong(algorithm: Algorithm, key: KeyObject): boolean {
  const scheme = schemes[algorithm]
  switch (scheme.family) {
    case 'HS':
      return (key.symmetricKeySize ?? 0) * 8 >= Number(scheme.hash.slice(3))
    case 'RS':
    case 'PS':
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
    case 'ES':
    case 'EdDSA':
      return true
  }
}

function meantFor(jwk: JsonObject, algorithm: Algorithm): boolean {
  const use = member(jwk, 'use')
  const operations = member(jwk, 'key_ops')
  const named = member(jwk, 'alg')
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  return named === undefined || named === algorithm
}

const PUBLIC_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y']

function publicHalf(jwk: JsonObject): JsonObject {
  return Object.fromEntries(PUBLIC_MEMBERS.filter((name) => Object.hasOwn(jwk, name)).map((name) => [name, jwk[name]]))
}
