import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { apiKeyAuth } from './handler.ts'

const credentials = [
  { key: 'k1', client: 'one' },
  { key: 'k2', client: 'two' },
  { key: 'k 3+', client: 'three' },
  { key: 'ключ', client: 'четыре' },
]
const three = { sources: [{ header: 'api-key' }, { query: 'key' }, { cookie: 'kc' }] }
const onlyFirst = { sources: [{ header: 'api-key', query: 'key', cookie: 'kc' }] }
const query = { sources: [{ query: 'key' }] }
const cookie = { sources: [{ cookie: 'kc' }] }
const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const NO = '401 api-key-rejected'

const rows: [sentence: string, config: object, request: FakeRequest, client: string | null][] = [
  ['no key', {}, {}, null],
  ['a good key', {}, { headers: { 'api-key': 'k1' } }, 'one'],
  ['a bad key', {}, { headers: { 'api-key': 'bad' } }, null],
  ['an empty key', {}, { headers: { 'api-key': '' } }, null],
  ['a bearer', {}, { headers: { 'api-key': 'Bearer k1' } }, 'one'],
  ['a bearer in lower case', {}, { headers: { 'api-key': 'bearer k1' } }, null],
  ['two keys: the first', {}, { headers: { 'api-key': ['k1', 'k2'] } }, 'one'],
  ['a key beyond ASCII', {}, { headers: { 'api-key': utf8('ключ') } }, utf8('четыре')],
  ['the second source', three, { query: 'key=k2' }, 'two'],
  ['the third source', three, { headers: { cookie: 'a=b; kc=k2; c=d' } }, 'two'],
  ['an empty first source', three, { headers: { 'api-key': '' }, query: 'key=k2' }, 'two'],
  ['a bad key before a good one', three, { headers: { 'api-key': 'bad' }, query: 'key=k2' }, null],
  ['of one source the header only', onlyFirst, { query: 'key=k2', headers: { cookie: 'kc=k2' } }, null],
  ['an escaped key', query, { query: 'key=k%203%2B' }, 'three'],
  ['a plus is no blank', query, { query: 'key=k+3%2B' }, null],
  ['the first of two arguments', query, { query: 'a=1&key=bad&key=k1' }, null],
  ['the case of an argument counts', query, { query: 'KEY=k1' }, null],
  ['an argument without a value', query, { query: 'key' }, null],
  ['a quoted cookie', cookie, { headers: { cookie: 'kc="k1"' } }, 'one'],
  ['the first of two cookies', cookie, { headers: { cookie: 'kc=k1; kc=k2' } }, 'one'],
]
for (const [sentence, config, request, client] of rows) {
  test(`${sentence}: ${client === null ? NO : 'next'}`, () => {
    const exchange = new FakeExchange(request)
    const compiled = compilePolicy(apiKeyAuth, { credentials, clientIdHeader: 'X-Client', ...config })
    assert.equal(inWords(judge(compiled, exchange)), client === null ? NO : 'next')
    assert.equal(exchange.upstream.set['x-client'], client ?? undefined)
  })
}

type Hidden = { readonly headers: string[]; readonly query: string | null; readonly cookie: string | undefined }
const hiding: [sentence: string, config: object, request: FakeRequest, hidden: Hidden][] = [
  ['a header', {}, { headers: { 'api-key': 'k1' } }, { headers: ['api-key'], query: null, cookie: undefined }],
  [
    'every source',
    three,
    { headers: { 'api-key': 'k1', cookie: 'a=b; kc=k2;c="d" ; kc=x' }, query: 'key=k2&a=%2526&b+c&key' },
    { headers: ['api-key'], query: 'a=%2526&b+c', cookie: 'a=b; c="d"' },
  ],
  [
    'a cookie that was the only one',
    cookie,
    { headers: { cookie: 'kc=k1' } },
    { headers: ['cookie'], query: null, cookie: undefined },
  ],
  [
    'nothing else',
    three,
    { headers: { 'api-key': 'k1', cookie: 'a=b' }, query: 'a=1' },
    { headers: ['api-key'], query: null, cookie: undefined },
  ],
  [
    'nothing, when it is forwarded',
    { ...three, forwardCredential: true },
    { headers: { 'api-key': 'k1' }, query: 'key=k1' },
    { headers: [], query: null, cookie: undefined },
  ],
]
for (const [sentence, config, request, hidden] of hiding) {
  test(`hides ${sentence}`, () => {
    const exchange = new FakeExchange(request)
    judge(compilePolicy(apiKeyAuth, { credentials, ...config }), exchange)
    const { droppedHeaders, query, set } = exchange.upstream
    assert.deepEqual({ headers: droppedHeaders, query, cookie: set['cookie'] }, hidden)
  })
}

test('the refusal is worded as Envoy words it', () => {
  assert.deepEqual(
    [apiKeyAuth.reasons['failed']?.status, apiKeyAuth.reasons['failed']?.message],
    [401, 'Client authentication failed.'],
  )
})

test('records show no key, and nobody but the gateway says who the client is', () => {
  const config = apiKeyAuth.config.parse({ credentials, ...three, clientIdHeader: 'X-Client' })
  assert.deepEqual(apiKeyAuth.credentialNames?.(config), { headers: ['api-key'], query: ['key'] })
  assert.deepEqual(apiKeyAuth.identityHeaders?.(config), ['x-client'])
})

test('what was left out of a configuration has its default', () => {
  const written = { credentials } as never
  assert.deepEqual(apiKeyAuth.identityHeaders?.(written), [])
  assert.deepEqual(apiKeyAuth.credentialNames?.(written), { headers: ['api-key'], query: [] })
})

const problems: [config: object, problem: RegExp][] = [
  [{ credentials: [] }, /too_small/],
  [{ credentials, sources: [{}] }, /sources\[0\].*one of header, query and cookie/],
  [{ credentials: [...credentials, { key: 'k1', client: 'five' }] }, /duplicate API key value shared by one and five/],
]
for (const [config, problem] of problems) {
  test(`refuses a config: ${problem}`, () => assert.throws(() => compilePolicy(apiKeyAuth, config), problem))
}
