import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { declare, type Engine, KEY, startEngine } from './engine.ts'
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
  assert.deepEqual(engine.errors, [])
})

/** The service's side of the last switch, once it switched. */
let switched: Promise<ServiceConnection>
beforeEach(() => {
  service.forget()
  switched = new Promise((resolve) => {
    service.handle = async (request, connection) => {
      if (oneValue(request, 'upgrade') === undefined) return connection.send(OK)
      connection.send(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${oneValue(request, 'upgrade')}\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`,
      )
      resolve(connection)
      await connection.stream.untilEnded()
      // the test reads what is left by itself
      connection.stream.bytes = Buffer.concat([connection.stream.bytes])
    }
  })
})

const ask = (path: string, lines = '', protocol = 'websocket') =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${lines}\r\n`

/** A masked text frame, as clients send them (RFC 6455 §5.2). */
function maskedFrame(text: string): Buffer {
  const mask = Buffer.from([1, 2, 3, 4])
  const payload = Buffer.from(text).map((byte, i) => byte ^ mask[i % 4]!)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload])
}

test('a WebSocket carries frames both ways until one side ends it', async () => {
  const client = await RawClient.connect(engine.port)
  const answer = await client.send(ask('/guarded', `apikey: ${KEY}\r\n`)).answer('no-body')
  assert.equal(answer.startLine, 'HTTP/1.1 101 Switching Protocols')
  assert.equal(oneValue(answer, 'upgrade'), 'websocket')
  assert.equal(oneValue(answer, 'connection')?.toLowerCase(), 'upgrade')
  assert.equal(oneValue(answer, 'sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  const connection = await switched
  const request = await service.request()
  assert.equal(oneValue(request, 'connection'), 'upgrade')
  assert.equal(oneValue(request, 'sec-websocket-key'), 'dGhlIHNhbXBsZSBub25jZQ==')
  assert.equal(oneValue(request, 'x-consumer-username'), 'alice')
  const frame = maskedFrame('hello')
  client.send(frame)
  await connection.stream.until('frame', () => connection.stream.bytes.length >= frame.length || undefined)
  assert.deepEqual(connection.stream.bytes, frame)
  connection.send(Buffer.from([0x81, 2, 0x68, 0x69]))
  await client.stream.until('frame back', () => client.stream.bytes.length >= 4 || undefined)
  assert.deepEqual([...client.stream.bytes], [0x81, 2, 0x68, 0x69])
  connection.socket.end()
  await client.stream.untilEnded()
  client.socket.end()
})

test('bytes that either side sends right behind its head are part of the conversation', async () => {
  service.handle = async (_request, connection) => {
    connection.send(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfrom the service',
    )
    await connection.stream.untilEnded()
  }
  const client = await RawClient.connect(engine.port)
  client.send(`${ask('/')}from the client`)
  await client.answer('no-body')
  await client.stream.until('its words', () => client.stream.text === 'from the service' || undefined)
  await service.until('the client’s words', () => service.received.endsWith('\r\n\r\nfrom the client') || undefined)
  client.destroy()
})

test('an end by the client reaches the service, a cut too', async () => {
  for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
    service.forget()
    const client = await RawClient.connect(engine.port)
    await client.send(ask('/')).answer('no-body')
    const connection = service.connections.findLast(({ recorded }) => recorded.length > 0)!
    client.socket[leave]()
    await connection.stream.untilEnded()
    client.destroy()
  }
})

test('a megabyte each way arrives whole', async () => {
  const client = await RawClient.connect(engine.port)
  await client.send(ask('/')).answer('no-body')
  const connection = await switched
  const block = Buffer.alloc(1 << 20, 'abcdefghij')
  client.send(block)
  connection.send(block)
  await client.stream.until('all of it', () => client.stream.bytes.length === block.length || undefined)
  await connection.stream.until('all of it', () => connection.stream.bytes.length === block.length || undefined)
  assert.ok(client.stream.bytes.equals(block) && connection.stream.bytes.equals(block))
  client.destroy()
})

test('who is not authenticated is not connected', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send(`${ask('/guarded')}frames`).answer()), 401)
  assert.equal(service.received, '')
  client.destroy()
})

test('a service that declines answers as ever', async () => {
  service.handle = (_request, connection) => connection.send('HTTP/1.1 426 No\r\nContent-Length: 2\r\n\r\nno')
  const client = await RawClient.connect(engine.port)
  assert.equal((await client.send(ask('/')).answer()).body.toString(), 'no')
  client.destroy()
})

test('other protocols are not asked for', async () => {
  const client = await RawClient.connect(engine.port)
  for (const protocol of ['h2c', 'TLS/1.0', 'tunnel', 'websocket, h2c']) {
    service.forget()
    assert.equal(
      statusOf(await client.send(ask('/', 'HTTP2-Settings: AAMAAABk\r\n', protocol)).answer()),
      200,
      protocol,
    )
    const request = await service.request()
    assert.equal(oneValue(request, 'upgrade'), undefined)
    assert.equal(oneValue(request, 'http2-settings'), undefined)
  }
  client.destroy()
})

test('a protocol that is switched on is asked for', async () => {
  const own = await startEngine(declare(service.port), { upgrades: ['tunnel'] })
  const client = await RawClient.connect(own.port)
  const answer = await client.send(ask('/', '', 'tunnel')).answer('no-body')
  assert.equal(statusOf(answer), 101)
  client.destroy()
  await own.stop()
})

const notSwitched: [sentence: string, request: string][] = [
  ['a POST', ask('/').replace('GET', 'POST')],
  ['a request with a body', `${ask('/', 'Content-Length: 3\r\n')}abc`],
  ['HTTP/1.0', ask('/').replace('HTTP/1.1', 'HTTP/1.0')],
  ['Upgrade that Connection does not name', ask('/').replace('keep-alive, Upgrade', 'keep-alive')],
]
for (const [sentence, request] of notSwitched) {
  test(`not switched: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    assert.equal(statusOf(await client.send(request).answer()), 200)
    assert.equal(oneValue(await service.request(), 'upgrade'), undefined)
    client.destroy()
  })
}

test('a switch that nobody asked for is a bad answer', async () => {
  service.handle = (_request, connection) =>
    connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 502)
  client.destroy()
})

test('a tunnel ends with the gateway', async () => {
  const own = await startEngine(declare(service.port))
  const client = await RawClient.connect(own.port)
  await client.send(ask('/')).answer('no-body')
  await own.stop(0)
  await client.stream.untilEnded()
  client.destroy()
})
