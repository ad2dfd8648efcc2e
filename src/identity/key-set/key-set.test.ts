import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { checkSignature, type SignedToken } from './check-signature.ts'
import { readLocalKeys } from './local-keys.ts'
import { type KeySetRead, readKeySet } from './read-key-set.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const ed = generateKeyPairSync('ed25519')
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as Record<string, string>
const pem = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') => key.export({ type, format: 'pem' }).toString()
const RSA = jwkOf(rsa.publicKey)
const EC = jwkOf(p256.publicKey)
const OKP = jwkOf(ed.publicKey)
const oct = { kty: 'oct', k: Buffer.from('a secret').toString('base64url') }
const without = (jwk: object, name: string) => Object.fromEntries(Object.entries(jwk).filter(([key]) => key !== name))

/** `TYPE kid alg` of each key, or the problem. */
function inWords(read: KeySetRead): string {
  if ('problem' in read) return read.problem
  return read.keys.map(({ type, kid, algorithm }) => `${type} ${kid} ${algorithm}`).join(', ')
}

const entries: [sentence: string, jwk: unknown, words: string][] = [
  ['RSA', RSA, 'RSA  '],
  ['RSA with kid and alg', { ...RSA, kid: 'k', alg: 'PS512' }, 'RSA k PS512'],
  ['what a key is for is not looked at', { ...RSA, use: 'enc', key_ops: ['sign'], x5c: ['x'] }, 'RSA  '],
  ['a kid that is a number is none', { ...RSA, kid: 1, alg: null }, 'RSA  '],
  ['no kty', without(RSA, 'kty'), '[kty] is missing in [keys]'],
  ['a kty that is a number', { ...RSA, kty: 1 }, '[kty] is bad in [keys]'],
  ['another kty', { ...RSA, kty: 'rsa' }, '[kty] is not supported in [keys]'],
  ['a kty that every object has', { ...RSA, kty: 'constructor' }, '[kty] is not supported in [keys]'],
  ['RSA for ES256', { ...RSA, alg: 'ES256' }, '[alg] is not started with [RS] or [PS] for an RSA key'],
  ['RSA without n', without(RSA, 'n'), '[n] field is missing for a RSA key'],
  ['RSA with e that is a number', { ...RSA, e: 3 }, '[e] field is not string for a RSA key'],
  ['RSA with e that is one', { ...RSA, e: 'AQ' }, 'Jwks RSA [n] or [e] field is missing or has a parse error'],
  ['RSA with e that is padded', { ...RSA, e: 'AAEAAQ==' }, 'RSA  '],
  ['RSA with n that is no base64url', { ...RSA, n: '+' }, 'Jwks RSA [n] or [e] field is missing or has a parse error'],
  ['EC', EC, 'EC  '],
  ['EC without crv is P-256', without(EC, 'crv'), 'EC  '],
  ['EC with alg in place of crv', { ...without(jwkOf(p384.publicKey), 'crv'), alg: 'ES384' }, 'EC  ES384'],
  [
    'EC with alg and another crv',
    { ...EC, alg: 'ES384' },
    '[crv] field specified is not compatible with [alg] for an EC key',
  ],
  ['EC for RS256', { ...EC, alg: 'RS256' }, '[alg] is not started with [ES] for an EC key'],
  ['EC with crv that is a number', { ...EC, crv: 1 }, '[crv] field is not string for an EC key'],
  ['EC of another curve', { ...EC, crv: 'secp256k1' }, '[crv] or [alg] field is not supported for an EC key'],
  ['EC without y', without(EC, 'y'), '[y] field is missing for an EC key'],
  ['EC off its curve', { ...EC, y: EC['x'] }, 'Jwks EC [x] and [y] fields have a parse error.'],
  ['EC with x that is no base64url', { ...EC, x: '!' }, 'Jwks EC [x] or [y] field is an invalid Base64.'],
  ['oct', oct, 'oct  '],
  ['oct for RS256', { ...oct, alg: 'RS256' }, '[alg] does not start with [HS] for an HMAC key'],
  ['oct without k', without(oct, 'k'), '[k] field is missing for an HMAC key'],
  ['oct with an empty k', { ...oct, k: '' }, 'Jwks Oct key is an invalid Base64'],
  ['OKP', OKP, 'OKP  '],
  ['OKP for ES256', { ...OKP, alg: 'ES256' }, '[alg] is not [EdDSA] for an OKP key'],
  ['OKP without crv', without(OKP, 'crv'), '[crv] field is missing for an OKP key'],
  ['OKP of another curve', { ...OKP, crv: 'X25519' }, '[crv] field is not supported for an OKP key'],
  ['OKP too short', { ...OKP, x: 'AQ' }, 'Jwks OKP [x] field is wrong length.'],
  ['OKP with x that is no base64url', { ...OKP, x: '+' }, 'Jwks OKP [x] field is an invalid Base64.'],
  ['no object', 'x', "Jwks doesn't have any valid public key"],
]
for (const [sentence, jwk, words] of entries) {
  test(`a key: ${sentence}`, () =>
    assert.equal(inWords(readKeySet(Buffer.from(JSON.stringify({ keys: [jwk] })))), words))
}

