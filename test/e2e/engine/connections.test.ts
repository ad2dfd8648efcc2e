import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { declare, type Engine, startEngine } from './engine.ts'
import { oneValue, statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'

let service: RawService
let engine: Engine
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port))
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = (_request, connection) => connection.send(OK)
})

const get = (path: string, lines = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`

test('many requests on one connection of the client reach the service on one connection', async () => {
  const client = await RawClient.connect(engine.port)
  const made = service.connections.length
  for (let n = 0; n < 20; n++) assert.equal((await client.send(get(`/${n}`)).answer()).body.toString(), 'ok')
  assert.ok(service.connections.length - made <= 1, 'connections made')
  assert.equal(service.requests.length, 20)
  await client.end()
})

test('connections to the service outlive those of clients', async () => {
  const made = service.connections.length
  for (let n = 0; n < 5; n++) {
    const client = await RawClient.connect(engine.port)
    await client.send(get('/')).answer()
    await client.end()
  }
  assert.ok(service.connections.length - made <= 1, 'connections made')
})

test('pipelined requests are answered in order, each with its own answer, however slow the first', async () => {
  const waiting: (() => void)[] = []
  service.handle = (request, connection) => {
    const path = request.startLine.split(' ')[1]!
    const send = () => connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
    if (path !== '/0') return send()
    waiting.push(send)
  }
  const client = await RawClient.connect(engine.port)
  client.send(Array.from({ length: 50 }, (_, n) => get(`/${n}`)).join(''))
  await service.request(1)
  assert.equal(service.requests.length, 1, 'the second waits for the first to be answered')
  waiting[0]!()
  for (let n = 0; n < 50; n++) assert.equal((await client.answer()).body.toString(), `/${n}`)
  await client.end()
})

test('pipelined requests with bodies are taken apart where they end', async () => {
  service.handle = (request, connection) =>
    connection.send(
      `HTTP/1.1 200 OK\r\nContent-Length: ${request.body.length}\r\n\r\n${request.body.toString('latin1')}`,
    )
  const client = await RawClient.connect(engine.port)
  client.send(
    'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' +
      'POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n' +
      get('/c') +
      'POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  )
  const bodies = []
  for (let n = 0; n < 4; n++) bodies.push((await client.answer()).body.toString())
  assert.deepEqual(bodies, ['abc', 'def', '', ''])
  await client.end()
})

const persistence: [sentence: string, request: string, closes: boolean][] = [
  ['HTTP/1.1 stays open', get('/'), false],
  ['HTTP/1.1 with close is closed', get('/', 'Connection: close\r\n'), true],
  ['close wins over keep-alive', get('/', 'Connection: close, keep-alive\r\n'), true],
  ['close in a second Connection header counts', get('/', 'Connection: keep-alive\r\nConnection: Close\r\n'), true],
  ['HTTP/1.0 is closed', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', true],
  ['HTTP/1.0 with keep-alive stays open', 'GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n', false],
]
for (const [sentence, request, closes] of persistence) {
  test(sentence, async () => {
    const client = await RawClient.connect(engine.port)
    const answer = await client.send(request).answer()
    assert.equal(statusOf(answer), 200)
    assert.equal(oneValue(answer, 'connection') === 'close', closes)
    if (closes) await client.stream.untilEnded()
    else assert.equal(statusOf(await client.send(request).answer()), 200)
    client.destroy()
  })
}

test('a client that ends its side after the request still gets its answer', async () => {
  let answer = () => {}
  service.handle = (_request, connection) => {
    answer = () => connection.send(OK)
  }
  const client = await RawClient.connect(engine.port)
  client.send(get('/half'))
  client.socket.end()
  await service.request()
  answer()
  assert.equal((await client.answer()).body.toString(), 'ok')
  await client.stream.untilEnded()
})

test('a client that ends its side right behind its body is served like any other', async () => {
  service.handle = (request, connection) => {
    assert.equal(request.body.length, 300_000)
    connection.send(OK)
  }
  const client = await RawClient.connect(engine.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
  client.socket.end()
  assert.equal((await client.answer()).body.toString(), 'ok')
})

test('a client that ends its side within its body gets nothing through', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
  client.socket.end()
  await client.stream.untilEnded()
  assert.equal(service.requests.length, 0)
})

test('empty lines before a request are put up with, but only a few', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send(`\r\n\r\n${get('/')}`).answer()), 200)
  assert.equal(statusOf(await client.send(`\r\n\r\n\r\n${get('/')}`).answer()), 400)
  await client.stream.untilEnded()
})

test('2,000 sockets with chunked bodies under way at once each get their own answer', async () => {
  service.handle = (request, connection) =>
    connection.send(
      `HTTP/1.1 200 OK\r\nContent-Length: ${request.body.length}\r\n\r\n${request.body.toString('latin1')}`,
    )
  const clients = await Promise.all(Array.from({ length: 2000 }, () => RawClient.connect(engine.port)))
  // all are in the middle of a chunk before any goes on: every one of them has a parser of its own
  for (const [n, client] of clients.entries())
    client.send(`POST /${n} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n${String(n).padEnd(8, '.')}`)
  await service.until(
    '2,000 connections',
    () => service.connections.filter(({ socket }) => !socket.destroyed).length >= 2000 || undefined,
  )
  for (const [n, client] of clients.entries()) client.send(`${String(n).padStart(8, '.')}\r\n0\r\n\r\n`)
  for (const [n, client] of clients.entries()) {
    const answer = await client.answer()
    assert.equal(answer.body.toString(), String(n).padEnd(8, '.') + String(n).padStart(8, '.'))
    client.destroy()
  }
})
