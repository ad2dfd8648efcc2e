import assert from 'node:assert/strict'
import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { signParts } from '../../identity/jose/sign-compact.ts'
import type { Exact } from '../../policy/exact.ts'
import type { Tools } from '../../policy/policy.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import type { Denied } from '../../policy/verdict.ts'
import { jwtAuthn } from './handler.ts'
import { bearer, hmacSigner, keySet, pairSigner, type Signer, token } from './testkit.ts'

/** What FakeExchange thinks the time is, in seconds. */
const NOW = 1_700_000_000
const METADATA = 'envoy.filters.http.jwt_authn'
const a = hmacSigner('a')
const b = hmacSigner('b')
const rsa = pairSigner('RS256', { kid: 'r' })
const ec = pairSigner('ES256')
const ed = pairSigner('EdDSA')

const provider = (more: object = {}, ...signers: Signer[]) => ({
  name: 'p',
  keys: { local: keySet(...(signers.length === 0 ? [a] : signers)) },
  ...more,
})
const one = (more: object = {}, ...signers: Signer[]) => ({ providers: [provider(more, ...signers)] })
const allowMissing = (config: object) => ({ validationMode: 'allow-missing', ...config })
const good = token(a, { iss: 'me', sub: 'alice' })
const bad = `${good.slice(0, -4)}AAAA`

function run(config: object, request: FakeRequest, exact: Exact[] = []) {
  const exchange = new FakeExchange(request)
  const verdict = judge(compilePolicy(jwtAuthn, config, { exact: new Set(exact) }), exchange)
  return { exchange, verdict, words: inWords(verdict) }
}

const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const raw = (header: string, payload: string | Uint8Array) => signParts('HS256', a.key, header, payload)
const HS = '{"alg":"HS256"}'
const anyone = 'identified nobody'

type Row = [sentence: string, config: object, request: FakeRequest, verdict: string]

const auth = (value: string | string[]) => ({ headers: { authorization: value } })
const places: Row[] = [
  ['no token anywhere', one(), {}, '401 token-missing'],
  ['Bearer', one(), bearer(good), anyone],
  ['bearer in lower case', one(), auth(`bearer ${good}`), '401 token-missing'],
  ['another scheme', one(), auth('Basic x'), '401 token-missing'],
  ['a token without the scheme', one(), auth(good), '401 token-missing'],
  ['a tab behind the scheme', one(), auth(`Bearer\t${good}`), '401 token-missing'],
  ['several blanks behind it', one(), auth(`Bearer   ${good}`), anyone],
  ['something before it', one(), auth(`Basic x, Bearer ${good}`), anyone],
  ['letters glued before it', one(), auth(`xBearer ${good}`), anyone],
  ['something before the token', one(), auth(`Bearer "${good}`), anyone],
  ['nothing that a token could have behind it', one(), auth('Bearer !!!'), '401 token-malformed'],
  ['something behind the token', one(), auth(`Bearer ${good} x`), '401 signature-encoding'],
  ['two Authorization lines are one value', one(), auth([`Bearer ${good}`, `Bearer ${good}`]), '401 token-malformed'],
  ['… so that a line of another scheme does no harm', one(), auth(['Basic x', `Bearer ${good}`]), anyone],
  ['the argument access_token', one(), { query: `x=1&access_token=${good}` }, anyone],
  ['its name with escapes', one(), { query: `access%5Ftoken=${good}` }, anyone],
  ['its value with escapes', one(), { query: `access_token=%65${good.slice(1)}` }, anyone],
  ['a plus stays a plus', one(), { query: `access_token=+${good}` }, '401 header-encoding'],
  ['an empty argument', one(), { query: 'access_token=' }, '401 token-malformed'],
  ['an argument without a value', one(), { query: 'access_token' }, '401 token-malformed'],
  ['the argument in another case', one(), { query: `Access_Token=${good}` }, '401 token-missing'],
  ['a cookie nobody asked for', one(), { headers: { cookie: `access_token=${good}` } }, '401 token-missing'],
  ['both places', one(), { query: `access_token=${good}`, ...bearer(good) }, anyone],
  ['both places, the argument bad', one(), { query: `access_token=${bad}`, ...bearer(good) }, '401 signature-invalid'],
  ['both places, the header bad', one(), { query: `access_token=${good}`, ...bearer(bad) }, '401 signature-invalid'],
  ['both bad: the argument is judged first', one(), { query: 'access_token=x', ...bearer(bad) }, '401 token-malformed'],
  ['a header of its own', one({ from: [{ header: 'X-JWT' }] }), { headers: { 'x-jwt': good } }, anyone],
  ['… empty', one({ from: [{ header: 'X-JWT' }] }), { headers: { 'x-jwt': '' } }, '401 token-malformed'],
  ['… twice', one({ from: [{ header: 'X-JWT' }] }), { headers: { 'x-jwt': [good, good] } }, anyone],
  [
    '… twice, the last bad',
    one({ from: [{ header: 'X-JWT' }] }),
    { headers: { 'x-jwt': [good, bad] } },
    '401 signature-invalid',
  ],
  ['… and no default place any more', one({ from: [{ header: 'X-JWT' }] }), bearer(good), '401 token-missing'],
  [
    '… with a prefix',
    one({ from: [{ header: 'x-jwt', prefix: 'T ' }] }),
    { headers: { 'x-jwt': `T ${good}` } },
    anyone,
  ],
  [
    '… without it',
    one({ from: [{ header: 'x-jwt', prefix: 'T ' }] }),
    { headers: { 'x-jwt': good } },
    '401 token-missing',
  ],
  ['an argument of its own', one({ from: [{ query: 't' }] }), { query: `t=${good}` }, anyone],
  ['a cookie of its own', one({ from: [{ cookie: 't' }] }), { headers: { cookie: `a=1; t=${good}` } }, anyone],
  ['… in quotes', one({ from: [{ cookie: 't' }] }), { headers: { cookie: `t="${good}"` } }, anyone],
  ['a preflight', one(), { method: 'OPTIONS' }, '401 token-missing'],
]

