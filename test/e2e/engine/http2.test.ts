import assert from 'node:assert/strict'
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { after, before, beforeEach, test } from 'node:test'
import { echo } from './echo.ts'
import { declare, type Engine, KEY, startEngine } from './engine.ts'
import { FrameClient, isOk } from './http2-frames.ts'
import { oneValue, statusOf, valuesOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { RawService } from './raw-service.ts'

let service: RawService
let engine: Engine
let session: ClientHttp2Session
const loopback = { host: '127.0.0.1', port: 0 }
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port), { http2PriorKnowledge: true, proxyHttps: loopback })
  session = connect(`https://127.0.0.1:${engine.httpsPort}`, { rejectUnauthorized: false })
})
after(async () => {
  session.destroy()
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = echo
})

interface Answer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  readonly trailers: IncomingHttpHeaders
  readonly interims: (IncomingHttpHeaders & IncomingHttpStatusHeader)[]
  readonly body: string
}

function ask(
  over: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body: string | null = null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = over.request({ ':path': '/', ...headers }, { endStream: body === null })
    let answered: Answer['headers'] = {}
    let trailers: IncomingHttpHeaders = {}
    const interims: Answer['interims'] = []
    let text = ''
    stream.on('response', (received) => {
      answered = received
    })
    stream.on('headers', (received) => interims.push(received))
    stream.on('trailers', (received) => {
      trailers = received
    })
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    stream.on('error', reject)
    stream.on('close', () => resolve({ headers: answered, trailers, interims, body: text }))
    if (body !== null) stream.end(Buffer.from(body, 'latin1'))
  })
}

test('a request by HTTP/2 over TLS reaches the service as HTTP/1.1', async () => {
  const answer = await ask(session, { ':path': '/guarded?q', apikey: KEY, cookie: ['a=b', 'c=d'] })
  assert.equal(answer.headers[':status'], 200)
  assert.match(String(answer.headers['x-kong-request-id']), /^[0-9a-f]{32}$/)
  assert.equal(answer.headers['connection'], undefined)
  const request = await service.request()
  assert.equal(request.startLine, 'GET /guarded?q HTTP/1.1')
  assert.equal(oneValue(request, 'cookie'), 'a=b; c=d')
  assert.equal(oneValue(request, 'x-forwarded-proto'), 'https')
  assert.equal(oneValue(request, 'x-consumer-username'), 'alice')
})

test('a refusal comes by HTTP/2 too, and the body is not wanted', async () => {
  const answer = await ask(session, { ':path': '/guarded', ':method': 'POST' }, 'x'.repeat(100_000))
  assert.equal(answer.headers[':status'], 401)
  assert.equal(service.received, '')
})

test('bodies go both ways, counted or not', async () => {
  const counted = await ask(session, { ':method': 'POST', 'content-length': '200000' }, 'x'.repeat(200_000))
  assert.equal(counted.body.length, 200_000)
  assert.equal(oneValue(await service.request(), 'content-length'), '200000')
  const uncounted = await ask(session, { ':method': 'POST' }, 'y'.repeat(300_000))
  assert.equal(uncounted.body.length, 300_000)
})

test('trailers and early hints pass', async () => {
  service.handle = (_request, connection) =>
    connection.send(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Content-Type-Options: a\r\nX-Content-Type-Options: b\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Consumer-Username: root\r\nEtag: a\r\nEtag: b\r\n\r\n',
    )
  const answer = await ask(session, {})
  assert.equal(answer.interims[0]?.[':status'], 103)
  assert.equal(answer.body, 'ok')
  assert.equal(answer.trailers['x-sum'], '1')
  assert.equal(answer.trailers['x-consumer-username'], undefined)
})

test('headers that a library takes once may come twice from a service', async () => {
  service.handle = (_request, connection) =>
    connection.send(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\nAge: 1\r\nAge: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nok',
    )
  const answer = await ask(session, {})
  assert.equal(answer.headers[':status'], 200)
  assert.deepEqual(answer.headers['set-cookie'], ['a', 'b'])
})

test('HEAD, 204 and 304 have no body', async () => {
  for (const [method, bytes] of [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'],
  ] as const) {
    service.handle = (_request, connection) => connection.send(bytes)
    const answer = await ask(session, { ':method': method })
    assert.equal(answer.headers[':status'], Number(bytes.slice(9, 12)))
    assert.equal(answer.body, '')
  }
})

