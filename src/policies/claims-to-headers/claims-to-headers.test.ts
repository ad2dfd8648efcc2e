import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '../../policy/identity.ts'
import { compilePolicy, FakeExchange, fakeIdentity, inWords, judge } from '../../policy/test-kit.ts'
import { claimsToHeaders } from './handler.ts'

function headersFor(config: object, ...identities: Identity[]): string {
  const exchange = new FakeExchange({ identities })
  assert.equal(inWords(judge(compilePolicy(claimsToHeaders, config), exchange)), 'next')
  return exchange.upstream.blocks.map(({ text }) => text).join('')
}
const withClaims = (claims: object) => fakeIdentity({ claims: claims as Record<string, unknown> })
const bytes = (text: string) => Buffer.from(text).toString('latin1')

type Row = [sentence: string, claim: unknown, config: object, value: string | null]
const rows: Row[] = [
  ['text', 'alice', {}, 'alice'],
  ['empty text', '', {}, ''],
  ['a number', 42, {}, '42'],
  ['a fraction', 0.5, {}, '0.5'],
  ['true', true, {}, 'true'],
  ['false', false, {}, 'false'],
  ['null', null, {}, null],
  ['a number beyond all bounds', Number.POSITIVE_INFINITY, {}, null],
  ['a missing claim', undefined, {}, null],
  ['a list', ['a', 'b', 3], {}, 'a,b,3'],
  ['a list with another separator', ['a', 'b'], { array_separator: ' ' }, 'a b'],
  ['a list as JSON', ['a', 'b'], { arrays: 'json' }, '["a","b"]'],
  ['a list of objects', [{ id: 1 }], {}, '[{"id":1}]'],
  ['an empty list', [], {}, ''],
  ['an object', { id: 1 }, {}, '{"id":1}'],
  ['an object in base64url', { id: 1 }, { objects: 'base64url' }, 'eyJpZCI6MX0'],
  ['text beyond ASCII', 'Zoë ключ', {}, bytes('Zoë ключ')],
  ['an object beyond ASCII', { n: 'ë' }, {}, bytes('{"n":"ë"}')],
  ['a line break', 'a\r\nX-Evil: 1', {}, null],
  ['a line break, encoded', 'a\r\nX: 100%', { unsafe_values: 'encode' }, 'a%0D%0AX: 100%25'],
  ['a line break in a list', ['a', 'b\nX-Evil: 1'], {}, null],
  ['a line break as separator', ['a', 'b'], { array_separator: '\r\nX-Evil: ' }, null],
  ['a line break in an object is escaped by JSON', { a: '\r\n' }, {}, '{"a":"\\r\\n"}'],
  ['a NUL', 'a\0', {}, null],
  ['a DEL', 'a\x7f', {}, null],
  ['letters whose low bytes are CR and LF', '\u560d\u560aX-Evil: 1', {}, bytes('\u560d\u560aX-Evil: 1')],
  ['half of a pair of surrogates', '\ud800', {}, bytes('\ufffd')],
  ['a percent sign in a safe value stays', '100%', { unsafe_values: 'encode' }, '100%'],
]
for (const [sentence, claim, config, value] of rows) {
  test(`${sentence}: ${value === null ? 'no header' : 'a header'}`, () => {
    const claims = claim === undefined ? {} : { c: claim }
    const given = headersFor({ ...config, claims: [{ claim: 'c', header: 'X-C' }] }, withClaims(claims))
    assert.equal(given, value === null ? '' : `X-C: ${value}\r\n`)
  })
}

test('user, tenant and role of a token', () => {
  const config = {
    claims: [
      { claim: 'sub', header: 'X-User-ID' },
      { claim: 'tenant_id', header: 'X-Tenant-ID' },
      { claim: 'role', header: 'X-User-Role', default: 'user' },
    ],
  }
  assert.equal(
    headersFor(config, withClaims({ sub: 'u1', tenant_id: 7 })),
    'X-User-ID: u1\r\nX-Tenant-ID: 7\r\nX-User-Role: user\r\n',
  )
  assert.deepEqual(claimsToHeaders.identityHeaders?.(claimsToHeaders.config.parse(config)), [
    'X-User-ID',
    'X-Tenant-ID',
    'X-User-Role',
  ])
})

