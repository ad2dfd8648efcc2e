import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import type { Algorithm } from '../../identity/jose/algorithm.ts'
import { signCompact, signParts } from '../../identity/jose/sign-compact.ts'
import type { Consumer, Credential } from '../../policy/directory.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeDirectory, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { jwt } from './handler.ts'
import { jwtSecrets } from './schema.ts'

const NOW = 1_700_000_000
const SECRET = 'o2eQQg2xF5FITEz17VatRlqrZzQMpMZg'
const hs = createSecretKey(Buffer.from(SECRET))
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

function aDirectory() {
  const directory = new FakeDirectory()
  const alice = directory.addConsumer({ username: 'alice' })
  const add = (key: string, fields: object, consumer: Consumer | null = alice): Credential =>
    directory.addCredential('jwt_secrets', key, { key, secret: 'unused', rsa_public_key: null, ...fields }, consumer)
  const issuer = add('issuer', { algorithm: 'HS256', secret: SECRET })
  add('rsa', { algorithm: 'RS256', rsa_public_key: pem(rsa.publicKey) })
  add('ec', { algorithm: 'ES256', rsa_public_key: pem(ec.publicKey) })
  add('ec-without-key', { algorithm: 'ES256' })
  add('ec-with-bad-key', { algorithm: 'ES256', rsa_public_key: '-----BEGIN PUBLIC KEY-----' })
  add('ec-with-rsa-key', { algorithm: 'ES256', rsa_public_key: pem(rsa.publicKey) })
  add('base64', { algorithm: 'HS256', secret: Buffer.from(SECRET).toString('base64') })
  add('other-base64', { algorithm: 'HS256', secret: '++//' })
  add('orphan', { algorithm: 'HS256', secret: SECRET }, null)
  return { directory, alice, issuer }
}

const token = (claims: object, header: object = {}, algorithm: Algorithm = 'HS256', key: KeyObject = hs) =>
  signCompact(algorithm, key, claims, header)
const good = token({ iss: 'issuer', sub: 'alice' })
const other = token({ iss: 'issuer', sub: 'bob' })
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } })
const part = (text: string) => Buffer.from(text).toString('base64url')
const header = part('{"alg":"HS256"}')

type Row = [sentence: string, config: object, request: FakeRequest, verdict: string]
const places: Row[] = [
  ['no token anywhere', {}, {}, '401 token-missing'],
  ['an empty Authorization', {}, { headers: { authorization: '' } }, '401 token-missing'],
  ['another scheme', {}, { headers: { authorization: `Basic ${good}` } }, '401 token-missing'],
  ['a token without the scheme', {}, { headers: { authorization: good } }, '401 token-missing'],
  ['Bearer', {}, bearer(good), 'identified alice'],
  ['bearer in lower case', {}, { headers: { authorization: `bearer ${good}` } }, 'identified alice'],
  ['BEARER in upper case', {}, { headers: { authorization: `BEARER ${good}` } }, '401 token-missing'],
  ['several blanks', {}, { headers: { authorization: `Bearer  \t ${good}` } }, 'identified alice'],
  ['something before Bearer', {}, { headers: { authorization: `X Bearer ${good}` } }, 'identified alice'],
  ['something behind the token', {}, bearer(`${good} x`), '401 token-signature-malformed'],
  [
    'the first of two Authorization values',
    {},
    { headers: { authorization: [`Bearer ${good}`, 'Bearer x'] } },
    'identified alice',
  ],
  ['a query argument', {}, { query: `jwt=${good}` }, 'identified alice'],
  ['an empty query argument', {}, { query: 'jwt=' }, '401 token-missing'],
  ['a query argument without value', {}, { query: 'jwt' }, '401 token-not-text'],
  ['a query argument without value, and a header', {}, { query: 'jwt', ...bearer(good) }, '401 token-several'],
  ['another query argument', {}, { query: `token=${good}` }, '401 token-missing'],
  ['another query argument by config', { uri_param_names: ['token'] }, { query: `token=${good}` }, 'identified alice'],
  ['no query argument by config', { uri_param_names: [] }, { query: `jwt=${good}` }, '401 token-missing'],
  ['the same token in query and header', {}, { query: `jwt=${good}`, ...bearer(good) }, 'identified alice'],
  ['two tokens in query and header', {}, { query: `jwt=${other}`, ...bearer(good) }, '401 token-several'],
  ['two tokens in the query', {}, { query: `jwt=${other}&jwt=${good}` }, '401 token-several'],
  ['a cookie nobody asked for', {}, { headers: { cookie: `jwt=${good}` } }, '401 token-missing'],
  ['a cookie', { cookie_names: ['tok'] }, { headers: { cookie: `a=1; tok=${good}` } }, 'identified alice'],
  ['an empty cookie', { cookie_names: ['tok'] }, { headers: { cookie: 'tok=' } }, '401 token-missing'],
  [
    'a header of another name',
    { header_names: ['X-Token'] },
    { headers: { 'x-token': `Bearer ${good}` } },
    'identified alice',
  ],
  [
    'two headers with two tokens',
    { header_names: ['x-token', 'authorization'] },
    { headers: { 'x-token': `Bearer ${good}`, authorization: `Bearer ${other}` } },
    '401 token-several',
  ],
  ['OPTIONS', {}, { method: 'OPTIONS' }, '401 token-missing'],
  ['OPTIONS, when preflights pass', { run_on_preflight: false }, { method: 'OPTIONS' }, 'abstain'],
  ['GET, when preflights pass', { run_on_preflight: false }, {}, '401 token-missing'],
]