const missing: Row[] = [
  ['no token, where none is needed', allowMissing(one()), {}, 'abstain'],
  ['another scheme, where none is needed', allowMissing(one()), auth('Basic x'), 'abstain'],
  ['a bad token, where none is needed', allowMissing(one()), bearer(bad), '401 signature-invalid'],
  ['a good token, where none is needed', allowMissing(one()), bearer(good), anyone],
]

const tokens: Row[] = [
  ['no dots', one(), bearer('x'), '401 token-malformed'],
  ['four parts', one(), bearer(`${good}.x`), '401 token-malformed'],
  ['an empty part', one(), bearer(good.replace('.', '..')), '401 token-malformed'],
  ['no signature', one(), bearer(`${good.slice(0, good.lastIndexOf('.'))}.`), '401 token-malformed'],
  ['a header that is no base64url', one(), bearer(`e+.${part('{}')}.AQ`), '401 header-encoding'],
  ['a header that is no JSON', one(), bearer(`${part('x')}.${part('{}')}.AQ`), '401 header-not-json'],
  ['a header that is a list', one(), bearer(`${part('[]')}.${part('{}')}.AQ`), '401 header-not-json'],
  ['a header that is null', one(), bearer(`${part('null')}.${part('{}')}.AQ`), '401 algorithm-missing'],
  ['no algorithm', one(), bearer(raw('{}', '{}')), '401 algorithm-missing'],
  ['an algorithm that is a number', one(), bearer(raw('{"alg":1}', '{}')), '401 algorithm-missing'],
  ['none', one(), bearer(raw('{"alg":"none"}', '{}')), '401 algorithm-unsupported'],
  ['ES256K', one(), bearer(raw('{"alg":"ES256K"}', '{}')), '401 algorithm-unsupported'],
  ['a kid that is a number', one(), bearer(raw('{"alg":"HS256","kid":1}', '{}')), '401 kid-not-text'],
  ['a kid that is null', one(), bearer(raw('{"alg":"HS256","kid":null}', '{}')), '401 kid-not-text'],
  ['an empty kid', one(), bearer(raw('{"alg":"HS256","kid":""}', '{}')), anyone],
  ['crit', one(), bearer(raw('{"alg":"HS256","crit":["x"],"x":1}', '{}')), '401 extension-unknown'],
  ['a payload that is no base64url', one(), bearer(`${part(HS)}.+.AQ`), '401 payload-encoding'],
  ['a payload that is no JSON', one(), bearer(raw(HS, 'x')), '401 payload-not-json'],
  ['a payload that is null is an empty one', one(), bearer(raw(HS, 'null')), anyone],
  ['a claim twice', one(), bearer(raw(HS, '{"iss":"x","iss":"me"}')), '401 payload-not-json'],
  ['a signature that is no base64url', one(), bearer(`${part(HS)}.${part('{}')}.+`), '401 signature-encoding'],
  ['iss before the signature', one(), bearer(`${part(HS)}.${part('{"iss":1}')}.+`), '401 iss-not-text'],
  ['iss that is null', one(), bearer(raw(HS, '{"iss":null}')), '401 iss-not-text'],
  ['sub that is a number', one(), bearer(raw(HS, '{"sub":1}')), '401 sub-not-text'],
  ['iat that is text', one(), bearer(raw(HS, '{"iat":"1"}')), '401 iat-not-number'],
  ['iat below zero', one(), bearer(raw(HS, '{"iat":-1}')), '401 iat-out-of-range'],
  ['nbf that is text', one(), bearer(raw(HS, '{"nbf":"1"}')), '401 nbf-not-number'],
  ['nbf out of range', one(), bearer(raw(HS, '{"nbf":18446744073709551616}')), '401 nbf-out-of-range'],
  ['exp that is null', one(), bearer(raw(HS, '{"exp":null}')), '401 exp-not-number'],
  ['exp below zero', one(), bearer(raw(HS, '{"exp":-1}')), '401 exp-out-of-range'],
  ['jti that is a number', one(), bearer(raw(HS, '{"jti":1}')), '401 jti-not-text'],
  ['aud that is a number', one(), bearer(raw(HS, '{"aud":1}')), '401 aud-not-text'],
  ['aud with a number in it', one(), bearer(raw(HS, '{"aud":["a",1]}')), '401 aud-not-text'],
]

