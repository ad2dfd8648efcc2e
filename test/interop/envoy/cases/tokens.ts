/** How tokens are taken apart, and what is checked of them before and besides the signature. */
import { createHmac, createSecretKey } from 'node:crypto'
import { signParts } from '../../../../src/identity/jose/sign-compact.ts'
import { hmacSigner, keySet, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config, ProviderSpec } from '../case.ts'

const a = hmacSigner('a')
const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const mac = (input: string) => createHmac('sha256', a.key).update(Buffer.from(input, 'latin1')).digest('base64url')
const HS = '{"alg":"HS256"}'
const raw = (header: string, payload: string | Uint8Array) => signParts('HS256', a.key, header, payload)
const bearer = (sentence: string, text: string): Ask => ({ sentence, lines: [`Authorization: Bearer ${text}`] })
const payload = (text: string | Uint8Array, sentence = String(text)): Ask =>
  bearer(`payload ${sentence}`, raw(HS, text))
const header = (text: string): Ask => bearer(`header ${text}`, raw(text, '{}'))
const nested = (levels: number, open: string, close: string) => `{"x":${open.repeat(levels)}1${close.repeat(levels)}}`

const good = token(a, { iss: 'me', sub: 'alice' })
const [h, p, s] = good.split('.') as [string, string, string]
const padded = (text: string) => `${text}${'='.repeat((4 - (text.length % 4)) % 4)}`
const signed = (input: string) => `${input}.${mac(input)}`
const now = Math.floor(Date.now() / 1000)

const local = (more: Partial<ProviderSpec> = {}): ProviderSpec => ({
  name: 'p',
  ...more,
  jwks: { local: { inline: keySet(a) } },
})

const forms: Ask[] = [
  bearer('no dots', 'x'),
  bearer('one dot', 'x.y'),
  bearer('two dots', 'x.y.z'),
  bearer('only dots', '..'),
  bearer('four parts', `${good}.x`),
  bearer('empty parts', `.${h}..${p}.${s}.`),
  bearer('no signature', `${h}.${p}.`),
  bearer('good', good),
  bearer('a changed payload', `${h}.${part('{"iss":"me","sub":"bob"}')}.${s}`),
  bearer('padding that is too much', `${h}=.${p}==.${s}=`),
  bearer('padding', signed(`${padded(h)}.${padded(p)}`)),
  bearer('a padded signature', `${h}.${p}.${padded(s)}`),
  bearer('a blank inside', signed(`${h.slice(0, 5)} ${h.slice(5)}.${p}`)),
  bearer('stray bits', signed(`${h}.${bent(part('{"a":1}'))}`)),
  bearer('the other alphabet', signed(`${h}.${part('{"a":"~~~???>>>"}').replaceAll('-', '+').replaceAll('_', '/')}`)),
  bearer('a signature that is no base64url', `${h}.${p}.+`),
  bearer('a header that is no base64url', `e+.${p}.${s}`),
  bearer('one letter too many', `${h}.${p}.${s}AA`),
  bearer('a signature of nothing', `${h}.${p}.AA`),
]

function bent(text: string): string {
  return text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
}

const headers = [
  ...['{}', 'null', '[]', '"x"', '1', 'x', '', '{"alg":1}', '{"alg":null}', '{"alg":"none"}', '{"alg":"hs256"}'],
  ...['{"alg":"ES256K"}', '{"alg":"HS256","kid":1}', '{"alg":"HS256","kid":null}', '{"alg":"HS256","kid":""}'],
  ...['{"alg":"HS256","kid":"x"}', '{"alg":"HS256","typ":1}', '{"alg":"HS256","alg":"HS256"}', '{"alg":"HS384"}'],
  ...['{"alg":"HS256","crit":["x"],"x":1}', '{"alg":"HS256","b64":false}', '{"alg":"HS256","jku":"http://x"}'],
].map(header)