const raw = (text: string, verdict: string, sentence: string, config: object = {}): Row => [
  sentence,
  config,
  bearer(text),
  verdict,
]
const tokens: Row[] = [
  raw('abc', '401 token-malformed', 'no dots'),
  raw('a.b', '401 token-malformed', 'one dot'),
  raw('..', '401 token-malformed', 'only dots'),
  raw(`${part('nonsense')}.${part('{}')}.AQ`, '401 token-malformed', 'a header that is no JSON'),
  raw(`${part('null')}.${part('{}')}.AQ`, '401 token-malformed', 'a header that is null (Kong: 500)'),
  raw(`${header}.${part('nonsense')}.AQ`, '401 token-malformed', 'a payload that is no JSON'),
  raw(`${header}.${part('null')}.AQ`, '401 token-malformed', 'a payload that is null (Kong: 500)'),
  raw(`${header}.${part('1')}.AQ`, '401 token-malformed', 'a payload that is a number (Kong: 500)'),
  raw(`${header}.${part('["iss"]')}.AQ`, '401 token-malformed', 'a payload that is a list'),
  raw(`${header}=.${part('{}')}.AQ`, '401 token-malformed', 'a padded header'),
  raw(`${part('{}')}.${part('{}')}.AQ`, '401 token-algorithm-unsupported', 'no algorithm'),
  raw(`${part('{"alg":"none"}')}.${part('{}')}.`, '401 token-algorithm-unsupported', 'none'),
  raw(`${part('{"alg":"NoNe"}')}.${part('{}')}.`, '401 token-algorithm-unsupported', 'none in disguise'),
  raw(`${part('{"alg":"hs256"}')}.${part('{}')}.`, '401 token-algorithm-unsupported', 'an algorithm in lower case'),
  raw(`${part('{"alg":1}')}.${part('{}')}.AQ`, '401 token-algorithm-unsupported', 'an algorithm that is a number'),
  raw(
    `${part('{"alg":"constructor"}')}.${part('{}')}.AQ`,
    '401 token-algorithm-unsupported',
    'an algorithm that every object has',
  ),
  raw(`${header}.${part('{}')}.!`, '401 token-signature-malformed', 'a signature that is not base64url'),
  raw(`${good}.AQ`, '401 token-signature-malformed', 'four parts'),
  raw(token({ iss: 'issuer' }, { crit: ['x'], x: 1 }), '401 token-extension-unknown', 'crit (Kong: ignored)'),
  raw(token({ iss: 'issuer' }, { b64: false }), '401 token-extension-unknown', 'b64'),
  raw(token({}), '401 key-claim-missing', 'no iss'),
  raw(token({ iss: false }), '401 key-claim-missing', 'iss is false'),
  raw(token({ iss: '' }), '401 key-claim-invalid', 'an empty iss'),
  raw(token({ iss: 5 }), '401 key-claim-invalid', 'iss is a number (Kong: 500)'),
  raw(token({ iss: null }), '401 key-claim-invalid', 'iss is null (Kong: 500)'),
  raw(token({ iss: ['issuer'] }), '401 key-claim-invalid', 'iss is a list (Kong: 500)'),
  raw(token({}, { iss: 'issuer' }), 'identified alice', 'iss in the header only'),
  raw(token({ iss: 'nobody' }, { iss: 'issuer' }), '401 credential-unknown', 'the payload goes before the header'),
  raw(token({ iss: 'nobody' }), '401 credential-unknown', 'an unknown iss'),
  raw(token({ kid: 'issuer' }), 'identified alice', 'another key claim', { key_claim_name: 'kid' }),
  raw(token({}, { kid: 'issuer' }), 'identified alice', 'another key claim in the header', { key_claim_name: 'kid' }),
  raw(token({}), '401 key-claim-missing', 'a key claim that every object has', { key_claim_name: 'constructor' }),
  raw(token({ iss: 'issuer' }, {}, 'HS384'), '401 algorithm-mismatch', 'another algorithm than the credential’s'),
  raw(
    token({ iss: 'rsa' }, {}, 'HS256', createSecretKey(Buffer.from(pem(rsa.publicKey)))),
    '401 algorithm-mismatch',
    'the public key as a secret',
  ),
  raw(token({ iss: 'rsa' }, {}, 'RS256', rsa.privateKey), 'identified alice', 'RS256'),
  raw(token({ iss: 'ec' }, {}, 'ES256', ec.privateKey), 'identified alice', 'ES256'),
  raw(
    token({ iss: 'ec-without-key' }, {}, 'ES256', ec.privateKey),
    '401 credential-key-unusable',
    'a credential without a key',
  ),
  raw(
    token({ iss: 'ec-with-bad-key' }, {}, 'ES256', ec.privateKey),
    '401 credential-key-unusable',
    'a credential with a broken key (Kong: 500)',
  ),
  raw(
    token({ iss: 'ec-with-rsa-key' }, {}, 'ES256', ec.privateKey),
    '401 credential-key-unusable',
    'a credential with another kind of key',
  ),
  raw(token({ iss: 'base64' }), 'identified alice', 'a base64 secret, read as such', { secret_is_base64: true }),
  raw(token({ iss: 'base64' }), '401 signature-invalid', 'a base64 secret, taken as it stands'),
  raw(token({ iss: 'other-base64' }), '401 credential-key-unusable', 'a secret in the other alphabet', {
    secret_is_base64: true,
  }),
  raw(token({ iss: 'rsa' }, {}, 'RS256', rsa.privateKey), 'identified alice', 'base64 means nothing to public keys', {
    secret_is_base64: true,
  }),
  raw(
    token({ iss: 'issuer' }, {}, 'HS256', createSecretKey(Buffer.from('other'))),
    '401 signature-invalid',
    'another secret',
  ),
  raw(`${good.slice(0, good.lastIndexOf('.'))}.`, '401 signature-invalid', 'an empty signature'),
  raw(
    `${part('{"alg":"ES256"}')}.${part('{"iss":"ec"}')}.${Buffer.alloc(63).toString('base64url')}`,
    '401 signature-invalid',
    'a short signature (Kong: 500)',
  ),
  raw(token({ iss: 'orphan' }), '401 consumer-missing', 'a credential whose consumer is gone'),
]