const dated = (claims: object) => bearer(token(a, claims))
const checks: Row[] = [
  ['the issuer', one({ issuer: 'me' }), bearer(good), anyone],
  ['another issuer', one({ issuer: 'me/' }), bearer(good), '401 issuer-unknown'],
  ['no issuer where one is asked for', one({ issuer: 'me' }), dated({}), '401 issuer-unknown'],
  ['an empty issuer asks for none', one({ issuer: null }), dated({}), anyone],
  ['nbf, a minute early', one(), dated({ nbf: NOW + 60 }), anyone],
  ['nbf, more than a minute early', one(), dated({ nbf: NOW + 61 }), '401 token-not-yet-valid'],
  ['exp, a minute late', one(), dated({ exp: NOW - 60 }), anyone],
  ['exp, more than a minute late', one(), dated({ exp: NOW - 61 }), '401 token-expired'],
  ['exp with a fraction', one(), dated({ exp: NOW - 60.5 }), '401 token-expired'],
  ['exp zero is no exp', one(), dated({ exp: 0 }), anyone],
  ['iat is never looked at', one(), dated({ iat: NOW + 1e6 }), anyone],
  [
    'an expired token with a bad signature',
    one(),
    bearer(`${token(a, { exp: 1 }).slice(0, -4)}AAAA`),
    '401 token-expired',
  ],
  ['no audience where one is asked for', one({ audiences: ['x'] }), bearer(good), '403 audience-not-allowed'],
  ['one audience of several', one({ audiences: ['x', 'y'] }), dated({ aud: ['z', 'y'] }), anyone],
  ['none of them', one({ audiences: ['x', 'y'] }), dated({ aud: 'X' }), '403 audience-not-allowed'],
  ['an audience with scheme and slash', one({ audiences: ['https://x/'] }), dated({ aud: 'http://x' }), anyone],
  ['an audience before the signature', one({ audiences: ['x'] }), bearer(bad), '403 audience-not-allowed'],
]