const payloads = [
  ...[
    'null',
    '[]',
    '1',
    '"x"',
    'true',
    'x',
    ' ',
    '{"iss":1}',
    '{"iss":null}',
    '{"iss":["x"]}',
    '{"sub":1}',
    '{"sub":null}',
  ],
  ...[
    '{"iat":"1"}',
    '{"iat":-1}',
    '{"iat":1e19}',
    '{"iat":1e20}',
    '{"nbf":"1"}',
    '{"nbf":-1}',
    '{"nbf":1e19}',
    '{"nbf":1e20}',
  ],
  ...[
    '{"exp":"1"}',
    '{"exp":null}',
    '{"exp":-1}',
    '{"exp":0}',
    '{"exp":0.5}',
    '{"exp":1}',
    '{"exp":1e19}',
    '{"exp":true}',
  ],
  ...[
    '{"exp":18446744073709551615}',
    '{"exp":18446744073709549568}',
    '{"exp":18446744073709551616}',
    '{"jti":1}',
    '{"jti":""}',
  ],
  ...[
    '{"aud":1}',
    '{"aud":null}',
    '{"aud":["a",1]}',
    '{"aud":[]}',
    '{"aud":{}}',
    '{"a":1,"a":1}',
    '{"x":{"a":1,"a":2}}',
  ],
  ...[
    '{"a":1,"\\u0061":2}',
    "{'a':1}",
    '{a:1}',
    '{"a":1,}',
    '{"a":[1,]}',
    '{"a":1} x',
    ' \n{"a":1}\t ',
    '\ufeff{}',
    '\u000b{}',
  ],
  ...[
    '{"a":NaN}',
    '{"a":"NaN"}',
    '{"a":1e999}',
    '{"a":-1e999}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":5.}',
    '{"a":0x10}',
  ],
  ...['{"a":"\\ud800"}', '{"a":"\\udc00"}', '{"\\ud800":1}', '{"a":"\\ud83d\\ude00"}', '{"a":"\\q"}', '{"a":"\\\'"}'],
  ...[
    '{"a":"x\ny"}',
    '{"a":"x\u0001y"}',
    '{"a":"\\u0000"}',
    '{"__proto__":{"iss":"me"}}',
    '/**/{}',
    '{"a":tru}',
    '{"a":1e5}',
  ],
].map((text) => payload(text))

const depths = [
  ...[98, 99, 100, 101].map((levels) => payload(nested(levels, '[', ']'), `of ${levels} lists`)),
  ...[98, 99, 100, 101].map((levels) => payload(nested(levels, '{"a":', '}'), `of ${levels} objects`)),
  payload(Buffer.from('7b2261223a22ff227d', 'hex'), 'that is no UTF-8'),
]

const claims = (sentence: string, value: object): Ask => bearer(sentence, token(a, value))
const dates: Ask[] = [
  claims('nbf half a minute early', { nbf: now + 30 }),
  claims('nbf ten minutes early', { nbf: now + 600 }),
  claims('exp half a minute late', { exp: now - 30 }),
  claims('exp ten minutes late', { exp: now - 600 }),
  claims('exp in an hour', { exp: now + 3600, iat: now }),
  claims('iat tomorrow', { iat: now + 86_400 }),
  bearer('expired, with a bad signature', `${token(a, { exp: 1 }).slice(0, -4)}AAAA`),
]

const issuers: Ask[] = [
  claims('the issuer', { iss: 'https://me/' }),
  claims('without the slash', { iss: 'https://me' }),
  claims('no issuer', {}),
  claims('an empty issuer', { iss: '' }),
  claims('another issuer, expired', { iss: 'x', exp: 1 }),
  bearer('another issuer, with a bad signature', `${token(a, { iss: 'x' }).slice(0, -4)}AAAA`),
]

const audiences: Ask[] = [
  ...['x', 'X', 'https://x', 'http://x/', 'x/', 'https://x//', 'ftp://x', 'y', 'https://', '/', ''].map((aud) =>
    claims(`aud ${JSON.stringify(aud)}`, { aud }),
  ),
  claims('aud of several', { aud: ['z', 'https://y'] }),
  claims('aud of several, none of them', { aud: ['z', 'w'] }),
  claims('aud of none', { aud: [] }),
  claims('no aud', {}),
  claims('no aud, expired', { exp: 1 }),
  bearer('a wrong aud, with a bad signature', `${token(a, { aud: 'w' }).slice(0, -4)}AAAA`),
]

const short = createSecretKey(Buffer.from('x'))
const shortKey = JSON.stringify({ keys: [{ kty: 'oct', k: part('x') }] })

export const tokenConfigs: readonly Config[] = [
  { name: 'forms', jwt: { providers: [local()] }, asks: [...forms, ...headers, ...payloads, ...depths, ...dates] },
  { name: 'issuer', jwt: { providers: [local({ issuer: 'https://me/' })] }, asks: issuers },
  { name: 'audience', jwt: { providers: [local({ audiences: ['x', 'https://y/'] })] }, asks: audiences },
  {
    name: 'short-secret',
    jwt: { providers: [{ name: 'p', jwks: { local: { inline: shortKey } } }] },
    asks: [bearer('a secret of one byte', signParts('HS256', short, HS, '{}'))],
  },
]
