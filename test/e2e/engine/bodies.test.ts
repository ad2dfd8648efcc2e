import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { echo } from './echo.ts'
import { declare, type Engine, startEngine } from './engine.ts'
import { oneValue, statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService, type ServiceConnection } from './raw-service.ts'

let service: RawService
let engine: Engine
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port))
})
after(async () => {
  await engine.stop()
  await service.stop()
  const broken = engine.accessLog().filter(({ path }) => path === '/broken')
  assert.deepEqual(
    broken.map(({ status, reason }) => [status, reason]),
    [[400, 'malformed']],
    'a body that breaks off is recorded once',
  )
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = echo
})

const uploads: [sentence: string, head: string, body: string, framing: [string, string] | null, seen: string][] = [
  ['a counted body stays counted', 'Content-Length: 3', 'abc', ['Content-Length', '3'], 'abc'],
  [
    'a chunked body that came whole is counted',
    'Transfer-Encoding: chunked',
    '3\r\nabc\r\n0\r\n\r\n',
    ['Content-Length', '3'],
    'abc',
  ],
  [
    'the name of the coding may be in any case',
    'transfer-encoding: CHUNKED',
    '3\r\nabc\r\n0\r\n\r\n',
    ['Content-Length', '3'],
    'abc',
  ],
  [
    'sizes may be written long and in capitals',
    'Transfer-Encoding: chunked',
    '0000A\r\n0123456789\r\n00\r\n\r\n',
    ['Content-Length', '10'],
    '0123456789',
  ],
  [
    'chunk extensions go no further',
    'Transfer-Encoding: chunked',
    '3;a=1;b="x y"\r\nabc\r\n0;c\r\n\r\n',
    ['Content-Length', '3'],
    'abc',
  ],
  ['an empty chunked body is one of length 0', 'Transfer-Encoding: chunked', '0\r\n\r\n', ['Content-Length', '0'], ''],
  ['a POST without body says so', 'X-A: 1', '', ['Content-Length', '0'], ''],
  ['bytes above 0x7f pass as they are', 'Content-Length: 4', '\x00\xff\r\n', ['Content-Length', '4'], '\x00\xff\r\n'],
]
for (const [sentence, head, body, framing, seen] of uploads) {
  test(`up: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    const answer = await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`).answer()
    assert.equal(answer.body.toString('latin1'), seen)
    const request = await service.request()
    assert.deepEqual(
      request.headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name)),
      framing === null ? [] : [framing],
    )
    client.destroy()
  })
}

test('up: a chunked body that comes slowly is passed on as it comes, chunked anew', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n')
  await service.until('first chunk', () => service.received.includes('abc') || undefined)
  client.send('2\r\nde\r\n0\r\n\r\n')
  assert.equal((await client.answer()).body.toString(), 'abcde')
  const request = await service.request()
  assert.equal(oneValue(request, 'transfer-encoding'), 'chunked')
  assert.ok(!request.raw.includes('x=y'))
  client.destroy()
})

test('up: ten thousand chunks of one byte arrive as few', async () => {
  const client = await RawClient.connect(engine.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
  await service.until('connection in use', () => service.received.includes('POST') || undefined)
  client.send(`${'1\r\nx\r\n'.repeat(10_000)}0\r\n\r\n`)
  const answer = await client.answer()
  assert.equal(answer.body.toString(), 'x'.repeat(10_000))
  const chunks = (await service.request()).raw.match(/[0-9a-f]+\r\nx/g)!.length
  assert.ok(chunks < 100, `${chunks} chunks`)
  client.destroy()
})

test('up: a body in single bytes arrives whole', async () => {
  const client = await RawClient.connect(engine.port)
  const message = 'POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n'
  for (const byte of message) {
    client.send(byte)
    await new Promise(setImmediate)
  }
  assert.equal((await client.answer()).body.toString(), 'hello')
  client.destroy()
})

const trailing: [sentence: string, trailers: string, seen: string[][]][] = [
  ['an ordinary trailer passes', 'X-Sum: 1\r\n', [['X-Sum', '1']]],
  ['routing and credentials neither', 'Host: b\r\nAuthorization: x\r\nCookie: a=b\r\nX-Sum: 1\r\n', [['X-Sum', '1']]],
  [
    'nor identity, in any spelling',
    'X-Consumer-Username: bob\r\nX_Consumer_ID: 1\r\nx-consumer.custom-id: 2\r\nX-Sum: 1\r\n',
    [['X-Sum', '1']],
  ],
  [
    'nor what proxies tell each other',
    'X-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\nVia: 1.1 x\r\nX-Real-IP: 1\r\nX-Sum: 1\r\n',
    [['X-Sum', '1']],
  ],
]
for (const [sentence, trailers, seen] of trailing) {
  test(`trailers up: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${trailers}\r\n`,
    )
    await client.answer()
    assert.deepEqual((await service.request()).trailers, seen)
    client.destroy()
  })
  test(`trailers down: ${sentence}`, async () => {
    service.handle = (_request, connection) =>
      connection.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${trailers}\r\n`)
    const client = await RawClient.connect(engine.port)
    const answer = await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
    assert.deepEqual(answer.trailers, seen)
    client.destroy()
  })
}

test('a trailer that says Connection ends the connection', async () => {
  const client = await RawClient.connect(engine.port)
  client.send(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  assert.equal(statusOf(await client.answer()), 200)
  await client.stream.untilEnded()
  assert.equal(service.requests.length, 1)
  client.destroy()
})

test('trailers that would frame are refused on both sides', async () => {
  for (const trailer of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
    const body = `Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${trailer}\r\n\r\n`
    const client = await RawClient.connect(engine.port)
    assert.equal(statusOf(await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${body}`).answer()), 400)
    assert.equal(service.received, '')
    service.handle = (_request, connection) => connection.send(`HTTP/1.1 200 OK\r\n${body}`)
    const other = await RawClient.connect(engine.port)
    await assert.rejects(other.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer(), /ended/)
    service.forget()
    client.destroy()
    other.destroy()
  }
})