const places: [sentence: string, place: object, claims: object, value: string | null][] = [
  ['a nested claim', { path: ['realm_access', 'roles'] }, { realm_access: { roles: ['a'] } }, 'a'],
  ['a path that leads nowhere', { path: ['realm_access', 'roles'] }, { realm_access: 'x' }, null],
  ['a dot is part of the name', { claim: 'https://x.test/role' }, { 'https://x.test/role': 'r' }, 'r'],
  ['what every object has is no claim', { claim: 'constructor' }, {}, null],
  ['nor at the end of a path', { path: ['a', 'constructor', 'name'] }, { a: {} }, null],
  ['an unsafe value has no default', { claim: 'c', default: 'd' }, { c: '\n' }, null],
  ['null has the default', { claim: 'c', default: 'd' }, { c: null }, 'd'],
]
for (const [sentence, place, claims, value] of places) {
  test(sentence, () => {
    const given = headersFor({ claims: [{ ...place, header: 'X-C' }] }, withClaims(claims))
    assert.equal(given, value === null ? '' : `X-C: ${value}\r\n`)
  })
}

const standard = { claims: [{ claim: 'sub', header: 'X-C', default: 'd' }] }
test('without claims there are no headers, not even defaults', () => {
  assert.equal(headersFor(standard), '')
  assert.equal(headersFor(standard, fakeIdentity()), '')
})
test('the last identity with claims speaks', () => {
  assert.equal(headersFor(standard, withClaims({ sub: 'a' }), withClaims({ sub: 'b' }), fakeIdentity()), 'X-C: b\r\n')
})

const demanded: [sentence: string, identities: Identity[], verdict: string][] = [
  ['there', [withClaims({ sub: 'a' })], 'next'],
  ['missing', [withClaims({})], '403 claim-missing'],
  ['unsafe', [withClaims({ sub: '\n' })], '403 claim-missing'],
  ['asked of a caller without claims', [fakeIdentity()], '403 claim-missing'],
  ['asked of nobody', [], '403 claim-missing'],
]
for (const [sentence, identities, verdict] of demanded) {
  test(`a required claim ${sentence}: ${verdict}`, () => {
    const compiled = compilePolicy(claimsToHeaders, { claims: [{ claim: 'sub', header: 'X-C', required: true }] })
    assert.equal(inWords(judge(compiled, new FakeExchange({ identities }))), verdict)
  })
}

test('the header text of an identity is made once', () => {
  const compiled = compilePolicy(claimsToHeaders, standard)
  const identity = withClaims({ sub: 'a' })
  const [one, two] = [1, 2].map(() => {
    const exchange = new FakeExchange({ identities: [identity] })
    judge(compiled, exchange)
    return exchange.upstream.blocks[0]
  })
  assert.equal(one, two)
})

test('nesting deeper than JSON can be written is no header', () => {
  let deep: unknown = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.equal(headersFor({ claims: [{ claim: 'c', header: 'X-C' }] }, withClaims({ c: deep })), '')
})

const refused: [sentence: string, claims: object[], problems: object][] = [
  [
    'neither claim nor path',
    [{ header: 'X' }],
    { 'claims.0': "exactly one of these fields must be non-empty: 'claim', 'path'" },
  ],
  [
    'both',
    [{ claim: 'a', path: ['a'], header: 'X' }],
    { 'claims.0': "exactly one of these fields must be non-empty: 'claim', 'path'" },
  ],
  [
    'a header twice',
    [
      { claim: 'a', header: 'X' },
      { claim: 'b', header: 'x' },
    ],
    { 'claims.1.header': "header 'x' is set twice" },
  ],
  [
    'a header of the connection',
    [{ claim: 'a', header: 'Content-Length' }],
    { 'claims.0.header': "header 'Content-Length' belongs to the connection" },
  ],
]
for (const [sentence, claims, problems] of refused) {
  test(`refused: ${sentence}`, () => {
    assert.deepEqual(claimsToHeaders.check?.(claimsToHeaders.config.parse({ claims })), problems)
  })
}