/** Signed with the hash of ES384, by a key of another curve. */
const wrongHash = (() => {
  const input = `${part('{"alg":"ES384"}')}.${part('{}')}`
  return `${input}.${part(sign('sha384', Buffer.from(input), { key: ec.key, dsaEncoding: 'ieee-p1363' }))}`
})()
const keys: Row[] = [
  ['RS256', one({}, rsa), bearer(token(rsa, {}, { kid: 'r' })), anyone],
  ['RS256 without kid', one({}, a, rsa), bearer(token(rsa, {})), anyone],
  ['another kid', one({}, rsa), bearer(token(rsa, {}, { kid: 's' })), '401 key-unknown'],
  ['a key without kid stands for all', one({}, a), bearer(token(a, {}, { kid: 's' })), anyone],
  ['another alg than the key’s', one({}, hmacSigner('a', { alg: 'HS512' })), bearer(good), '401 key-unknown'],
  ['ES256', one({}, ec), bearer(token(ec, {})), anyone],
  ['EdDSA', one({}, ed), bearer(token(ed, {})), anyone],
  ['EdDSA, cut off', one({}, ed), bearer(`${token(ed, {}).split('.', 2).join('.')}.AQ`), '401 signature-wrong-length'],
  ['the public key as a secret', one({}, rsa), bearer(forged(rsa.key)), '401 signature-invalid'],
  ['a P-256 key with ES384', one({}, ec), bearer(wrongHash), '401 signature-invalid'],
  ['no key that can be used', one({}, hmacSigner('a', { alg: 'RS256' })), bearer(good), '401 keys-unusable'],
]