test('an answer of no bytes ends with its headers: a status of gRPC counts only then', async () => {
  service.handle = (_request, connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  const stream = session.request({ ':path': '/' })
  const flags = await new Promise<number>((resolve) => stream.once('response', (_headers, flags) => resolve(flags)))
  stream.close()
  assert.ok(flags & constants.NGHTTP2_FLAG_END_STREAM)
})

test('500 streams at once each get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, n) => ask(session, { ':method': 'POST', ':path': `/${n}` }, `body ${n}`)),
  )
  for (const [n, answer] of answers.entries()) assert.equal(answer.body, `body ${n}`)
})

test('an answer that breaks off is reset, not ended', async () => {
  service.handle = (_request, connection) => {
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    connection.socket.end()
  }
  await assert.rejects(ask(session, {}))
})

test('an answer of unknown length that breaks off is reset too', async () => {
  service.handle = (_request, connection) => {
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
    connection.socket.end()
  }
  await assert.rejects(ask(session, {}))
})

test('a stream that the client resets ends the service’s work; a late answer hurts nobody', async () => {
  let late = () => {}
  service.handle = (_request, connection) => {
    late = () => connection.send('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  }
  const stream = session.request({ ':path': '/slow' })
  stream.on('error', () => {})
  await service.request()
  const connection = service.connections.findLast(({ recorded }) => recorded.length > 0)!
  stream.close(8)
  late()
  await connection.stream.untilEnded()
  service.handle = echo
  assert.equal((await ask(session, {})).headers[':status'], 200)
})

test('a body that does not come is a 408, an answer that is not taken is reset', async () => {
  const short = await startEngine(declare(service.port), { http2PriorKnowledge: true, timeouts: { body: 100 } })
  const over = connect(`http://127.0.0.1:${short.port}`)
  const stream = over.request({ ':path': '/', ':method': 'POST' })
  stream.on('error', () => {})
  const status = await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
  assert.equal(status, 408)
  service.handle = (_request, connection) =>
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n${'x'.repeat(4_000_000)}`)
  const unread = over.request({ ':path': '/' })
  unread.on('error', () => {})
  await new Promise((resolve) => unread.on('close', resolve))
  over.destroy()
  await short.stop()
})

// --- by hand, with prior knowledge -----------------------------------------------------------------------------------

const GET: [string, string][] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/m'],
  [':authority', 'a'],
]
const without = (name: string) => GET.filter(([other]) => other !== name)
const withPath = (path: string): [string, string][] => [...without(':path'), [':path', path]]

const smuggled: [sentence: string, fields: [string, string][], body?: string][] = [
  ['a name in capitals', [...GET, ['X', 'z']]],
  [
    'transfer-encoding',
    [...GET, ['transfer-encoding', 'chunked']],
    '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['connection', [...GET, ['connection', 'close']]],
  ['keep-alive', [...GET, ['keep-alive', 'x']]],
  ['proxy-connection', [...GET, ['proxy-connection', 'x']]],
  ['upgrade', [...GET, ['upgrade', 'websocket']]],
  ['te other than trailers', [...GET, ['te', 'gzip']]],
  ['two hosts', [...GET, ['host', 'b']]],
  ['two host headers', [...without(':authority'), ['host', 'a'], ['host', 'a']]],
  ['two authorities', [...GET, [':authority', 'b']]],
  ['no host at all', without(':authority')],
  ['a host with a path', [...without(':authority'), [':authority', 'a/b']]],
  ['a host with a user', [...without(':authority'), [':authority', 'u@a']]],
  ['two paths', [...GET, [':path', '/n']]],
  ['no path', without(':path')],
  ['an empty path', withPath('')],
  ['a path with blanks', withPath('/m HTTP/1.1\r\nHost: b\r\n\r\nGET /smuggled')],
  ['a path with a blank', withPath('/m m')],
  ['a path with a fragment', withPath('/m#x')],
  ['a path without a slash', withPath('m')],
  ['a path that is a target', withPath('http://b/m')],
  ['a method with a blank', [...without(':method'), [':method', 'GET /smuggled HTTP/1.1\r\nX:']]],
  ['a method nobody knows', [...without(':method'), [':method', 'SMUGGLE']]],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'a:80'],
    ],
  ],
  ['a pseudo header nobody knows', [[':x', 'y'], ...GET]],
  ['a pseudo header behind an ordinary one', [...without(':path'), ['x', 'y'], [':path', '/m']]],
  ['two lengths', [...GET, ['content-length', '3'], ['content-length', '4']], 'abc'],
  ['a length that is none', [...GET, ['content-length', 'x']], 'abc'],
  ['a length without a body', [...GET, ['content-length', '3']]],
]
for (const [sentence, fields, body] of smuggled) {
  test(`refused by HTTP/2: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    const frames = new FrameClient(client)
    frames.headers(1, fields, body === undefined)
    if (body !== undefined) frames.data(1, body, true)
    assert.ok(!isOk(await frames.outcome()))
    assert.equal(service.requests.length, 0)
    assert.ok(!service.received.includes('/m'), service.received)
    client.destroy()
  })
}

/** Fields that are none (RFC 9113 §8.2.1): nghttp2 leaves them out before we see them. */
const leftOut: [sentence: string, fields: [string, string][]][] = [
  ['CR LF in a value', [...GET, ['x', 'y\r\nGET /smuggled HTTP/1.1\r\nHost: a']]],
  ['LF in a value', [...GET, ['x', 'y\nhost: b']]],
  ['NUL in a value', [...GET, ['x', 'y\0']]],
  ['CR LF in a name', [...GET, ['x\r\ny', 'z']]],
  ['a colon in a name', [...GET, ['x:y', 'z']]],
  ['a blank in a name', [...GET, ['x y', 'z']]],
]
for (const [sentence, fields] of leftOut) {
  test(`left out by HTTP/2: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    new FrameClient(client).headers(1, fields, true)
    const request = await service.request()
    assert.equal(request.startLine, 'GET /m HTTP/1.1')
    assert.ok(!request.headers.some(([name]) => /^x(\W.*)?$/.test(name)), request.raw)
    assert.ok(!/smuggled|host: b/.test(service.received))
    client.destroy()
  })
}

const mismatched: [sentence: string, length: string, body: string][] = [
  ['more than counted', '3', 'abcdef'],
  ['less than counted', '9', 'abc'],
]
for (const [sentence, length, body] of mismatched) {
  test(`never complete at the service: a body of ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    const frames = new FrameClient(client)
    frames.headers(1, [...GET, ['content-length', length]], false)
    frames.data(1, body, true)
    assert.ok(!isOk(await frames.outcome()))
    assert.equal(service.requests.length, 0)
    client.destroy()
  })
}

