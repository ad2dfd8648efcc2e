import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, startEngine } from './engine.ts'
import { oneValue, statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'

// Limits are set short and ends are waited for as events; nothing here measures how long they took.

async function running(service: object = {}, settings: Parameters<typeof startEngine>[1] = {}) {
  const raw = await RawService.start()
  const engine = await startEngine(declare(raw.port, service), settings)
  const client = await RawClient.connect(engine.port)
  return {
    raw,
    engine,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await engine.stop()
      await raw.stop()
    },
  }
}

test('a service that does not answer in time is a 504', async () => {
  await using at = await running({ read_timeout: 100 })
  at.raw.handle = () => {}
  assert.equal(statusOf(await at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 504)
  await at.raw.connections[0]!.stream.untilEnded()
})

test('a service that stops within its answer is cut off', async () => {
  await using at = await running({ read_timeout: 100 })
  at.raw.handle = (_request, connection) => connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
  await assert.rejects(at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer(), /ended/)
})

test('a service that can’t be reached in time is a 504', async () => {
  // documentation addresses (RFC 5737) answer nobody; where they are refused at once, that is a 502
  const engine = await startEngine(declare(9, { host: '192.0.2.1', connect_timeout: 100, retries: 1 }))
  const client = await RawClient.connect(engine.port)
  const status = statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer())
  assert.ok(status === 504 || status === 502, String(status))
  client.destroy()
  await engine.stop()
})

test('a service that does not read in time is a 504', async () => {
  await using at = await running({ write_timeout: 100, read_timeout: 60_000 })
  at.raw.accept = (connection) => {
    connection.socket.pause()
    return true
  }
  const block = Buffer.alloc(1 << 20)
  at.client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * block.length}\r\n\r\n`)
  for (let n = 0; n < 64; n++) at.client.send(block)
  assert.equal(statusOf(await at.client.answer()), 504)
})

test('a slow client’s body is not the service’s fault', async () => {
  await using at = await running({ read_timeout: 100 })
  at.client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  await at.raw.until('first half', () => at.raw.received.endsWith('abc') || undefined)
  // longer than the service's limit: another request runs into it meanwhile
  at.raw.handle = (request, connection) => {
    if (request.startLine.startsWith('POST')) connection.send(OK)
  }
  const other = await RawClient.connect(at.engine.port)
  assert.equal(statusOf(await other.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 504)
  other.destroy()
  assert.equal(statusOf(await at.client.send('def').answer()), 200)
})

test('a head that does not get finished is a 408', async () => {
  await using at = await running({}, { timeouts: { head: 100 } })
  const answer = await at.client.send('GET / HTTP/1.1\r\nHost: a\r\n').answer()
  assert.equal(statusOf(answer), 408)
  assert.equal(oneValue(answer, 'connection'), 'close')
  await at.client.stream.untilEnded()
})

test('a client that says nothing is let go', async () => {
  await using at = await running({}, { timeouts: { head: 100 } })
  await at.client.stream.untilEnded()
  assert.equal(at.client.stream.text, '')
})

test('a client that asks nothing more is let go', async () => {
  await using at = await running({}, { timeouts: { idle: 100 } })
  await at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  await at.client.stream.untilEnded()
})

test('a body that does not get finished is a 408, and the service is let go', async () => {
  await using at = await running({}, { timeouts: { body: 100 } })
  const answer = await at.client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc').answer()
  assert.equal(statusOf(answer), 408)
  assert.equal(at.raw.requests.length, 0)
  await at.raw.connections[0]!.stream.untilEnded()
})

test('a client that does not take its answer is let go', async () => {
  await using at = await running({}, { timeouts: { body: 100 } })
  at.client.socket.pause()
  const block = Buffer.alloc(1 << 20)
  at.raw.handle = (_request, connection) => {
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * block.length}\r\n\r\n`)
    for (let n = 0; n < 64; n++) connection.send(block)
  }
  at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await at.raw.request()
  await at.raw.connections[0]!.stream.untilEnded()
})

test('a client that takes its answer late, of a service that then takes its time, is not let go', async () => {
  await using at = await running({}, { timeouts: { body: 300 } })
  const block = Buffer.alloc(8 << 20, 'x')
  let finish = () => {}
  at.raw.handle = (_request, connection) => {
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${block.length + 3}\r\n\r\n`)
    connection.send(block)
    finish = () => connection.send('end')
  }
  at.client.socket.pause()
  at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await at.raw.request()
  at.client.socket.resume()
  await at.client.stream.until('most', () => at.client.stream.bytes.length > block.length || undefined)
  // longer than the limit for clients: a body that never ends runs into it meanwhile
  const other = await RawClient.connect(at.engine.port)
  assert.equal(statusOf(await other.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n').answer()), 408)
  other.destroy()
  finish()
  assert.equal((await at.client.answer()).body.length, block.length + 3)
})

const sizes: [sentence: string, head: string, status: number][] = [
  ['a head of almost 32 KiB is read', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(32_000)}\r\n\r\n`, 200],
  ['a longer one is not', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(33_000)}\r\n\r\n`, 400],
  ['nor a longer target', `GET /${'x'.repeat(33_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
  ['nor a long method', `${'G'.repeat(40_000)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
  ['256 headers are read', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(255)}\r\n`, 200],
  ['257 are not', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(256)}\r\n`, 400],
]
for (const [sentence, head, status] of sizes) {
  test(sentence, async () => {
    await using at = await running()
    assert.equal(statusOf(await at.client.send(head).answer()), status)
    if (status === 400) assert.equal(at.raw.received, '')
  })
}

test('drain: what is under way ends, kept connections end, new ones are refused', async () => {
  await using at = await running()
  let answer = () => {}
  at.raw.handle = (_request, connection) => {
    answer = () => connection.send(OK)
  }
  const idle = await RawClient.connect(at.engine.port)
  at.client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await at.raw.request()
  const stopped = at.engine.gateway.stop(10_000)
  await idle.stream.untilEnded()
  await assert.rejects(RawClient.connect(at.engine.port))
  answer()
  const last = await at.client.answer()
  assert.equal(last.body.toString(), 'ok')
  assert.equal(oneValue(last, 'connection'), 'close')
  at.client.socket.end()
  idle.socket.end()
  await stopped
})