function forged(key: KeyObject): string {
  const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' })
  const input = `${part(HS)}.${part('{}')}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const A = { name: 'a', issuer: 'A' }
const B = { name: 'b', issuer: 'B' }
const both = { providers: [provider(B, b), provider(A, a)] }
const withAny = { providers: [provider(A, a), provider({ name: 'z' }, b)] }
const several: Row[] = [
  ['no token, several providers', both, {}, '401 token-missing'],
  ['the first provider’s', both, bearer(token(a, { iss: 'A' })), anyone],
  ['the second provider’s', both, bearer(token(b, { iss: 'B' })), anyone],
  ['nobody’s', both, bearer(token(b, { iss: 'C' })), '401 issuer-unknown'],
  ['the second’s issuer, the first’s key', both, bearer(token(a, { iss: 'B' })), '401 signature-invalid'],
  ['the second’s, expired', both, bearer(token(b, { iss: 'B', exp: 1 })), '401 token-expired'],
  ['one that takes any issuer decides last', withAny, bearer(token(b, { iss: 'A' })), anyone],
  ['… and says what is wrong', withAny, bearer(token(hmacSigner('c'), { iss: 'A' })), '401 signature-invalid'],
  [
    'a token of each, the first’s judged first',
    both,
    { query: `access_token=${token(a, { iss: 'A' })}`, ...bearer(token(b, { iss: 'B' })) },
    anyone,
  ],
  [
    'a token of each, the second’s judged first',
    both,
    { query: `access_token=${token(b, { iss: 'B' })}`, ...bearer(token(a, { iss: 'A' })) },
    '401 issuer-unknown',
  ],
]

const oauth = {
  requireAll: true,
  providers: [
    provider({ name: 'access', from: [{ cookie: 'AT' }], metadataKey: 'accessToken' }, a),
    provider({ name: 'id', from: [{ cookie: 'IT' }], metadataKey: 'idToken' }, b),
  ],
}
const cookies = (access: string, id: string) => ({ headers: { cookie: `AT=${access}; IT=${id}` } })
const all: Row[] = [
  ['all of several', oauth, cookies(token(a, {}), token(b, {})), anyone],
  ['all but one', oauth, cookies(token(a, {}), token(a, {})), '401 signature-invalid'],
  ['one of two', oauth, { headers: { cookie: `IT=${token(b, {})}` } }, '401 token-missing'],
  ['none of two, where none is needed', allowMissing(oauth), {}, 'abstain'],
  ['one of two, where none is needed', allowMissing(oauth), { headers: { cookie: `AT=${token(a, {})}` } }, 'abstain'],
]

const rows = { places, missing, tokens, checks, keys, several, all }
for (const [group, table] of Object.entries(rows)) {
  for (const [sentence, config, request, verdict] of table) {
    test(`${group}: ${sentence}`, () => assert.equal(run(config, request).words, verdict))
  }
}

// --- what the client hears ------------------------------------------------------------------------------------------

const challengeOf = (config: object, request: FakeRequest) => (run(config, request).verdict as Denied).detail.challenge

test('a missing token is asked for with the URL as realm', () => {
  assert.equal(challengeOf(one(), { path: '/a', query: 'b=c' }), 'Bearer realm="http://gateway.test/a?b=c"')
})
test('any other token is an invalid one, also where the audience is wrong', () => {
  const challenge = 'Bearer realm="https://gateway.test/", error="invalid_token"'
  assert.equal(challengeOf(one(), { scheme: 'https', ...bearer('x') }), challenge)
  assert.equal(challengeOf(one({ audiences: ['x'] }), { scheme: 'https', ...bearer(good) }), challenge)
})
test('path and query are cut at 256 characters', () => {
  const realm = `http://gateway.test/${'x'.repeat(255)}`
  assert.equal(challengeOf(one(), { path: `/${'x'.repeat(300)}` }), `Bearer realm="${realm}"`)
})
test('a path can not end the realm', () => {
  assert.equal(challengeOf(one(), { path: '/"\\ \u00e9' }), 'Bearer realm="http://gateway.test/%22%5C%20%E9"')
})

// --- what the service and later policies get ------------------------------------------------------------------------

test('a good token is taken out of its header, and its claims are left to later policies', () => {
  const { exchange } = run(one(), bearer(good))
  assert.deepEqual(exchange.upstream.droppedHeaders, ['authorization'])
  assert.deepEqual(exchange.shared.get(METADATA), { payload: { iss: 'me', sub: 'alice' } })
})
test('an argument is taken out, and the rest of the query is left as it was written', () => {
  const { exchange } = run(one(), { query: `b=%26&access_token=${good}&a=1&c` })
  assert.equal(exchange.upstream.query, 'b=%26&a=1&c')
  assert.deepEqual(exchange.upstream.droppedHeaders, [])
})
test('a cookie stays', () => {
  const { exchange } = run(one({ from: [{ cookie: 't' }] }), { headers: { cookie: `t=${good}` } })
  assert.deepEqual(exchange.upstream.droppedHeaders, [])
})
test('a token that is to be forwarded stays', () => {
  const { exchange } = run(one({ forwardToken: true }), { query: `access_token=${good}`, ...bearer(good) })
  assert.deepEqual([exchange.upstream.droppedHeaders, exchange.upstream.query], [[], null])
})
test('claims of several tokens stand beside each other under their keys', () => {
  const { exchange } = run(oauth, cookies(token(a, { x: 1 }), token(b, { x: 2 })))
  assert.deepEqual(exchange.shared.get(METADATA), { accessToken: { x: 1 }, idToken: { x: 2 } })
  assert.equal(exchange.principal.identities.length, 1, 'the plane adds the last one')
})

