import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto'
import { schemes } from './algorithm.ts'
import { ecdsaDer } from './ecdsa-der.ts'
import type { VerificationKey } from './verification-key.ts'

/**
 * Whether `signature` over `data` was made with the key and its algorithm (RFC 7518 §3, RFC 8037 §3.1).
 *
 * Stricter than OpenSSL left alone: RSA takes exactly the length of its modulus, ECDSA R and S at full length, RSASSA-PSS exactly the salt length of
 * its hash (RFC 7518 §3.5). Never throws: what OpenSSL chokes on is not a good signature.
 */
export function verifySignature(by: VerificationKey, data: Uint8Array, signature: Uint8Array): boolean {
  const { algorithm, key, signatureBytes } = by
  // RFC 8017 §8.1.2: OpenSSL also takes one whose leading zeros were cut off, a second spelling of one in 256.
  if (signatureBytes !== null && signature.length !== signatureBytes) return false
  const scheme = schemes[algorithm]
  try {
    switch (scheme.family) {
      case 'HS': {
        const expected = createHmac(scheme.hash, key).update(data).digest()
        return expected.length === signature.length && timingSafeEqual(expected, signature)
      }
      case 'RS':
        // PKCS #1 v1.5 is what a key of type `rsa` is checked by; the key alone, since options cost (see `ecdsaDer`)
        return verify(scheme.hash, data, key, signature)
      case 'PS': {
        const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
        return verify(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature)
      }
      case 'ES':
        if (signature.length !== scheme.bytes) return false
        return verify(scheme.hash, data, key, ecdsaDer(signature))
      case 'EdDSA':
        return verify(null, data, key, signature)
    }
  } catch {
    return false
  }
}
