import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeaderPairs } from '../outcome.ts'
import { FakeDirectory, FakeExchange, type FakeRequest, FakeResponse, fakeIdentity, fakeOutcome } from '../test-kit.ts'
import { exchangeRecord, recordText } from './exchange-record.ts'

const SECRET = 's3cr3t'
const credentials = { headers: ['apikey', 'x-token'], query: ['apikey', 'jwt', 'a b'] }

// biome-ignore lint/suspicious/noExplicitAny: records are looked into freely by tests
function recorded(request: FakeRequest, outcome: Parameters<typeof fakeOutcome>[0] = {}, generated = false): any {
  const response = new FakeResponse(200, {}, generated)
  return JSON.parse(recordText(new FakeExchange(request), response, fakeOutcome({ credentials, ...outcome })))
}

test('the members are those of Kong’s log serializer', () => {
  const consumer = new FakeDirectory().addConsumer({ username: 'alice', customId: '42' })
  const record = recorded(
    {
      path: '/orders',
      query: 'q=1&q=2&flag&empty=',
      identities: [fakeIdentity({ consumer, credential: { id: 'k', identifier: 'k' } })],
      route: {
        ...{ id: 'r', name: 'orders', shown: { id: 'r', name: 'orders', paths: ['/orders'] } },
        service: { id: 's', name: 'shop', shown: { id: 's', name: 'shop', host: 'shop.test' } },
      },
    },
    {
      request: [
        ['host', 'gateway.test'],
        ['x-many', 'a'],
        ['x-many', 'b'],
      ],
      response: [['content-type', 'text/plain']],
      upstreamUri: () => '/orders?q=1',
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', certificate: true },
    },
  )
  assert.deepEqual(record, {
    request: {
      id: '0123456789abcdef0123456789abcdef',
      uri: '/orders?q=1&q=2&flag&empty=',
      url: 'http://gateway.test:8000/orders?q=1&q=2&flag&empty=',
      querystring: { q: ['1', '2'], flag: true, empty: '' },
      method: 'GET',
      headers: { host: 'gateway.test', 'x-many': ['a', 'b'] },
      size: 100,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', client_verify: 'SUCCESS' },
    },
    upstream_uri: '/orders?q=1',
    upstream_status: '200',
    response: { status: 200, headers: { 'content-type': 'text/plain' }, size: 200 },
    latencies: { kong: 3, proxy: 7, request: 12, receive: 2 },
    tries: [
      {
        ...{ ip: '127.0.0.1', port: 9000, balancer_start: 1_700_000_000_003 },
        ...{ balancer_start_ns: 1_700_000_000_003e6, balancer_latency: 0, balancer_latency_ns: 0 },
      },
    ],
    authenticated_entity: { id: 'k', consumer_id: consumer.id },
    route: { id: 'r', name: 'orders', paths: ['/orders'] },
    service: { id: 's', name: 'shop', host: 'shop.test' },
    consumer: { id: consumer.id, username: 'alice', custom_id: '42' },
    client_ip: '192.0.2.1',
    started_at: 1_700_000_000_000,
    source: 'upstream',
    workspace_name: 'default',
  })
})

test('an answer of the gateway’s own: no target, no service time', () => {
  const record = recorded({}, { upstreamMs: null, target: null, upstreamUri: () => '' }, true)
  assert.deepEqual(
    [record.source, record.latencies.proxy, record.tries, record.upstream_status, record.route, record.consumer],
    ['kong', -1, undefined, '', undefined, undefined],
  )
})

test('attempts that failed are told with their status', () => {
  const tries = () => [{ host: '::1', port: 1, startedAt: 5, failed: 502 }]
  const [failed] = recorded({}, { tries }).tries
  assert.deepEqual([failed.ip, failed.state, failed.code], ['::1', 'failed', 502])
})

const header = (name: string, value: string): { request: HeaderPairs } => ({ request: [[name, value]] })
const answer = (name: string, value: string): { response: HeaderPairs } => ({ response: [[name, value]] })
const hidden: [sentence: string, request: FakeRequest, outcome: Parameters<typeof fakeOutcome>[0]][] = [
  ['Authorization', {}, header('authorization', `Bearer ${SECRET}`)],
  ['Proxy-Authorization', {}, header('proxy-authorization', `Basic ${SECRET}`)],
  ['a cookie', {}, header('cookie', `session=${SECRET}`)],
  ['a cookie that is set', {}, answer('set-cookie', `session=${SECRET}`)],
  ['a policy’s own header', {}, header('x-token', SECRET)],
  ['a policy’s own argument', { query: `jwt=${SECRET}` }, {}],
  ['the same in what the service is asked', {}, { upstreamUri: () => `/?a=1&apikey=${SECRET}` }],
  ['a name that is percent-encoded', { query: `%61pike%79=${SECRET}` }, {}],
  ['a name with a blank', { query: `a+b=${SECRET}` }, {}],
  ['each of several', { query: `apikey=x&apikey=${SECRET}&jwt=${SECRET}` }, {}],
  ['a token that nobody asked for', { query: `access_token=${SECRET}` }, {}],
  ['a token in Referer', {}, header('referer', `https://a.test/?jwt=${SECRET}`)],
  ['a token in a redirection', {}, answer('location', `https://a.test/cb#access_token=${SECRET}&state=1`)],
  ['a token in a challenge', {}, answer('www-authenticate', `Bearer realm="http://a.test/?access_token=${SECRET}"`)],
  ['a code in a redirection', {}, answer('location', `https://a.test/cb?code=${SECRET}`)],
]
for (const [sentence, request, outcome] of hidden) {
  test(`redacted: ${sentence}`, () => {
    const text = JSON.stringify(recorded(request, outcome))
    assert.ok(!text.includes(SECRET), text)
    assert.ok(text.includes('REDACTED'), text)
  })
}

test('what is no credential is shown as it is', () => {
  const record = recorded({ query: 'code=1&apikeys=2' }, header('x-apikey', '3'))
  assert.deepEqual(
    [record.request.querystring, record.request.headers],
    [{ code: '1', apikeys: '2' }, { 'x-apikey': '3' }],
  )
  assert.equal(record.request.uri, '/?code=1&apikeys=2')
})

test('bytes: UTF-8 is shown as text, anything else byte by byte', () => {
  const utf8 = Buffer.from('жук').toString('latin1')
  const record = recorded(
    {},
    {
      request: [
        ['x-a', utf8],
        ['x-b', '\xff'],
      ],
    },
  )
  assert.deepEqual(record.request.headers, { 'x-a': 'жук', 'x-b': '\xff' })
})

test('a header named __proto__ is a member like others', () => {
  const record = exchangeRecord(new FakeExchange(), new FakeResponse(), fakeOutcome({ request: [['__proto__', 'x']] }))
  assert.ok(JSON.stringify(record).includes('"__proto__":"x"'))
})