const CLAIMS = 'text,yes,no,whole,part,minus,big,huge,half,list,object,nothing,empty,deep.er,dot.ted,none'.split(',')
test('claims become headers', () => {
  const claimsToHeaders = CLAIMS.map((claim) => ({ claim, header: `x-${claim.replace('.', '-')}` }))
  const claims = {
    ...{ text: 'zäh', yes: true, no: false, whole: 7, part: 1.5, minus: -3, big: 1e19, huge: 1e21, half: 1 / 128 },
    ...{ list: [1, 'a'], object: { a: 0.5 }, nothing: null, empty: '', deep: { er: 'in' }, 'dot.ted': 'x' },
  }
  const { exchange } = run(one({ claimsToHeaders }), bearer(token(a, claims)))
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  assert.deepEqual(
    exchange.upstream.blocks
      .map(({ text }) => text)
      .join('')
      .split('\r\n')
      .slice(0, -1),
    [
      `x-text: ${Buffer.from('zäh').toString('latin1')}`,
      'x-yes: true',
      'x-no: false',
      'x-whole: 7',
      'x-part: 1.500000',
      'x-minus: -3.000000',
      'x-big: 10000000000000000000',
      'x-huge: 1000000000000000000000.000000',
      'x-half: 0.007812',
      `x-list: ${base64('[1,"a"]')}`,
      `x-object: ${base64('{"a":0.5}')}`,
      'x-deep-er: in',
    ],
  )
})
test('two claims in one header are two lines', () => {
  const claimsToHeaders = ['iss', 'sub'].map((claim) => ({ claim, header: 'X-Who' }))
  const { exchange } = run(one({ claimsToHeaders }), bearer(good))
  assert.equal(exchange.upstream.blocks[0]!.text, 'X-Who: me\r\nX-Who: alice\r\n')
})
test('a claim that would make another line ends the request', () => {
  const config = one({ claimsToHeaders: [{ claim: 'sub', header: 'X-Sub' }] })
  const { verdict, words } = run(config, bearer(token(a, { sub: 'a\r\nx-admin: 1' })))
  assert.equal(words, '503 claim-unsendable')
  assert.equal((verdict as Denied).detail.message, 'invalid header value for: x-sub')
})

const toHeaders = { claimsToHeaders: [{ claim: 'sub', header: 'X-Sub' }] }
test('headers for claims of all providers are every client’s to lose, also when nobody identifies himself', () => {
  const config = {
    providers: [
      provider({ ...A, ...toHeaders }, a),
      provider({ ...B, claimsToHeaders: [{ claim: 'x', header: 'x-b' }] }, b),
    ],
  }
  const spoofed = { 'x-sub': 'root', 'x-b': 'root' }
  const signed = run(config, { headers: { ...spoofed, authorization: `Bearer ${token(a, { iss: 'A' })}` } }).exchange
  assert.deepEqual(signed.upstream.droppedHeaders, ['x-sub', 'x-b', 'authorization'])
  const unsigned = run(allowMissing(config), { headers: spoofed }).exchange
  assert.deepEqual(unsigned.upstream.droppedHeaders, ['x-sub', 'x-b'])
  assert.deepEqual(jwtAuthn.identityHeaders!(jwtAuthn.config.parse(config)), ['x-sub', 'x-b'])
})
test('where it is asked for, headers that hold claims may lead to another route', () => {
  const asked = (config: object) => run(config, bearer(token(a, { iss: 'A' }))).exchange.upstream.matchAgain
  const providers = [provider({ ...A, ...toHeaders }, a), provider(B, b)]
  assert.deepEqual(asked({ providers, matchAgain: true }), ['x-sub'])
  assert.equal(asked({ providers }), null)
  assert.equal(asked({ providers: [provider(A, a), provider({ ...B, ...toHeaders }, b)], matchAgain: true }), null)
})
test('a token can not be where a claim is to go', () => {
  const config = one({ claimsToHeaders: [{ claim: 'sub', header: 'Authorization' }] })
  assert.equal(run(config, bearer(good)).words, '401 token-missing')
  assert.deepEqual(jwtAuthn.identityHeaders!(jwtAuthn.config.parse(config)), [], 'other routes keep Authorization')
})
test('where one provider fails after a token of its own was good, the next one’s claims are told last', () => {
  const config = { providers: [provider({ ...A, ...toHeaders }, a), provider({ ...B, ...toHeaders }, b)] }
  const request = {
    query: `access_token=${token(a, { iss: 'A', sub: 'x' })}`,
    ...bearer(token(b, { iss: 'B', sub: 'y' })),
  }
  const { exchange } = run(config, request)
  assert.equal(exchange.upstream.blocks.map(({ text }) => text).join(''), 'X-Sub: y\r\n')
  assert.deepEqual(exchange.shared.get(METADATA), { payload: { iss: 'B', sub: 'y' } })
})
test('credentials are where tokens are', () => {
  const names = (config: object) => jwtAuthn.credentialNames!(jwtAuthn.config.parse(config))
  assert.deepEqual(names(one()), { headers: ['authorization'], query: ['access_token'] })
  assert.deepEqual(names(one({ from: [{ header: 'X-JWT' }, { query: 'T' }] })), { headers: ['x-jwt'], query: ['T'] })
})

