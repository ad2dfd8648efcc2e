import assert from 'node:assert/strict'
import { parse } from 'node:querystring'
import { test } from 'node:test'
import type { Fetch } from '../../policy/policy.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeExchange, FakeLog, FakeResponse, fakeOutcome } from '../../policy/test-kit.ts'
import { httpLog } from './handler.ts'
import { check, config } from './schema.ts'

const base = { http_endpoint: 'http://collector.test/intake' }

interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** What a collector gets for that many exchanges, when the gateway stops. */
async function sent(given: object, exchanges = 1, status = 200) {
  const requests: Sent[] = []
  const fetch: Fetch = async (url, init) => {
    const headers = Object.fromEntries(new Headers(init!.headers))
    requests.push({ url, method: init!.method!, headers, body: String(init!.body) })
    return new Response(null, { status })
  }
  const registry = new Registry()
  const log = new FakeLog()
  const { record } = compilePolicy(httpLog, { ...base, ...given }, { registry, fetch, log })
  for (let i = 0; i < exchanges; i++) {
    record!(new FakeExchange({ path: `/${i}` }), new FakeResponse(), fakeOutcome())
  }
  await registry.end()
  return { requests, log }
}

test('a record alone', async () => {
  const { requests } = await sent({})
  const [{ url, method, headers, body } = assert.fail('nothing sent')] = requests
  assert.deepEqual(
    [url, method, headers],
    ['http://collector.test/intake', 'POST', { 'content-type': 'application/json' }],
  )
  assert.equal(JSON.parse(body).request.uri, '/0')
})

test('records in an array, also one alone where several may come', async () => {
  const { requests } = await sent({ queue: { max_batch_size: 2 } }, 3)
  const uris = requests.map(({ body }) =>
    JSON.parse(body).map((each: { request: { uri: string } }) => each.request.uri),
  )
  assert.deepEqual(uris, [['/0', '/1'], ['/2']])
})

test('older names of the queue’s settings', async () => {
  assert.equal((await sent({ queue_size: 2 }, 2)).requests.length, 1)
  assert.equal((await sent({ queue_size: 1, queue: { max_batch_size: 2 } }, 2)).requests.length, 1)
})

test('method, content type, further headers, and a password that the URL brings', async () => {
  const given = { method: 'PUT', content_type: 'application/json; charset=utf-8', headers: { 'X-A': '1' } }
  const { requests } = await sent({ ...given, http_endpoint: 'https://me:p%40ss@collector.test:8443/in?a=b' })
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
  assert.equal(requests[0]!.url, 'https://collector.test:8443/in?a=b')
  assert.deepEqual(parse(new URL(requests[0]!.url).search.slice(1))['a'], 'b')
  assert.deepEqual(requests[0]!.headers, {
    ...{ 'content-type': 'application/json; charset=utf-8', 'x-a': '1' },
    authorization,
  })
  assert.equal(requests[0]!.method, 'PUT')
})

for (const status of [301, 404, 500]) {
  test(`a collector that answers ${status} has not taken the record`, async () => {
    const { log } = await sent({ queue: { max_retry_time: -1 } }, 1, status)
    assert.deepEqual(log.told.at(-1)?.fields, {
      ...{ receiver: 'collector.test:80', lost: 1 },
      reason: `collector.test:80 answered ${status}`,
    })
  })
}

test('what is logged of a failure holds no password', async () => {
  const registry = new Registry()
  const log = new FakeLog()
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('refused') }))
  const given = { http_endpoint: 'http://me:secret@c.test', queue: { max_retry_time: -1 } }
  compilePolicy(httpLog, given, { registry, fetch, log }).record!(new FakeExchange(), new FakeResponse(), fakeOutcome())
  await registry.end()
  assert.ok(log.told.length > 0)
  assert.ok(!JSON.stringify(log.told).includes('secret'))
  assert.match(JSON.stringify(log.told), /refused/)
})

test('uses with the same config share a queue; it goes with the last of them, once it is empty', async () => {
  const registry = new Registry()
  let asked = 0
  const fetch = async () => {
    asked++
    return new Response()
  }
  const uses = [1, 2].map(() => compilePolicy(httpLog, { ...base, queue: { max_batch_size: 2 } }, { registry, fetch }))
  for (const { record } of uses) record!(new FakeExchange(), new FakeResponse(), fakeOutcome())
  for (const { dispose } of uses) dispose!()
  await registry.end()
  assert.equal(asked, 1)
})

const refused: [sentence: string, given: object, problems: object][] = [
  ['no host', { http_endpoint: 'collector' }, { http_endpoint: 'missing host in url' }],
  ['another scheme', { http_endpoint: 'ftp://a' }, { http_endpoint: 'expected a URL of http or https, not ftp:' }],
  [
    'a password twice',
    { http_endpoint: 'http://a:b@c', headers: { authorization: 'x' } },
    { '@entity': ["specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed"] },
  ],
  [
    'Lua',
    { custom_fields_by_lua: { team: 'local a = nil' } },
    {
      'custom_fields_by_lua.team':
        "this is Lua, which is not run here: write JavaScript, such as kong.service.request.set_header('x-a', 'b'), or a function (kong) => { … }",
    },
  ],
  ...['a secret\nof two lines', 'a secret with €'].map((value): [string, object, object] => [
    `a value that no header can have, without telling it: ${JSON.stringify(value)}`,
    { http_endpoint: '{vault://env/endpoint}', headers: { 'x-key': value } },
    { headers: "the value of 'x-key' has characters that can't stand in a header" },
  ]),
  ['no Lua', { custom_fields_by_lua: {} }, {}],
  ['a reference to a vault', { http_endpoint: '{vault://env/endpoint}' }, {}],
]
for (const [sentence, given, problems] of refused) {
  test(`config: ${sentence}`, () => assert.deepEqual(check(config.parse({ ...base, ...given })), problems))
}

test('headers that are the gateway’s to write are refused', () => {
  for (const name of ['Host', 'content-length', 'Content-Type', 'a b']) {
    assert.ok(!config.safeParse({ ...base, headers: { [name]: 'x' } }).success, name)
  }
})

test('defaults are Kong’s', () => {
  assert.deepEqual(config.parse(base), {
    ...{ ...base, method: 'POST', content_type: 'application/json', timeout: 10_000, keepalive: 60_000 },
    ...{ retry_count: null, queue_size: null, flush_timeout: null, headers: null, custom_fields_by_lua: null },
    queue: {
      ...{ max_batch_size: 1, max_coalescing_delay: 1, max_entries: 10_000, max_bytes: null, max_retry_time: 60 },
      ...{ initial_retry_delay: 0.01, max_retry_delay: 60, concurrency_limit: 1 },
    },
  })
})
