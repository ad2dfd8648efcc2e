import { createPublicKey, createSecretKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import { webSafeBase64Bytes } from '../../base/base64url.ts'
import { type JsonObject, member } from '../../base/strict-json.ts'
import type { Algorithm } from '../jose/algorithm.ts'
import { type VerificationKey, verificationKey } from '../jose/verification-key.ts'

export type KeyType = 'RSA' | 'EC' | 'oct' | 'OKP'

/** One key of a set, ready to check signatures with. */
export class SetKey {
  readonly type: KeyType
  /** Empty when the key has none: then it stands for every `kid`. */
  readonly kid: string
  /** Empty when the key has none: then it stands for every algorithm of its type. */
  readonly algorithm: string
  readonly key: KeyObject
  /** What it was made from: two keys with the same text are the same key. */
  readonly text: string
  /** True once the set that it came from has been replaced by one without it: whatever it proved holds no longer. */
  isRetired = false
  readonly #byAlgorithm = new Map<Algorithm, VerificationKey | null>()

  constructor(type: KeyType, kid: string, algorithm: string, key: KeyObject, text: string) {
    this.type = type
    this.kid = kid
    this.algorithm = algorithm
    this.key = key
    this.text = text
  }

  /** @returns null when the key can't be used with the algorithm. */
  for(algorithm: Algorithm): VerificationKey | null {
    let key = this.#byAlgorithm.get(algorithm)
    if (key === undefined) this.#byAlgorithm.set(algorithm, (key = verificationKey(algorithm, this.key)))
    return key
  }
}

/**
 * A member of `keys` as Envoy reads it; `use`, `key_ops` and certificates mean nothing to it.
 *
 * @returns what is wrong with it, in Envoy's words, in place of a key.
 */
export function setKeyFromJwk(jwk: JsonObject): SetKey | string {
  const kty = member(jwk, 'kty')
  if (kty === undefined) return '[kty] is missing in [keys]'
  if (typeof kty !== 'string') return '[kty] is bad in [keys]'
  const read = Object.hasOwn(READERS, kty) ? READERS[kty as KeyType] : undefined
  if (read === undefined) return '[kty] is not supported in [keys]'
  const algorithm = textOr(jwk, 'alg', '')
  const key = read(jwk, algorithm)
  if (typeof key === 'string') return key
  return new SetKey(kty as KeyType, textOr(jwk, 'kid', ''), algorithm, key, JSON.stringify(jwk))
}

type Reader = (jwk: JsonObject, algorithm: string) => KeyObject | string

const READERS: Readonly<Record<KeyType, Reader>> = { RSA: rsaKey, EC: ecKey, oct: octKey, OKP: okpKey }

function rsaKey(jwk: JsonObject, algorithm: string): KeyObject | string {
  if (algorithm !== '' && !/^[RP]S/.test(algorithm)) return '[alg] is not started with [RS] or [PS] for an RSA key'
  const bad = missing(jwk, ['n', 'e'], 'a RSA key')
  if (bad !== null) return bad
  const wrong = 'Jwks RSA [n] or [e] field is missing or has a parse error'
  const [n, e] = [bytesOf(jwk, 'n'), bytesOf(jwk, 'e')]
  if (n === null || e === null) return wrong
  // the two exponents in use: 1 would make every text its own signature
  if (!['03', '010001'].includes(e.toString('hex').replace(/^(?:00)+/, ''))) return wrong
  return publicKey({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }) ?? wrong
}

/** Each curve with the only algorithm that goes with it (RFC 7518 §3.4). */
const CURVES: readonly (readonly [algorithm: string, curve: string])[] = [
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
]

function ecKey(jwk: JsonObject, algorithm: string): KeyObject | string {
  if (algorithm !== '' && !algorithm.startsWith('ES')) return '[alg] is not started with [ES] for an EC key'
  const given = member(jwk, 'crv') ?? ''
  if (typeof given !== 'string') return '[crv] field is not string for an EC key'
  if (algorithm !== '' && given !== '' && !CURVES.some(([alg, curve]) => alg === algorithm && curve === given)) {
    return '[crv] field specified is not compatible with [alg] for an EC key'
  }
  const either = algorithm === '' && given === '' ? 'P-256' : ''
  const [, curve] = CURVES.find(([alg, crv]) => alg === algorithm || crv === given || crv === either) ?? []
  if (curve === undefined) return '[crv] or [alg] field is not supported for an EC key'
  const bad = missing(jwk, ['x', 'y'], 'an EC key')
  if (bad !== null) return bad
  const [x, y] = [bytesOf(jwk, 'x'), bytesOf(jwk, 'y')]
  if (x === null || y === null) return 'Jwks EC [x] or [y] field is an invalid Base64.'
  const point = { x: x.toString('base64url'), y: y.toString('base64url') }
  return publicKey({ kty: 'EC', crv: curve, ...point }) ?? 'Jwks EC [x] and [y] fields have a parse error.'
}

function octKey(jwk: JsonObject, algorithm: string): KeyObject | string {
  if (algorithm !== '' && !/^HS(?:256|384|512)$/.test(algorithm))
    return '[alg] does not start with [HS] for an HMAC key'
  const bad = missing(jwk, ['k'], 'an HMAC key')
  if (bad !== null) return bad
  const bytes = bytesOf(jwk, 'k')
  return bytes === null || bytes.length === 0 ? 'Jwks Oct key is an invalid Base64' : createSecretKey(bytes)
}

function okpKey(jwk: JsonObject, algorithm: string): KeyObject | string {
  if (algorithm !== '' && algorithm !== 'EdDSA') return '[alg] is not [EdDSA] for an OKP key'
  const bad = missing(jwk, ['crv'], 'an OKP key')
  if (bad !== null) return bad
  if (member(jwk, 'crv') !== 'Ed25519') return '[crv] field is not supported for an OKP key'
  const badX = missing(jwk, ['x'], 'an OKP key')
  if (badX !== null) return badX
  const x = bytesOf(jwk, 'x')
  if (x === null) return 'Jwks OKP [x] field is an invalid Base64.'
  if (x.length !== 32) return 'Jwks OKP [x] field is wrong length.'
  return publicKey({ kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }) ?? 'Jwks OKP [x] field is wrong length.'
}

function missing(jwk: JsonObject, names: readonly string[], whose: string): string | null {
  for (const name of names) {
    const value = member(jwk, name)
    if (value === undefined) return `[${name}] field is missing for ${whose}`
    if (typeof value !== 'string') return `[${name}] field is not string for ${whose}`
  }
  return null
}

function bytesOf(jwk: JsonObject, name: string): Buffer | null {
  return webSafeBase64Bytes(jwk[name] as string)
}

function textOr(jwk: JsonObject, name: string, otherwise: string): string {
  const value = member(jwk, name)
  return typeof value === 'string' ? value : otherwise
}

function publicKey(jwk: object): KeyObject | null {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput)
  } catch {
    return null
  }
}
