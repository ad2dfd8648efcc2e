import { constants, createHmac, type KeyObject, sign } from 'node:crypto'
import { type Algorithm, schemes } from './algorithm.ts'

/**
 * A compact JWS over JSON claims: for the demo, for tokens of our own and for tests.
 *
 * @param key a secret key for HS algorithms, else a private one.
 * @param header parameters besides `alg`.
 * @throws Error when the key does not fit the algorithm: a programmer's mistake.
 */
export function signCompact(algorithm: Algorithm, key: KeyObject, claims: object, header: object = {}): string {
  return signParts(algorithm, key, JSON.stringify({ alg: algorithm, ...header }), JSON.stringify(claims))
}

/** As `signCompact`, over header and payload as they stand, whatever they are. */
export function signParts(algorithm: Algorithm, key: KeyObject, header: string, payload: string | Uint8Array): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
  return `${input}.${signature(algorithm, key, Buffer.from(input)).toString('base64url')}`
}

function signature(algorithm: Algorithm, key: KeyObject, data: Uint8Array): Buffer {
  const scheme = schemes[algorithm]
  switch (scheme.family) {
    case 'HS':
      return createHmac(scheme.hash, key).update(data).digest()
    case 'RS':
      return sign(scheme.hash, data, key)
    case 'PS': {
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
      return sign(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
    }
    case 'ES':
      return sign(scheme.hash, data, { key, dsaEncoding: 'ieee-p1363' })
    case 'EdDSA':
      return sign(null, data, key)
  }
}