const answers: [
  sentence: string,
  method: string,
  answer: string,
  headers: Record<string, string | undefined>,
  body: string,
][] = [
  [
    'a counted answer stays counted',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    { 'content-length': '2', 'transfer-encoding': undefined },
    'ok',
  ],
  [
    'a chunked answer stays chunked',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    { 'transfer-encoding': 'chunked' },
    'ok',
  ],
  [
    'HEAD has the length and no body',
    'HEAD',
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n',
    { 'content-length': '99' },
    '',
  ],
  ['HEAD of a chunked answer has no body', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', {}, ''],
  [
    '204 has neither body nor length',
    'GET',
    'HTTP/1.1 204 No Content\r\n\r\n',
    { 'content-length': undefined, 'transfer-encoding': undefined },
    '',
  ],
  [
    '304 keeps its length and has no body',
    'GET',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n',
    { 'content-length': '99', etag: '"x"' },
    '',
  ],
  ['an empty answer is counted', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { 'content-length': '0' }, ''],
  ['an unusual reason passes', 'GET', 'HTTP/1.1 299 Very \xfcnusual\r\nContent-Length: 0\r\n\r\n', {}, ''],
]
for (const [sentence, method, bytes, headers, body] of answers) {
  test(`down: ${sentence}, and the connection goes on`, async () => {
    service.handle = (_request, connection) => connection.send(bytes)
    const client = await RawClient.connect(engine.port)
    const rule = method === 'HEAD' ? 'no-body' : 'response'
    const answer = await client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`).answer(rule)
    assert.equal(answer.startLine, bytes.slice(0, bytes.indexOf('\r\n')))
    for (const [name, value] of Object.entries(headers)) assert.equal(oneValue(answer, name), value, name)
    assert.equal(answer.body.toString(), body)
    service.handle = echo
    assert.equal(statusOf(await client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 200)
    client.destroy()
  })
}

test('down: an answer that lasts until the service closes is chunked for HTTP/1.1 and goes on', async () => {
  service.handle = (_request, connection) => {
    connection.send('HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end')
    connection.socket.end()
  }
  const client = await RawClient.connect(engine.port)
  const answer = await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert.equal(oneValue(answer, 'transfer-encoding'), 'chunked')
  assert.equal(answer.body.toString(), 'until the end')
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 200)
  client.destroy()
})

test('down: for HTTP/1.0 a chunked answer ends with the connection and trailers are dropped', async () => {
  service.handle = (_request, connection) =>
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n')
  const client = await RawClient.connect(engine.port)
  const answer = await client.send('GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n').answer()
  assert.equal(oneValue(answer, 'transfer-encoding'), undefined)
  assert.equal(oneValue(answer, 'connection'), 'close')
  assert.equal(answer.body.toString(), 'ok')
})

test('down: pieces reach the client as the service sends them', async () => {
  let go = () => {}
  service.handle = (_request, connection) => {
    connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
    go = () => connection.send('6\r\nsecond\r\n0\r\n\r\n')
  }
  const client = await RawClient.connect(engine.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.stream.until('first piece', () => client.stream.text.includes('first') || undefined)
  go()
  assert.equal((await client.answer()).body.toString(), 'firstsecond')
  client.destroy()
})

test('an answer that comes while the body is still on its way reaches the client, and the connection ends', async () => {
  service.accept = (connection) => {
    void connection.stream
      .until('head', () => connection.stream.text.includes('\r\n\r\n') || undefined)
      .then(() => connection.send('HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nstop'))
    return true
  }
  try {
    const fresh = await startEngine(declare(service.port))
    const client = await RawClient.connect(fresh.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`)
    const answer = await client.answer()
    assert.equal(answer.startLine, 'HTTP/1.1 413 Too Much')
    assert.equal(oneValue(answer, 'connection'), 'close')
    assert.equal(answer.body.toString(), 'stop')
    await client.stream.untilEnded()
    await service.connections.at(-1)!.stream.untilEnded()
    await fresh.stop()
    client.destroy()
  } finally {
    service.accept = null
  }
})

