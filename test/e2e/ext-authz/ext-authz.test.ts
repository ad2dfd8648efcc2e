/** Requests that a service of one's own decides about, on the wire. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { selfSigned } from '../../../src/plane/listener/self-signed.ts'
import { headerOption, type Message, message, values } from '../../../src/policies/ext-authz/message-kit.ts'
import { echo } from '../engine/echo.ts'
import { declare, type Engine, startEngine } from '../engine/engine.ts'
import { oneValue, statusOf, valuesOf } from '../engine/message.ts'
import { RawClient } from '../engine/raw-client.ts'
import { RawService } from '../engine/raw-service.ts'
import { GrpcServer } from './grpc-server.ts'

let service: RawService
let engine: Engine
let grpc: GrpcServer
let secure: GrpcServer
let http: Server
let httpCalls: { readonly method: string; readonly url: string; readonly headers: string[]; readonly body: string }[] =
  []
let httpAnswer: (request: IncomingMessage, response: ServerResponse) => void

const use = (path: string, config: object) => ({
  name: path.slice(1),
  paths: [path],
  strip_path: false,
  plugins: [{ name: 'ext-authz', config }],
})

before(async () => {
  service = await RawService.start()
  grpc = await GrpcServer.start()
  const pair = await selfSigned(new Date())
  secure = await GrpcServer.start(0, { key: pair.key.toString(), cert: pair.cert.toString() })
  http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      httpCalls.push({ method: request.method!, url: request.url!, headers: request.rawHeaders, body })
      httpAnswer(request, response)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const overGrpc = { kind: 'grpc', host: '127.0.0.1', port: grpc.port }
  const overTls = { kind: 'grpc', host: '127.0.0.1', port: secure.port }
  const overHttp = { kind: 'http', host: '127.0.0.1', port: (http.address() as AddressInfo).port, pathPrefix: '/check' }
  const patient = { timeoutMs: 10_000 }
  const routes = [
    use('/grpc', { service: overGrpc, ...patient, body: { maxBytes: 5 } }),
    use('/again', { service: overGrpc, ...patient, retry: { retries: 3, baseMs: 1 } }),
    use('/late', { service: overGrpc, timeoutMs: 50, statusOnError: 503 }),
    use('/open', { service: overGrpc, timeoutMs: 50, failOpen: true }),
    use('/part', { service: overGrpc, ...patient, body: { maxBytes: 5, allowPartial: true } }),
    use('/tls', { service: { ...overTls, tls: { verify: false }, authority: 'authz.test' }, ...patient }),
    use('/distrusted', { service: { ...overTls, tls: {} }, ...patient }),
    use('/http', { service: overHttp, ...patient, headersToBackend: ['x-user'], body: { maxBytes: 5 } }),
    use('/http-late', { service: overHttp, timeoutMs: 50 }),
    use('/nobody', { service: { kind: 'http', host: '127.0.0.1', port: 9 }, ...patient }),
  ]
  const services = [{ name: 'raw', url: `http://127.0.0.1:${service.port}`, routes }]
  engine = await startEngine(declare(service.port, {}, { services }))
})
after(async () => {
  await engine.stop()
  await Promise.all([service.stop(), grpc.stop(), secure.stop()])
  http.closeAllConnections()
  http.close()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = echo
  grpc.calls.length = 0
  httpCalls = []
  grpc.answer = () => ({ message: new Uint8Array() })
})

async function ask(lines: string, body = '') {
  const client = await RawClient.connect(engine.port)
  const answer = await client.send(`${lines}\r\nHost: a.test\r\nConnection: close\r\n\r\n${body}`).answer()
  client.destroy()
  return answer
}
const answerWith = (fields: Message) => () => ({ message: message(fields) })

test('gRPC: an answer that allows changes the request and the answer', async () => {
  grpc.answer = answerWith([
    [
      3,
      [
        [2, headerOption('x-user', 'bée')],
        [5, 'x-secret'],
        [6, headerOption('x-seen', '1')],
        [
          7,
          [
            [1, 'n'],
            [2, 'v'],
          ],
        ],
      ],
    ],
  ])
  const answer = await ask('GET /grpc/x?q=1 HTTP/1.1\r\nX-User: mallory\r\nX-Secret: s')
  const request = await service.request()
  assert.equal(request.startLine, 'GET /grpc/x?n=v&q=1 HTTP/1.1')
  assert.deepEqual([valuesOf(request, 'x-user'), valuesOf(request, 'x-secret')], [['b\xc3\xa9e'], []])
  assert.equal(oneValue(answer, 'x-seen'), '1')
  const [call] = grpc.calls
  assert.deepEqual(
    [call?.path, call?.authority],
    ['/envoy.service.auth.v3.Authorization/Check', `127.0.0.1:${grpc.port}`],
  )
  assert.deepEqual(values(call!.body, 1, 4, 2, 4), ['/grpc/x?q=1'])
  assert.deepEqual(values(call!.body, 1, 1, 1, 1, 2), ['127.0.0.1'])
  assert.deepEqual(values(call!.body, 1, 2, 1, 1, 3), [engine.port])
})

test('gRPC: a refusal is told as it is said, and the service hears nothing', async () => {
  grpc.answer = answerWith([
    [1, [[1, 16]]],
    [
      2,
      [
        [1, [[1, 401]]],
        [2, headerOption('www-authenticate', 'Own')],
        [3, 'who?'],
      ],
    ],
  ])
  const answer = await ask('GET /grpc HTTP/1.1')
  assert.equal(statusOf(answer), 401)
  assert.equal(oneValue(answer, 'www-authenticate'), 'Own')
  assert.equal(answer.body.toString(), 'who?')
  assert.equal(service.requests.length, 0)
})

test('gRPC: calls share a connection, and another is made when it is gone', async () => {
  await ask('GET /grpc HTTP/1.1')
  const before = grpc.connections
  await Promise.all([ask('GET /grpc HTTP/1.1'), ask('GET /grpc HTTP/1.1'), ask('GET /grpc HTTP/1.1')])
  assert.equal(grpc.connections, before)
  let cuts = 1
  grpc.answer = () => (cuts-- > 0 ? 'cut-off' : { message: new Uint8Array() })
  assert.equal(statusOf(await ask('GET /again HTTP/1.1')), 200)
  assert.equal(grpc.connections, before + 1)
})

const failures: [sentence: string, answer: () => ReturnType<GrpcServer['answer']>, path: string, status: number][] = [
  ['another gRPC status', () => ({ grpcStatus: 14 }), '/grpc', 403],
  [
    'a good message, and another gRPC status behind it',
    () => ({ message: new Uint8Array(), grpcStatus: 13 }),
    '/grpc',
    403,
  ],
  ['another HTTP status', () => ({ httpStatus: 404 }), '/grpc', 403],
  ['a connection that ends', () => 'cut-off', '/grpc', 403],
  ['an answer that is no message', () => ({ message: Uint8Array.from([0x0a, 9]) }), '/grpc', 403],
  ['no answer in time', () => 'silence', '/late', 503],
  ['no answer in time, fail open', () => 'silence', '/open', 200],
]
for (const [sentence, answer, path, status] of failures) {
  test(`gRPC: ${sentence}: ${status}`, async () => {
    grpc.answer = answer
    assert.equal(statusOf(await ask(`GET ${path} HTTP/1.1`)), status)
    assert.equal(service.requests.length, status === 200 ? 1 : 0)
  })
}

test('gRPC: bodies are told, refused when too large, or told in part; the service gets them whole', async () => {
  assert.equal(statusOf(await ask('POST /grpc HTTP/1.1\r\nContent-Length: 3', 'abc')), 200)
  assert.deepEqual(values(grpc.calls[0]!.body, 1, 4, 2, 11), ['abc'])
  const refused = await ask('POST /grpc HTTP/1.1\r\nContent-Length: 8', 'abcdefgh')
  assert.deepEqual([statusOf(refused), grpc.calls.length], [413, 1])
  service.forget()
  const chunked = 'Transfer-Encoding: chunked'
  const answer = await ask(`POST /part HTTP/1.1\r\n${chunked}`, '3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n')
  assert.equal(statusOf(answer), 200)
  assert.deepEqual(values(grpc.calls[1]!.body, 1, 4, 2, 11), ['abcde'])
  assert.equal((await service.request()).body.toString(), 'abcdefgh')
})

test('gRPC over TLS: by its own authority; a certificate that nobody vouches for is no answer', async () => {
  assert.equal(statusOf(await ask('GET /tls HTTP/1.1')), 200)
  assert.equal(secure.calls.at(-1)?.authority, 'authz.test')
  assert.equal(statusOf(await ask('GET /distrusted HTTP/1.1')), 403)
})

test('HTTP: the copy of a request is asked with, and the reply changes the request', async () => {
  httpAnswer = (_, response) => response.setHeader('X-User', 'bee').end('not for the client')
  const answer = await ask(
    'POST /http/x?q=1 HTTP/1.1\r\nAuthorization: Bearer t\r\nX-User: mallory\r\nContent-Length: 3',
    'abc',
  )
  assert.equal(statusOf(answer), 200)
  const [call] = httpCalls
  assert.deepEqual([call?.method, call?.url, call?.body], ['POST', '/check/http/x?q=1', 'abc'])
  const named = Object.fromEntries(call!.headers.map((name, n) => [name.toLowerCase(), call!.headers[n + 1]]))
  assert.deepEqual([named['host'], named['authorization'], named['x-user']], ['a.test', 'Bearer t', undefined])
  const request = await service.request()
  assert.deepEqual([valuesOf(request, 'x-user'), request.body.toString()], [['bee'], 'abc'])
})

test('HTTP: a refusal is told with its headers and body', async () => {
  httpAnswer = (_, response) => response.writeHead(302, { location: '/login', 'set-cookie': ['a=1', 'b=2'] }).end('go')
  const answer = await ask('GET /http HTTP/1.1')
  assert.deepEqual(
    [statusOf(answer), oneValue(answer, 'location'), valuesOf(answer, 'set-cookie')],
    [302, '/login', ['a=1', 'b=2']],
  )
  assert.equal(answer.body.toString(), 'go')
})

const httpFailures: [sentence: string, answer: typeof httpAnswer, path: string][] = [
  ['5xx', (_, response) => response.writeHead(500).end('stack'), '/http'],
  ['a connection that ends', (request) => request.socket.destroy(), '/http'],
  ['no reply in time', () => {}, '/http-late'],
  ['nobody there', () => {}, '/nobody'],
]
for (const [sentence, answer, path] of httpFailures) {
  test(`HTTP: ${sentence}: 403, with nothing of the reply`, async () => {
    httpAnswer = answer
    const refused = await ask(`GET ${path} HTTP/1.1`)
    assert.equal(statusOf(refused), 403)
    assert.equal(refused.body.length, 0)
    assert.equal(service.requests.length, 0)
  })
}