const both = { claims_to_verify: ['exp', 'nbf'] }
const exp = { claims_to_verify: ['exp'] }
const most = { claims_to_verify: ['exp'], maximum_expiration: 300 }
const dated = (claims: object, config: object, verdict: string, sentence: string) =>
  raw(token({ iss: 'issuer', ...claims }), verdict, sentence, config)
const dates: Row[] = [
  dated({ exp: NOW - 1, nbf: NOW + 1 }, {}, 'identified alice', 'dates are looked at only when asked for'),
  dated({ exp: NOW + 1 }, exp, 'identified alice', 'a second before it expires'),
  dated({ exp: NOW }, exp, '401 token-dates', 'in the second it expires'),
  dated({ exp: NOW + 0.5 }, exp, 'identified alice', 'parts of a second'),
  dated({}, exp, '401 token-dates', 'no exp'),
  dated({ exp: `${NOW + 60}` }, exp, '401 token-dates', 'exp is text'),
  raw(
    signParts('HS256', hs, '{"alg":"HS256"}', '{"iss":"issuer","exp":1e999}'),
    '401 token-dates',
    'exp is no finite number',
    exp,
  ),
  dated({ nbf: NOW }, { claims_to_verify: ['nbf'] }, 'identified alice', 'in the second it becomes good'),
  dated({ nbf: NOW + 1 }, { claims_to_verify: ['nbf'] }, '401 token-dates', 'a second before it becomes good'),
  dated({ exp: NOW + 300 }, most, 'identified alice', 'lives as long as allowed'),
  dated({ exp: NOW + 301 }, most, '401 token-lives-too-long', 'lives longer than allowed'),
]

