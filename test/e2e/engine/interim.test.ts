import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { echo } from './echo.ts'
import { declare, type Engine, KEY, startEngine } from './engine.ts'
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
  service.handle = echo
})

const upload = (path: string, lines: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n${lines}\r\n`

test('who waits with the body for an invitation gets it once authenticated', async () => {
  const client = await RawClient.connect(engine.port)
  client.send(upload('/guarded', `apikey: ${KEY}\r\nExpect: 100-continue\r\n`))
  assert.equal(statusOf(await client.next()), 100)
  client.send('abc')
  assert.equal((await client.next()).body.toString(), 'abc')
  assert.equal(oneValue(await service.request(), 'expect'), undefined)
  client.destroy()
})

test('who is refused is never invited, and the connection ends since a body may follow', async () => {
  const client = await RawClient.connect(engine.port)
  const refused = await client.send(upload('/guarded', 'Expect: 100-continue\r\n')).next()
  assert.equal(statusOf(refused), 401)
  assert.equal(oneValue(refused, 'connection'), 'close')
  client.send('abcGET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.stream.untilEnded()
  assert.equal(client.stream.text, '')
  assert.equal(service.received, '')
  client.destroy()
})

test('a body that is already there needs no invitation', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send(`${upload('/', 'Expect: 100-Continue\r\n')}abc`).next()), 200)
  client.destroy()
})

test('HTTP/1.0 is not invited', async () => {
  const client = await RawClient.connect(engine.port)
  client.send('POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n')
  await service.until('head', () => service.received.includes('\r\n\r\n') || undefined)
  client.send('abc')
  assert.equal(statusOf(await client.next()), 200)
  client.destroy()
})

test('any other expectation is refused', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send(upload('/', 'Expect: a-miracle\r\n')).next()), 417)
  assert.equal(service.received, '')
  client.destroy()
})

test('early hints pass, a stray 100 does not, the final answer follows', async () => {
  service.handle = (_request, connection) => {
    connection.send(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nX-Kong-Request-Id: forged\r\n\r\n',
    )
    connection.send(`HTTP/1.1 102 Processing\r\n\r\n${OK}`)
  }
  const client = await RawClient.connect(engine.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const hints = await client.next()
  assert.equal(hints.startLine, 'HTTP/1.1 103 Early Hints')
  assert.deepEqual(hints.headers, [['Link', '</a.css>']])
  assert.equal(statusOf(await client.next()), 102)
  assert.equal(statusOf(await client.next()), 200)
  const old = await RawClient.connect(engine.port)
  assert.equal(statusOf(await old.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n').next()), 200, 'HTTP/1.0 hears of none')
  client.destroy()
  old.destroy()
})

test('interim answers without end become a 502', async () => {
  service.handle = (_request, connection) => connection.send('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 502)
  client.destroy()
})