test('what is said of a configuration does not rest on its defaults', () => {
  const written = {
    providers: [
      { name: 'p', claimsToHeaders: [{ claim: 'a', header: 'X-A' }] },
      { name: 'q', from: [{ query: 't' }] },
    ],
  }
  assert.deepEqual(jwtAuthn.identityHeaders!(written as never), ['x-a'])
  const names = jwtAuthn.credentialNames!(written as never)
  assert.deepEqual(names, { headers: ['authorization'], query: ['access_token', 't'] })
  const starts = (remote: object) => jwtAuthn.startsAtOnce!({ providers: [{}, { keys: { remote } }] } as never)
  assert.deepEqual([starts({}), starts({ async: null }), starts({ async: {} })], [false, false, true])
})

// --- holes ----------------------------------------------------------------------------------------------------------

const padded = (text: string) => `${text}${'='.repeat((4 - (text.length % 4)) % 4)}`
const unusual = (() => {
  const input = `${padded(part(HS))}.${padded(part('{"a":1}'))}`
  return `${input}.${createHmac('sha256', a.key).update(input).digest('base64url')}`
})()
const repeated = { query: `access_token=${good}&access_token=x` }
const holes: [sentence: string, exact: Exact, config: object, request: FakeRequest, here: string, there: string][] = [
  ['crit', 'crit', one(), bearer(raw('{"alg":"HS256","crit":["x"]}', '{}')), '401 extension-unknown', anyone],
  ['padding', 'base64', one(), bearer(unusual), '401 payload-encoding', anyone],
  ['an empty part', 'base64', one(), bearer(`.${good.replace('.', '..')}`), '401 token-malformed', anyone],
  ['a P-256 key with ES384', 'signatures', one({}, ec), bearer(wrongHash), '401 signature-invalid', anyone],
  [
    'bearer where no token is needed',
    'tokens',
    allowMissing(one()),
    auth(`bearer ${bad}`),
    '401 signature-invalid',
    'abstain',
  ],
  ['BEARER and a tab', 'tokens', allowMissing(one()), auth(`BEARER\t${good}`), anyone, 'abstain'],
  [
    'a second argument that is passed on',
    'tokens',
    one({ forwardToken: true }),
    repeated,
    '401 token-malformed',
    anyone,
  ],
  ['a second argument that is not', 'tokens', one(), repeated, anyone, anyone],
]
for (const [sentence, exact, config, request, here, there] of holes) {
  test(`${sentence}: ${here}; with --exact ${exact} ${there}`, () => {
    assert.equal(run(config, request).words, here)
    assert.equal(run(config, request, [exact]).words, there)
  })
}

test('a token that one use took out is there for the next, unless asked otherwise', () => {
  for (const [exact, second] of [
    [[], anyone],
    [['tokens'], '401 token-missing'],
  ] as [Exact[], string][]) {
    for (const request of [bearer(good), { query: `access_token=${good}` }]) {
      const taken: FakeRequest = request
      const exchange = new FakeExchange(taken)
      const compiled = compilePolicy(jwtAuthn, one(), { exact: new Set(exact) })
      assert.equal(inWords(judge(compiled, exchange)), anyone)
      const after = new FakeExchange({})
      for (const [key, value] of exchange.shared) after.shared.set(key, value)
      assert.equal(inWords(judge(compiled, after)), second)
      assert.ok(!JSON.stringify([...exchange.shared]).includes(good), 'nobody who prints it sees the token')
    }
  }
})