const sets: [sentence: string, text: string, words: string][] = [
  ['no JSON', 'x', 'Jwks is an invalid JSON'],
  ['no keys', '{}', 'Jwks does not have [keys] field'],
  ['keys that are no list', '{"keys":{}}', '[keys] in Jwks is not an array'],
  ['an empty list', '{"keys":[]}', "Jwks doesn't have any valid public key"],
  ['bad keys are passed over', JSON.stringify({ keys: [{}, { ...oct, kid: 'k' }, 1] }), 'oct k '],
  [
    'of several bad keys the first counts',
    JSON.stringify({ keys: [1, { kty: 'x' }, {}] }),
    '[kty] is not supported in [keys]',
  ],
  [
    'certificates that are none',
    '{"a":"-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----\\n"}',
    'X509 parse pubkey fails',
  ],
]
for (const [sentence, text, words] of sets) {
  test(`a set: ${sentence}`, () => assert.equal(inWords(readKeySet(Buffer.from(text))), words))
}

const local: [sentence: string, text: string, words: string | RegExp][] = [
  ['RSA in PEM', pem(rsa.publicKey), 'RSA  RS256'],
  ['RSA in PEM, PKCS #1', pem(rsa.publicKey, 'pkcs1'), 'RSA  RS256'],
  ['P-256 in PEM', pem(p256.publicKey), 'EC  ES256'],
  ['P-384 in PEM is taken for P-256: no key can be used', pem(p384.publicKey), ''],
  ['Ed25519 in PEM', pem(ed.publicKey), 'OKP  EdDSA'],
  ['a private key', ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /not a private key/],
  ['a certificate', '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n', /not a certificate/],
  ['a set', JSON.stringify({ keys: [RSA, oct] }), 'RSA  , oct  '],
  ['a single key', JSON.stringify({ ...EC, kid: 'k' }), 'EC k '],
  ['an empty set', '{"keys":[]}', /no keys in set/],
  ['no set', '{}', /no keys in set/],
  ['text', 'x', /neither/],
  ['a set with one bad key', JSON.stringify({ keys: [RSA, { kty: 'RSA' }] }), /keys\[1\] has no n/],
  ['a set with one unknown key', JSON.stringify({ keys: [{ kty: 'x' }] }), /keys\[0\] has a kty/],
  ['a good key for another algorithm: it can not be used', JSON.stringify({ ...RSA, alg: 'ES256' }), ''],
]
for (const [sentence, text, words] of local) {
  test(`in a configuration: ${sentence}`, () => {
    const read = inWords(readLocalKeys(text))
    if (words instanceof RegExp) assert.match(read, words)
    else assert.equal(read, words)
  })
}

const input = Buffer.from('header.payload')
const hs = (hash: string) => createHmac(hash, 'a secret').update(input).digest()
const es = (hash: string, key: KeyObject) => sign(hash, input, { key, dsaEncoding: 'ieee-p1363' })
const pss = (saltLength: number) => sign('sha256', input, { key: rsa.privateKey, padding: 6, saltLength })
type Case = [sentence: string, jwk: object, algorithm: string, signature: Buffer, strict: string, lax: string]
const signatures: Case[] = [
  ['HS256', oct, 'HS256', hs('sha256'), 'key', 'key'],
  ['HS512 by a key for any', oct, 'HS512', hs('sha512'), 'key', 'key'],
  ['HS512 by a key for HS256', { ...oct, alg: 'HS256' }, 'HS512', hs('sha512'), 'no-such-key', 'no-such-key'],
  ['a secret with RS256', oct, 'RS256', hs('sha256'), 'not-signed', 'key'],
  ['RS256', RSA, 'RS256', sign('sha256', input, rsa.privateKey), 'key', 'key'],
  ['RS256 by a key that says HS256', RSA, 'HS256', sign('sha256', input, rsa.privateKey), 'not-signed', 'not-signed'],
  ['PS256', RSA, 'PS256', pss(32), 'key', 'key'],
  ['PS256 with another salt', RSA, 'PS256', pss(20), 'not-signed', 'not-signed'],
  ['ES256', EC, 'ES256', es('sha256', p256.privateKey), 'key', 'key'],
  ['ES384 by P-256', EC, 'ES384', es('sha384', p256.privateKey), 'not-signed', 'key'],
  ['P-256 with EdDSA', EC, 'EdDSA', es('sha256', p256.privateKey), 'not-signed', 'key'],
  ['ES256 in DER', EC, 'ES256', sign('sha256', input, p256.privateKey), 'not-signed', 'not-signed'],
  ['EdDSA', OKP, 'EdDSA', sign(null, input, ed.privateKey), 'key', 'key'],
  ['Ed25519 with RS256', OKP, 'RS256', sign(null, input, ed.privateKey), 'not-signed', 'key'],
  ['no signature', OKP, 'EdDSA', Buffer.alloc(0), 'wrong-length', 'wrong-length'],
  ['no signature by EC', EC, 'ES256', Buffer.alloc(0), 'not-signed', 'not-signed'],
]
for (const [sentence, jwk, algorithm, signature, strict, lax] of signatures) {
  test(`signature: ${sentence}`, () => {
    const read = readKeySet(Buffer.from(JSON.stringify({ keys: [jwk] })))
    assert.ok('keys' in read)
    const token = { algorithm, kid: '', signingInput: input, signature } as SignedToken
    const words = (isLax: boolean) => {
      const found = checkSignature(read.keys, token, isLax)
      return typeof found === 'string' ? found : 'key'
    }
    assert.deepEqual([words(false), words(true)], [strict, lax])
  })
}