test('accepted by HTTP/2: what is in order', async () => {
  const client = await RawClient.connect(engine.port)
  const frames = new FrameClient(client)
  frames.headers(
    1,
    [...GET, ['te', 'trailers'], ['host', 'a'], ['x-consumer-id', 'forged'], ['x_consumer_username', 'root']],
    true,
  )
  assert.ok(isOk(await frames.outcome()))
  const request = await service.request()
  assert.deepEqual(valuesOf(request, 'x-consumer-id'), [])
  assert.deepEqual(valuesOf(request, 'x_consumer_username'), [])
  client.destroy()
})

test('identity does not come as a trailer by HTTP/2 either', async () => {
  const client = await RawClient.connect(engine.port)
  const frames = new FrameClient(client)
  frames.headers(1, [[':method', 'POST'], ...without(':method')], false)
  frames.data(1, 'abc', false)
  frames.headers(
    1,
    [
      ['x-consumer-id', 'forged'],
      ['x_consumer_username', 'root'],
      ['x-sum', '1'],
    ],
    true,
  )
  assert.ok(isOk(await frames.outcome()))
  assert.ok(!/forged|root/.test((await service.request()).raw))
  client.destroy()
})

test('prior knowledge is off by default: the preface is no request', async () => {
  const plain = await startEngine(declare(service.port))
  const client = await RawClient.connect(plain.port)
  client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  assert.equal(statusOf(await client.answer()), 400)
  client.destroy()
  await plain.stop()
})

test('where it is on, HTTP/1.1 is still spoken', async () => {
  const client = await RawClient.connect(engine.port)
  for (const byte of 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n') client.send(byte)
  assert.equal(statusOf(await client.answer()), 200)
  client.destroy()
})