// --- what is remembered ---------------------------------------------------------------------------------------------

test('a token seen before is looked at again: its dates, and what this use asks for', () => {
  const registry = new Registry()
  const ask = (config: object, text: string, now = NOW) => {
    const compiled = compilePolicy(jwtAuthn, config, { registry })
    return inWords(judge(compiled, new FakeExchange({ ...bearer(text), now: now * 1000 })))
  }
  const text = token(a, { exp: NOW + 10, nbf: NOW - 10 })
  assert.equal(ask(one(), text), anyone)
  assert.equal(ask(one(), text, NOW + 70), anyone)
  assert.equal(ask(one(), text, NOW + 71), '401 token-expired')
  assert.equal(ask(one(), text, NOW - 71), '401 token-not-yet-valid')
  assert.equal(ask(one({ audiences: ['x'] }), text), '403 audience-not-allowed')
  assert.equal(ask(one({}, b), text), '401 signature-invalid')
})
test('two places, two sets of providers: what one found good is nothing to the other', () => {
  const config = {
    providers: [
      provider({ name: 'a', from: [{ header: 'x-a' }] }, a),
      provider({ name: 'b', from: [{ header: 'x-b' }] }, b),
    ],
  }
  const compiled = compilePolicy(jwtAuthn, config)
  const ask = (headers: Record<string, string>) => inWords(judge(compiled, new FakeExchange({ headers })))
  assert.equal(ask({ 'x-a': good }), anyone)
  assert.equal(ask({ 'x-b': good }), '401 signature-invalid')
})

// --- the configuration ----------------------------------------------------------------------------------------------

const problems: [sentence: string, config: object, problems: object][] = [
  ['no provider', { providers: [] }, { providers: 'name at least one provider: nobody could get in' }],
  [
    'one name twice',
    { providers: [provider(), provider()] },
    { 'providers.1.name': "there are two providers of the name 'p'" },
  ],
  [
    'no place',
    one({ from: [{}] }),
    { 'providers.0.from.0': "exactly one of these fields must be non-empty: 'header', 'query', 'cookie'" },
  ],
  [
    'a prefix of nothing',
    one({ from: [{ query: 'x', prefix: 'y' }] }),
    { 'providers.0.from.0': "'prefix' goes with 'header' only" },
  ],
  [
    'no header name',
    one({ from: [{ header: 'x y' }] }),
    { 'providers.0.from.0': "'x y' can not be the name of a header" },
  ],
  [
    'a claim in Content-Length',
    one({ claimsToHeaders: [{ claim: 'x', header: 'Content-Length' }] }),
    { 'providers.0.claimsToHeaders.0.header': "header 'Content-Length' belongs to the connection" },
  ],
  [
    'no keys',
    { providers: [{ name: 'p', keys: {} }] },
    { 'providers.0.keys': "exactly one of these fields must be non-empty: 'local', 'remote'" },
  ],
  [
    'bad keys',
    { providers: [{ name: 'p', keys: { local: '{"keys":[]}' } }] },
    { 'providers.0.keys': 'local: no keys in set' },
  ],
  ['all well', both, {}],
]
for (const [sentence, config, expected] of problems) {
  test(`problems: ${sentence}`, () => {
    assert.deepEqual(jwtAuthn.check!(jwtAuthn.config.parse(config)), expected)
    const [field] = Object.keys(expected)
    if (field === undefined) return
    // the first tools it touches are not there: what is thrown is the problem
    const compile = () => jwtAuthn.compile(jwtAuthn.config.parse(config), {} as Tools)
    assert.throws(compile, { message: new RegExp(`^config.${field}: `) })
  })
}