for (const [table, rows] of Object.entries({ places, tokens, dates })) {
  for (const [sentence, config, request, verdict] of rows) {
    test(`${table}: ${sentence}: ${verdict}`, () => {
      const compiled = compilePolicy(jwt, config, aDirectory())
      const exchange = new FakeExchange({ now: NOW * 1000 + 999, ...request })
      assert.equal(inWords(judge(compiled, exchange)), verdict)
      assert.equal(exchange.shared.has('authenticated_jwt_token'), verdict.startsWith('identified'))
    })
  }
}

test('who is told of: the consumer, the credential by its key, the claims', () => {
  const { directory, alice, issuer } = aDirectory()
  const exchange = new FakeExchange(bearer(good))
  const verdict = judge(compilePolicy(jwt, {}, { directory }), exchange)
  assert.deepEqual(verdict.kind === 'identified' && verdict.identity, {
    policy: 'jwt',
    consumer: alice,
    credential: { id: issuer.id, identifier: 'issuer', stamp: issuer.stamp },
    claims: { iss: 'issuer', sub: 'alice' },
    groups: null,
    scopes: null,
    anonymous: false,
  })
  assert.equal(exchange.shared.get('authenticated_jwt_token'), good)
})

const wording: [
  sentence: string,
  config: object,
  request: FakeRequest,
  message: string,
  challenge: string | undefined,
][] = [
  ['nothing given', {}, {}, 'Unauthorized', 'Bearer'],
  ['nothing given, with a realm', { realm: 'R' }, {}, 'Unauthorized', 'Bearer realm="R"'],
  ['a bad token', {}, bearer('x'), 'Bad token; invalid JSON', 'Bearer error="invalid_token"'],
  [
    'a bad token, with a realm',
    { realm: 'R' },
    bearer('x'),
    'Bad token; invalid JSON',
    'Bearer realm="R" error="invalid_token"',
  ],
  [
    'no key claim',
    { key_claim_name: 'kid' },
    bearer(good),
    "No mandatory 'kid' in claims",
    'Bearer error="invalid_token"',
  ],
  [
    'a bad key claim',
    { key_claim_name: 'kid' },
    bearer(token({ kid: '' })),
    "Invalid 'kid' in claims",
    'Bearer error="invalid_token"',
  ],
  [
    'an unknown key',
    {},
    bearer(token({ iss: 'x' })),
    "No credentials found for given 'iss'",
    'Bearer error="invalid_token"',
  ],
  [
    'a consumer that is gone',
    {},
    bearer(token({ iss: 'orphan' })),
    "Could not find consumer for 'iss=orphan'",
    undefined,
  ],
]
for (const [sentence, config, request, message, challenge] of wording) {
  test(`wording: ${sentence}`, () => {
    const verdict = judge(compilePolicy(jwt, config, aDirectory()), new FakeExchange(request))
    assert.ok(verdict.kind === 'denied')
    assert.equal(verdict.detail.message ?? verdict.reason.message, message)
    assert.equal(verdict.detail.challenge, challenge)
  })
}

