/** What policies ask of the plane: another request for the service, a bound on bodies, other headers for the caller. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { signCompact } from '../../../src/identity/jose/sign-compact.ts'
import { echo } from './echo.ts'
import { declare, type Engine, guard, KEY, startEngine } from './engine.ts'
import { oneValue, statusOf, valuesOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'

const route = (path: string, ...plugins: object[]) => ({ name: path.slice(1), paths: [path], plugins })
const transform = (config: object) => ({ name: 'request-transformer', config })
const respond = (config: object) => ({ name: 'response-transformer', config })

const CLAIMS_KEY = Buffer.from('key of the claims')

let service: RawService
let engine: Engine
before(async () => {
  service = await RawService.start()
  const routes = [
    route('/small', { name: 'request-size-limiting', config: { allowed_payload_size: 10, size_unit: 'bytes' } }),
    route('/to-head', transform({ http_method: 'HEAD' })),
    route('/to-get', transform({ http_method: 'GET' })),
    route(
      '/moved',
      transform({
        replace: { uri: '/other/$(query_params.p)', headers: ['Host:b.test'] },
        remove: { querystring: ['p'] },
      }),
    ),
    route(
      '/named',
      guard,
      transform({
        remove: { headers: ['X-Consumer-ID'] },
        replace: { headers: ['X-Consumer-Username:Dr. $(headers.x_consumer_username)'] },
      }),
    ),
    route('/quiet', respond({ remove: { headers: ['Server', 'via', 'X-Kong-Proxy-Latency', 'X-Service'] } })),
    route(
      '/signed',
      guard,
      respond({ add: { headers: ['Server:mine'] }, remove: { headers: ['X-Kong-Response-Latency'] } }),
    ),
    route('/modified', {
      name: 'header-modifier',
      config: {
        request: {
          add: [
            { name: 'X-Both', value: '2' },
            { name: 'x-new', value: '%REQ(x-both)%' },
          ],
          set: [{ name: 'x-set', value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' }],
          remove: ['x-gone'],
        },
        response: { add: [{ name: 'x-both', value: '2' }], set: [{ name: 'x-set', value: '%RESPONSE_CODE%' }] },
      },
    }),
    route(
      '/claims',
      {
        name: 'jwt-authn',
        config: {
          providers: [
            {
              name: 'p',
              claimsToHeaders: ['a', 'b', 'c'].map((claim) => ({ claim, header: `X-${claim.toUpperCase()}` })),
              keys: { local: JSON.stringify({ kty: 'oct', k: CLAIMS_KEY.toString('base64url') }) },
            },
          ],
        },
      },
      {
        name: 'header-modifier',
        config: {
          request: {
            set: [
              { name: 'x-a', value: '2' },
              { name: 'x-saw', value: '%REQ(x-b)%' },
            ],
            remove: ['x-c'],
          },
        },
      },
    ),
    route('/rewritten', {
      name: 'url-rewrite',
      config: { hostname: 'b.test', path: { kind: 'prefix', prefix: '/rewritten', value: '/api' } },
    }),
    route('/redirected', { name: 'request-redirect', config: { scheme: 'https', port: 8443 } }),
    route('/direct', { name: 'direct-response', config: { status: 203, body: 'é' } }),
    route('/limited', { name: 'cors', config: { origins: ['https://a.test', 'https://b.test'] } }, guard),
  ]
  const services = [{ name: 'raw', url: `http://127.0.0.1:${service.port}`, routes }]
  engine = await startEngine(declare(service.port, {}, { services }))
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = echo
})

async function ask(lines: string, body = '') {
  const client = await RawClient.connect(engine.port)
  const answer = await client.send(`${lines}\r\nHost: a\r\nConnection: close\r\n\r\n${body}`).answer()
  client.destroy()
  return answer
}

const sizes: [sentence: string, head: string, body: string, status: number][] = [
  ['an announced body that fits', 'Content-Length: 10', '0123456789', 200],
  ['an announced body that does not', 'Content-Length: 11', '0123456789a', 413],
  ['a chunked body that fits', 'Transfer-Encoding: chunked', 'a\r\n0123456789\r\n0\r\n\r\n', 200],
  ['a chunked body that does not', 'Transfer-Encoding: chunked', 'b\r\n0123456789a\r\n0\r\n\r\n', 413],
  ['a chunked body in two pieces', 'Transfer-Encoding: chunked', 'a\r\n0123456789\r\n1\r\na\r\n0\r\n\r\n', 413],
]
for (const [sentence, head, body, status] of sizes) {
  test(`${sentence}: ${status}`, async () => {
    assert.equal(statusOf(await ask(`POST /small HTTP/1.1\r\n${head}`, body)), status)
    assert.equal(service.requests.length, status === 200 ? 1 : 0)
  })
}

test('a body that grows too large on its way is cut off, and the service never sees it end', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
  await service.until('the first chunk', () => service.received.includes('abc') || undefined)
  client.send('8\r\n01234567\r\n')
  assert.equal(statusOf(await client.answer()), 413)
  assert.equal(service.requests.length, 0)
  assert.ok(!service.received.includes('01234567'))
  client.destroy()
})

test('a GET forwarded as HEAD is answered as a GET, without a body', async () => {
  service.handle = (_request, connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
  const client = await RawClient.connect(engine.port)
  const get = 'GET /to-head HTTP/1.1\r\nHost: a\r\n\r\n'
  const answers = [await client.send(get).answer(), await client.send(get).answer()]
  assert.deepEqual(
    answers.map((answer) => [statusOf(answer), oneValue(answer, 'content-length')]),
    [
      [200, '0'],
      [200, '0'],
    ],
  )
  assert.match((await service.request()).startLine, /^HEAD /)
  client.destroy()
})

test('a HEAD forwarded as GET gets no body: the next answer is not read as one', async () => {
  service.handle = (_request, connection) => connection.send(OK)
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('HEAD /to-get HTTP/1.1\r\nHost: a\r\n\r\n').answer('no-body')), 200)
  const answer = await client.send('GET /to-get HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert.equal(answer.body.toString(), 'ok')
  client.destroy()
})

test('header lines that one policy made ready are the next one’s to read, to replace and to remove', async () => {
  const claims = { a: 'claim a', b: 'claim b', c: 'claim c' }
  const token = signCompact('HS256', createSecretKey(CLAIMS_KEY), claims)
  const spoofed = 'X-B: root\r\nX_C: root'
  const query = `a=%26x%3D1&access_token=${token}&b=2`
  const answer = await ask(`GET /claims?${query} HTTP/1.1\r\n${spoofed}`)
  assert.equal(statusOf(answer), 200)
  const { startLine, headers } = await service.request()
  assert.equal(startLine, 'GET /?a=%26x%3D1&b=2 HTTP/1.1')
  const told = headers.filter(([name]) => /^(?:x[-_](?:a|b|c|saw))$/i.test(name))
  assert.deepEqual(told.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort(), [
    'x-a: 2',
    'x-b: claim b',
    'x-saw: claim b',
  ])
})

const moves: [sentence: string, query: string, startLine: string | null][] = [
  ['path, query and host are the policy’s', '?p=x%2520y&q=1', 'GET /other/x%20y?q=1 HTTP/1.1'],
  ['the last argument takes its question mark along', '?p=x', 'GET /other/x HTTP/1.1'],
  ['dots do not lead out', '?p=../x', null],
]
for (const [sentence, query, startLine] of moves) {
  test(sentence, async () => {
    const answer = await ask(`GET /moved${query} HTTP/1.1`)
    assert.equal(statusOf(answer), startLine === null ? 400 : 200)
    if (startLine === null) return assert.equal(service.requests.length, 0)
    const request = await service.request()
    assert.deepEqual([request.startLine, oneValue(request, 'host')], [startLine, 'b.test'])
  })
}

test('what a policy says of the caller goes before what the gateway would', async () => {
  await ask(`GET /named HTTP/1.1\r\napikey: ${KEY}\r\nX-Consumer-Username: mallory`)
  const request = await service.request()
  assert.deepEqual(
    ['x-consumer-username', 'x-consumer-id', 'x-credential-identifier'].map((name) => valuesOf(request, name).length),
    [1, 0, 1],
  )
  assert.equal(oneValue(request, 'x-consumer-username'), 'Dr. alice')
})

test('the gateway signs nothing that a policy took out', async () => {
  service.handle = (_request, connection) =>
    connection.send('HTTP/1.1 200 OK\r\nServer: secret\r\nX-Service: 1\r\nContent-Length: 0\r\n\r\n')
  const answer = await ask('GET /quiet HTTP/1.1')
  const names = answer.headers.map(([name]) => name.toLowerCase())
  for (const gone of ['server', 'via', 'x-kong-proxy-latency', 'x-service']) assert.ok(!names.includes(gone), gone)
  assert.ok(names.includes('x-kong-upstream-latency'))
})

test('a refusal is signed as a policy wants it', async () => {
  const answer = await ask('GET /signed HTTP/1.1')
  assert.deepEqual(
    [statusOf(answer), oneValue(answer, 'server'), oneValue(answer, 'x-kong-response-latency')],
    [401, 'mine', undefined],
  )
})

test('lines are added beside those of the client and of the service', async () => {
  service.handle = (_request, connection) =>
    connection.send('HTTP/1.1 200 OK\r\nX-Both: 1\r\nX-Set: 1\r\nContent-Length: 0\r\n\r\n')
  const answer = await ask('GET /modified HTTP/1.1\r\nX-Both: 1\r\nX-Set: 1\r\nX-Gone: 1')
  const request = await service.request()
  assert.deepEqual(
    ['x-both', 'x-new', 'x-set', 'x-gone'].map((name) => valuesOf(request, name)),
    [['1', '2'], ['1'], ['127.0.0.1'], []],
  )
  assert.deepEqual(
    ['x-both', 'x-set'].map((name) => valuesOf(answer, name)),
    [['1', '2'], ['200']],
  )
})

test('a rewritten request tells where it was sent to, whatever the client says of that', async () => {
  await ask('GET /rewritten/x?q HTTP/1.1\r\nX-Envoy-Original-Path: /forged')
  const request = await service.request()
  assert.deepEqual(
    [request.startLine, ...['host', 'x-envoy-original-path', 'x-envoy-original-host'].map((n) => valuesOf(request, n))],
    ['GET /api/x?q HTTP/1.1', ['b.test'], ['/rewritten/x?q'], ['a']],
  )
})

test('redirects and answers of our own need no service', async () => {
  const redirect = await ask('GET /redirected/x?q HTTP/1.1')
  assert.deepEqual([statusOf(redirect), oneValue(redirect, 'location')], [302, 'https://a:8443/redirected/x?q'])
  const direct = await ask('GET /direct HTTP/1.1')
  assert.deepEqual(
    [statusOf(direct), oneValue(direct, 'content-type'), direct.body.toString('utf8')],
    [203, 'text/plain', 'é'],
  )
  assert.equal(service.requests.length, 0)
})

test('a page of a known origin may read a refusal', async () => {
  const answer = await ask('GET /limited HTTP/1.1\r\nOrigin: https://b.test')
  assert.deepEqual(
    [statusOf(answer), oneValue(answer, 'access-control-allow-origin'), oneValue(answer, 'vary')],
    [401, 'https://b.test', 'Origin'],
  )
})
