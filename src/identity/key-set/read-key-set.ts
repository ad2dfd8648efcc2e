import { X509Certificate } from 'node:crypto'
import { isJsonObject, type JsonObject, member } from '../../base/strict-json.ts'
import { structFrom } from '../../base/struct-json.ts'
import { SetKey, setKeyFromJwk } from './set-key.ts'

/** The keys of a set in its order, at least one; or what is wrong with it, in Envoy's words. */
export type KeySetRead = { readonly keys: readonly SetKey[] } | { readonly problem: string }

const NO_KEYS = 'Jwks does not have [keys] field'
const NONE_USABLE = "Jwks doesn't have any valid public key"

/**
 * A JSON Web Key Set (RFC 7517 §5) as Envoy reads it: keys that can't be used are passed over, and one that can makes the
 * set good. Also an object of certificates by `kid`, as Google publishes them.
 */
export function readKeySet(bytes: Uint8Array): KeySetRead {
  const document = structFrom(bytes)
  if (document === null) return { problem: 'Jwks is an invalid JSON' }
  const entries = member(document, 'keys')
  if (entries === undefined) return certificates(document)
  if (!Array.isArray(entries)) return { problem: '[keys] in Jwks is not an array' }
  const keys: SetKey[] = []
  let problem: string | null = null
  for (const entry of entries) {
    const key = isJsonObject(entry) ? setKeyFromJwk(entry) : null
    if (typeof key === 'string') problem ??= key
    else if (key !== null) keys.push(key)
  }
  return keys.length > 0 ? { keys } : { problem: problem ?? NONE_USABLE }
}

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\n.*\n-----END CERTIFICATE-----\n$/s

function certificates(document: JsonObject): KeySetRead {
  const entries = Object.entries(document)
  const isCertificate = ([kid, pem]: [string, unknown]) =>
    kid !== '' && typeof pem === 'string' && CERTIFICATE.test(pem)
  if (entries.length === 0 || !entries.every(isCertificate)) return { problem: NO_KEYS }
  const keys: SetKey[] = []
  for (const [kid, pem] of entries) {
    const key = certificateKey(kid, pem as string)
    if (typeof key === 'string') return { problem: key }
    keys.push(key)
  }
  return { keys }
}

function certificateKey(kid: string, pem: string): SetKey | string {
  try {
    const { publicKey } = new X509Certificate(pem)
    if (publicKey.asymmetricKeyType !== 'rsa') return 'X509 parse pubkey internal fails: get pubkey'
    return new SetKey('RSA', kid, '', publicKey, `${kid} ${pem}`)
  } catch {
    return 'X509 parse pubkey fails'
  }
}
