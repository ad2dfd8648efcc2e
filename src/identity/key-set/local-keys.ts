import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject, member } from '../../base/strict-json.ts'
import { structFrom } from '../../base/struct-json.ts'
import { type KeySetRead, readKeySet } from './read-key-set.ts'

/**
 * Keys that stand in a configuration: a public key in PEM, a JSON Web Key Set or a single JSON Web Key, tried in that
 * order, as kgateway does. It takes a set only when every key of it is one; what Envoy then makes of them is another
 * matter, so that a good set may hold no key that can be used.
 */
export function readLocalKeys(text: string): KeySetRead {
  const label = PEM_LABEL.exec(text)?.[1]
  if (label !== undefined) return pemKey(text, label)
  const document = structFrom(Buffer.from(text))
  if (document === null) return { problem: 'neither a public key in PEM nor a JSON Web Key Set' }
  const isSingleKey = member(document, 'keys') === undefined && member(document, 'kty') !== undefined
  const entries = isSingleKey ? [document] : (member(document, 'keys') ?? [])
  if (!Array.isArray(entries)) return { problem: 'keys is not a list' }
  if (entries.length === 0) return { problem: 'no keys in set' }
  for (const [n, entry] of entries.entries()) {
    const problem = isJsonObject(entry) ? problemOf(entry) : 'is no object'
    if (problem !== null) return { problem: isSingleKey ? `the key ${problem}` : `keys[${n}] ${problem}` }
  }
  return usable({ keys: entries })
}

const PEM_LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/

/** RSA stands for RS256, EC for ES256 whatever its curve, as kgateway labels them. */
const ALGORITHMS: Readonly<Record<string, string>> = { rsa: 'RS256', ec: 'ES256', ed25519: 'EdDSA' }

function pemKey(text: string, label: string): KeySetRead {
  const key = /PRIVATE|CERTIFICATE/.test(label) ? null : publicKey({ key: text, format: 'pem' })
  const alg = key?.asymmetricKeyType === undefined ? undefined : ALGORITHMS[key.asymmetricKeyType]
  if (key === null || alg === undefined) {
    return { problem: `a PEM block must be a public key of RSA, ECDSA or Ed25519, not a ${label.toLowerCase()}` }
  }
  return usable({ keys: [{ ...key.export({ format: 'jwk' }), alg, use: 'sig' }] })
}

function usable(document: object): KeySetRead {
  const read = readKeySet(Buffer.from(JSON.stringify(document)))
  return 'keys' in read ? read : { keys: [] }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  oct: ['k'],
  OKP: ['crv', 'x'],
}

/** What keeps it from being a key of a kind we know. */
function problemOf(jwk: JsonObject): string | null {
  const kty = member(jwk, 'kty')
  if (typeof kty !== 'string' || kty === '') return 'has no kty'
  const names = Object.hasOwn(MEMBERS, kty) ? MEMBERS[kty]! : null
  if (names === null) return `has a kty that is not one of ${Object.keys(MEMBERS).join(', ')}`
  const lacking = names.find((name) => typeof member(jwk, name) !== 'string' || member(jwk, name) === '')
  if (lacking !== undefined) return `has no ${lacking}`
  const coded = names.find((name) => name !== 'crv' && !/^[A-Za-z0-9_-]+$/.test(jwk[name] as string))
  if (coded !== undefined) return `has a ${coded} that is not base64url`
  if (kty === 'OKP' && jwk['crv'] !== 'Ed25519') return 'has a crv that is not Ed25519'
  if (kty !== 'EC') return null
  if (!/^P-(?:256|384|521)$/.test(jwk['crv'] as string)) return 'has a crv that is not one of P-256, P-384, P-521'
  const point = { kty, crv: jwk['crv'], x: jwk['x'], y: jwk['y'] }
  return publicKey({ key: point, format: 'jwk' } as JsonWebKeyInput) === null ? 'is no point on its curve' : null
}

function publicKey(input: Parameters<typeof createPublicKey>[0]): KeyObject | null {
  try {
    return createPublicKey(input)
  } catch {
    return null
  }
}
