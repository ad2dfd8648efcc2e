import { base64urlBytes, type DecodeBase64 } from '../../base/base64url.ts'
import { BoundedMap } from '../../base/bounded-map.ts'
import { isAlgorithm } from '../../identity/jose/algorithm.ts'
import {
  publicKeyFromPem,
  secretKey,
  type VerificationKey,
  verificationKey,
} from '../../identity/jose/verification-key.ts'
import type { Credential, Stamp } from '../../policy/directory.ts'

interface Parsed {
  readonly stamp: Stamp
  readonly key: VerificationKey | null
}

/** Keys of credentials, parsed once each: reading a PEM costs more than checking a signature with it. */
export class CredentialKeys {
  readonly #parsed = new BoundedMap<Parsed>(20_000)

  readonly #decode: DecodeBase64

  /** @param decode reads secrets that are base64. */
  constructor(decode: DecodeBase64 = base64urlBytes) {
    this.#decode = decode
  }

  /** @returns null when the credential has no usable key; that, too, is remembered until the row changes. */
  of(credential: Credential, secretIsBase64: boolean): VerificationKey | null {
    const id = secretIsBase64 ? `${credential.id}:base64` : credential.id
    const known = this.#parsed.get(id)
    const { stamp } = credential
    if (known?.stamp.row === stamp.row && known.stamp.generation === stamp.generation) return known.key
    const key = parsedKey(credential, secretIsBase64 ? this.#decode : null)
    this.#parsed.set(id, { stamp, key })
    return key
  }
}

function parsedKey({ fields }: Credential, decode: DecodeBase64 | null): VerificationKey | null {
  const { algorithm, secret, rsa_public_key: pem } = fields
  if (!isAlgorithm(algorithm)) return null
  if (!algorithm.startsWith('HS')) {
    const key = typeof pem === 'string' ? publicKeyFromPem(pem) : null
    return key && verificationKey(algorithm, key)
  }
  if (typeof secret !== 'string') return null
  // Padding is allowed here: people paste what `base64` prints. `+` and `/` are not, as in Kong.
  const bytes = decode === null ? Buffer.from(secret) : decode(secret.replace(/={1,2}$/, ''))
  const key = bytes && secretKey(bytes)
  return key && verificationKey(algorithm, key)
}