const bodies: [config: object, claims: object, fields: object][] = [
  [both, { exp: NOW - 1, nbf: NOW + 1 }, { exp: 'token expired', nbf: 'token not valid yet' }],
  [both, {}, { exp: 'must be a number', nbf: 'must be a number' }],
  [most, { exp: NOW + 301 }, { exp: 'exceeds maximum allowed expiration' }],
]
for (const [config, claims, fields] of bodies) {
  test(`wording: ${JSON.stringify(fields)}`, () => {
    const request = { now: NOW * 1000, ...bearer(token({ iss: 'issuer', ...claims })) }
    const verdict = judge(compilePolicy(jwt, config, aDirectory()), new FakeExchange(request))
    assert.deepEqual(verdict.kind === 'denied' && verdict.detail.fields, fields)
  })
}

// --- a token seen before ----------------------------------------------------------------------------------------------

function warm(config: object, claims: object = {}) {
  const world = aDirectory()
  const registry = new Registry()
  const text = token({ iss: 'issuer', ...claims })
  const ask = (now = NOW, given: object = config) =>
    judge(compilePolicy(jwt, given, { ...world, registry }), new FakeExchange({ now: now * 1000, ...bearer(text) }))
  return { ...world, ask }
}

test('a token seen before gives the same verdict object, without a look-up, also after a recompile', () => {
  const { ask, directory } = warm({})
  const first = ask()
  const lookups = directory.lookups
  assert.equal(ask(), first)
  assert.equal(directory.lookups, lookups)
})

test('a token seen before is still held against the clock', () => {
  const { ask } = warm(both, { exp: NOW + 10, nbf: NOW })
  assert.equal(inWords(ask(NOW)), 'identified alice')
  assert.equal(inWords(ask(NOW + 9)), 'identified alice')
  assert.equal(inWords(ask(NOW + 10)), '401 token-dates')
  assert.equal(inWords(ask(NOW - 1)), '401 token-dates')
})

test('a token seen before is still held against its longest life when the clock is set back', () => {
  const { ask } = warm(most, { exp: NOW + 300 })
  assert.equal(inWords(ask(NOW)), 'identified alice')
  assert.equal(inWords(ask(NOW - 1)), '401 token-lives-too-long')
})

test('a token seen before is refused once its credential is gone', () => {
  const { ask, directory, issuer } = warm({})
  assert.equal(inWords(ask()), 'identified alice')
  directory.remove(issuer)
  assert.equal(inWords(ask()), '401 credential-unknown')
})

test('a token seen before is verified again once its consumer has changed', () => {
  const { ask, directory, alice } = warm({})
  const first = ask()
  directory.remove(alice)
  assert.notEqual(ask(), first)
})

test('a token seen before is refused once its credential has another key', () => {
  const { ask, directory, issuer, alice } = warm({})
  assert.equal(inWords(ask()), 'identified alice')
  directory.remove(issuer)
  directory.addCredential('jwt_secrets', 'issuer', { key: 'issuer', algorithm: 'HS256', secret: 'another' }, alice)
  assert.equal(inWords(ask()), '401 signature-invalid')
})