test('an answer may stream while the body is still on its way', async () => {
  service.accept = (connection) => {
    // an echo as it comes: every byte behind the head goes back at once
    let headSeen = false
    connection.socket.on('data', (chunk: Buffer) => {
      let piece = chunk
      if (!headSeen) {
        headSeen = true
        connection.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n')
        piece = chunk.subarray(chunk.indexOf('\r\n\r\n') + 4)
      }
      if (piece.length > 0) connection.send(piece)
    })
    return true
  }
  try {
    const fresh = await startEngine(declare(service.port))
    const client = await RawClient.connect(fresh.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    await client.stream.until('first half', () => client.stream.text.includes('\r\n\r\nabc') || undefined)
    client.send('def')
    assert.equal((await client.answer()).body.toString(), 'abcdef')
    client.destroy()
    await fresh.stop()
  } finally {
    service.accept = null
  }
})

test('a client that goes away in the middle of its body takes the request with it', async () => {
  for (const leave of ['destroy', 'reset'] as const) {
    service.forget()
    const client = await RawClient.connect(engine.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
    await service.until('part of the body', () => service.received.endsWith('abc') || undefined)
    const connection = service.connections.findLast(({ recorded }) => recorded.length > 0)!
    client[leave]()
    await connection.stream.untilEnded()
    assert.equal(service.requests.length, 0)
  }
})

test('a client that goes away in the middle of its answer ends the service’s work', async () => {
  for (const leave of ['destroy', 'reset'] as const) {
    const used: ServiceConnection[] = []
    service.handle = (_request, connection) => {
      used.push(connection)
      connection.send('HTTP/1.1 200 OK\r\n\r\nabc')
    }
    const client = await RawClient.connect(engine.port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.stream.until('first bytes', () => client.stream.text.includes('abc') || undefined)
    client[leave]()
    // a mere end of the client's side says only that it has no more to ask; writing shows that nobody reads
    while (!used[0]!.stream.ended) {
      used[0]!.send('x')
      await new Promise(setImmediate)
    }
  }
})

test('a chunked body that breaks off in its framing is refused and never complete at the service', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST /broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
  await service.until('first chunk', () => service.received.includes('abc') || undefined)
  client.send('zz\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n')
  const answer = await client.answer()
  assert.equal(statusOf(answer), 400)
  await client.stream.untilEnded()
  assert.equal(service.requests.length, 0)
  assert.ok(!service.received.includes('smuggled'))
})

test('chunk extensions without end are refused', async () => {
  const client = await RawClient.connect(engine.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;${'x'.repeat(40_000)}`)
  assert.equal(statusOf(await client.answer()), 400)
  client.destroy()
})

test('trailers without end are refused', async () => {
  const client = await RawClient.connect(engine.port)
  client.send(
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n${'X-T: 1\r\n'.repeat(5000)}`,
  )
  assert.equal(statusOf(await client.answer()), 400)
  client.destroy()
})

test('a refused request whose body has arrived leaves the connection usable; one on its way does not', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const refused = await client.answer()
  assert.equal(statusOf(refused), 401)
  assert.equal(oneValue(refused, 'connection'), undefined)
  assert.equal(statusOf(await client.answer()), 200)
  client.send('POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc')
  const second = await client.answer()
  assert.equal(statusOf(second), 401)
  assert.equal(oneValue(second, 'connection'), 'close')
  await client.stream.untilEnded()
  assert.equal(service.requests.length, 1)
  client.destroy()
})

test('OK again after all that', async () => {
  service.handle = (_request, connection) => connection.send(OK)
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 200)
  client.destroy()
})
