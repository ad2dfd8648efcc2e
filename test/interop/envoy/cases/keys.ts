/** Key sets, and which of their keys check what. All are fetched from a server, so that both read the same bytes. */
import { constants, createHmac, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Ask, type Config, GONE, KEYS } from '../case.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa2 = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa512 = generateKeyPairSync('rsa', { modulusLength: 512 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const ed = generateKeyPairSync('ed25519')
const secret = createSecretKey(Buffer.from('a secret that is long enough for all of it'))
const jwk = ({ publicKey }: { publicKey: KeyObject }, more: object = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
})
const oct = (more: object = {}) => ({ kty: 'oct', k: secret.export().toString('base64url'), ...more })
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
/** A token that says `alg` of itself, signed in whatever way. */
function signed(header: object, how: (input: Buffer) => Uint8Array): string {
  const input = `${part(JSON.stringify(header))}.${part('{"sub":"x"}')}`
  return `${input}.${part(how(Buffer.from(input)))}`
}
const rs =
  (hash: string, key = rsa.privateKey) =>
  (input: Buffer) =>
    sign(hash, input, key)
const ps = (hash: string, saltLength: number) => (input: Buffer) =>
  sign(hash, input, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
const es = (hash: string, key: KeyObject) => (input: Buffer) => sign(hash, input, { key, dsaEncoding: 'ieee-p1363' })
const hs =
  (hash: string, key: KeyObject | Buffer = secret) =>
  (input: Buffer) =>
    createHmac(hash, key).update(input).digest()
const eddsa = (input: Buffer) => sign(null, input, ed.privateKey)
const ask = (sentence: string, text: string): Ask => ({ sentence, lines: [`Authorization: Bearer ${text}`] })

const tokens = {
  RS256: signed({ alg: 'RS256' }, rs('sha256')),
  'RS256 kid r': signed({ alg: 'RS256', kid: 'r' }, rs('sha256')),
  'RS256 kid s': signed({ alg: 'RS256', kid: 's' }, rs('sha256')),
  RS384: signed({ alg: 'RS384' }, rs('sha384')),
  RS512: signed({ alg: 'RS512' }, rs('sha512')),
  PS256: signed({ alg: 'PS256' }, ps('sha256', 32)),
  PS384: signed({ alg: 'PS384' }, ps('sha384', 48)),
  PS512: signed({ alg: 'PS512' }, ps('sha512', 64)),
  'PS256 with a salt of 20': signed({ alg: 'PS256' }, ps('sha256', 20)),
  'PS256 with the longest salt': signed({ alg: 'PS256' }, ps('sha256', 222)),
  ES256: signed({ alg: 'ES256' }, es('sha256', p256.privateKey)),
  'ES256 kid e': signed({ alg: 'ES256', kid: 'e' }, es('sha256', p256.privateKey)),
  ES384: signed({ alg: 'ES384' }, es('sha384', p384.privateKey)),
  ES512: signed({ alg: 'ES512' }, es('sha512', p521.privateKey)),
  'ES384 by P-256': signed({ alg: 'ES384' }, es('sha384', p256.privateKey)),
  'ES256 by P-384': signed({ alg: 'ES256' }, es('sha256', p384.privateKey)),
  'ES256 in DER': signed({ alg: 'ES256' }, (input) => sign('sha256', input, p256.privateKey)),
  'HS256 by P-256': signed({ alg: 'HS256' }, es('sha256', p256.privateKey)),
  'RS256 by P-256': signed({ alg: 'RS256' }, es('sha256', p256.privateKey)),
  EdDSA: signed({ alg: 'EdDSA' }, eddsa),
  'RS256 by Ed25519': signed({ alg: 'RS256' }, eddsa),
  'EdDSA too short': signed({ alg: 'EdDSA' }, (input) => eddsa(input).subarray(0, 60)),
  'EdDSA by nobody': signed({ alg: 'EdDSA' }, () => Buffer.alloc(64)),
  HS256: signed({ alg: 'HS256' }, hs('sha256')),
  HS384: signed({ alg: 'HS384' }, hs('sha384')),
  HS512: signed({ alg: 'HS512' }, hs('sha512')),
  'RS256 by the secret': signed({ alg: 'RS256' }, hs('sha256')),
  'HS256 by the public key': signed({ alg: 'HS256' }, (input) =>
    hs('sha256', Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' })))(input),
  ),
  'RS256 by another': signed({ alg: 'RS256' }, rs('sha256', rsa2.privateKey)),
  'RS256 by 512 bits': signed({ alg: 'RS256' }, rs('sha256', rsa512.privateKey)),
}
type TokenName = keyof typeof tokens
const all = Object.keys(tokens) as TokenName[]

const sets: [name: string, keys: unknown, tokens: readonly TokenName[]][] = [
  ['rsa', [jwk(rsa)], all],
  ['ec', [jwk(p256)], all],
  ['p384', [jwk(p384)], ['ES384', 'ES256 by P-384', 'ES256']],
  ['p521', [jwk(p521)], ['ES512', 'ES256']],
  ['okp', [jwk(ed)], all],
  ['oct', [oct()], all],
  ['everything', [jwk(rsa), jwk(p256), jwk(p384), jwk(p521), oct()], all],
  ['okp-first', [jwk(ed), jwk(rsa)], ['RS256', 'EdDSA']],
  [
    'named',
    [jwk(rsa, { kid: 'r' }), jwk(p256, { kid: 'e' })],
    ['RS256', 'RS256 kid r', 'RS256 kid s', 'ES256 kid e', 'ES256'],
  ],
  ['two-of-one-kid', [jwk(rsa2, { kid: 'r' }), jwk(rsa, { kid: 'r' })], ['RS256 kid r', 'RS256 by another', 'RS256']],
  ['with-alg', [jwk(rsa, { alg: 'RS256' })], ['RS256', 'RS384', 'PS256']],
  ['with-ps', [jwk(rsa, { alg: 'PS256' })], ['RS256', 'PS256', 'PS384']],
  ['with-unknown-rs', [jwk(rsa, { alg: 'RSA-OAEP' })], ['RS256']],
  ['for-encryption', [jwk(rsa, { use: 'enc', key_ops: ['encrypt'] })], ['RS256']],
  ['kid-number', [jwk(rsa, { kid: 1, alg: null })], ['RS256', 'RS256 kid r']],
  ['ec-no-crv', [without(jwk(p256), 'crv')], ['ES256']],
  ['ec-alg-no-crv', [without(jwk(p384, { alg: 'ES384' }), 'crv')], ['ES384']],
  ['ec-alg-other-crv', [jwk(p384, { alg: 'ES256' })], ['ES384', 'ES256']],
  ['ec-off-curve', [{ ...jwk(p256), y: (jwk(p256) as { x?: string }).x }], ['ES256']],
  ['padded', [{ ...jwk(rsa), e: 'AQAB=' }, { ...jwk(p256) }], ['RS256', 'ES256']],
  ['e-is-3-bytes', [{ ...jwk(rsa), e: 'AAEAAQ==' }], ['RS256']],
  ['e-is-one', [{ ...jwk(rsa), e: 'AQ' }], ['RS256']],
  ['rsa-512', [jwk(rsa512)], ['RS256 by 512 bits']],
  ['oct-alg', [oct({ alg: 'HS384' })], ['HS256', 'HS384']],
  ['oct-other-alg', [oct({ alg: 'RS256' })], ['HS256']],
  ['okp-alg', [jwk(ed, { alg: 'EdDSA' })], ['EdDSA', 'RS256']],
  ['bad-and-good', [1, 'x', null, {}, { kty: 'x' }, jwk(rsa)], ['RS256']],
  ['empty', [], ['RS256']],
  ['all-bad', [{ kty: 'x' }, { kty: 'RSA' }], ['RS256']],
]

const texts: [name: string, text: string | number][] = [
  ['no-json', 'x'],
  ['no-keys', '{}'],
  ['keys-object', '{"keys":{}}'],
  ['nothing', ''],
  ['not-there', 404],
  ['broken', 500],
  ['twice', `{"keys":[],"keys":[${JSON.stringify(jwk(rsa))}]}`],
  ['blanks', `  {"keys": [ ${JSON.stringify(jwk(rsa))} ]}\n`],
]

export const keySets: ReadonlyMap<string, string | number> = new Map<string, string | number>([
  ...sets.map(([name, keys]) => [`/keys/${name}?v=1`, JSON.stringify({ keys })] as const),
  ...texts.map(([name, text]) => [`/keys/${name}?v=1`, text] as const),
])

const config = (name: string, names: readonly TokenName[], backendRef = KEYS): Config => ({
  name: `keys-${name}`,
  jwt: { providers: [{ name: 'p', jwks: { remote: { url: `http://keys.test/keys/${name}?v=1`, backendRef } } }] },
  asks: names.map((token) => ask(token, tokens[token])),
})

export const keyConfigs: readonly Config[] = [
  ...sets.map(([name, , names]) => config(name, names)),
  ...texts.map(([name]) => config(name, ['RS256'])),
  config('gone', ['RS256'], GONE),
]