test('a use that asks for less does not vouch for one that asks for more', () => {
  const { ask } = warm({})
  assert.equal(inWords(ask(NOW, {})), 'identified alice')
  assert.equal(inWords(ask(NOW, exp)), '401 token-dates')
})

test('one directory does not vouch for another', () => {
  const registry = new Registry()
  const ask = (directory: FakeDirectory) =>
    inWords(judge(compilePolicy(jwt, {}, { directory, registry }), new FakeExchange(bearer(good))))
  assert.equal(ask(aDirectory().directory), 'identified alice')
  assert.equal(ask(new FakeDirectory()), '401 credential-unknown')
})

// --- the schema -------------------------------------------------------------------------------------------------------

test('a longest life needs exp among the claims to verify', () => {
  const problems = (config: object) => jwt.check?.(jwt.config.parse(config))
  const entity = { '@entity': ["failed conditional validation given value of field 'config.maximum_expiration'"] }
  assert.deepEqual(problems({ maximum_expiration: 1, claims_to_verify: ['exp'] }), {})
  assert.deepEqual(problems({ maximum_expiration: 1, claims_to_verify: ['nbf'] }), {
    claims_to_verify: 'expected to contain: exp',
    ...entity,
  })
  assert.throws(() => jwt.config.parse({ maximum_expiration: 31_536_001 }))
  assert.throws(() => jwt.config.parse({ claims_to_verify: ['aud'] }))
})

test('a credential of a public-key algorithm needs a key that can be read', () => {
  const entity = { '@entity': ["failed conditional validation given value of field 'algorithm'"] }
  const problems = (algorithm: string, key: string | null) => jwtSecrets.check?.({ algorithm, rsa_public_key: key })
  for (const algorithm of ['RS256', 'PS512', 'EdDSA']) {
    assert.deepEqual(problems(algorithm, null), { rsa_public_key: 'required field missing', ...entity })
    assert.deepEqual(problems(algorithm, 'x'), { rsa_public_key: 'invalid key', ...entity })
    assert.deepEqual(problems(algorithm, pem(rsa.publicKey)), {})
  }
  assert.deepEqual(problems('ES256', null), {}, 'ES keys are looked at when they are used')
  assert.deepEqual(problems('HS256', null), {})
})

const bent = (text: string) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`
const exactRows: [sentence: string, exact: 'base64' | 'crit', text: string, without: string][] = [
  [
    'an extension that nobody knows',
    'crit',
    token({ iss: 'issuer' }, { crit: ['x'], x: 1 }),
    '401 token-extension-unknown',
  ],
  ['a padded signature', 'base64', `${good}=`, '401 token-signature-malformed'],
  [
    'the other alphabet',
    'base64',
    good.replaceAll('-', '+').replaceAll('_', '/').concat('='),
    '401 token-signature-malformed',
  ],
]
for (const [sentence, name, text, without] of exactRows) {
  test(`${sentence} passes with --exact ${name} only`, () => {
    const run = (exact: ReadonlySet<'base64' | 'crit'>) =>
      inWords(judge(compilePolicy(jwt, {}, { ...aDirectory(), exact }), new FakeExchange(bearer(text))))
    assert.equal(run(new Set()), without)
    assert.equal(run(new Set([name])), 'identified alice')
    assert.equal(run(new Set([name === 'crit' ? 'base64' : 'crit'])), without)
  })
}

test('--exact base64 lets no token in that nobody signed', () => {
  const exact = new Set(['base64', 'crit'] as const)
  const middle = good.indexOf('.') + 5
  const other = `${good.slice(0, middle)}${bent(good.slice(middle, middle + 1))}${good.slice(middle + 1)}`
  const verdict = judge(compilePolicy(jwt, {}, { ...aDirectory(), exact }), new FakeExchange(bearer(other)))
  assert.match(inWords(verdict), /^401/)
})
