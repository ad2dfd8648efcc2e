import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { declare, startEngine } from './engine.ts'
import { statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const stale: [sentence: string, request: string, status: number, sent: number][] = [
  ['a GET goes out once more', 'GET /again HTTP/1.1\r\nHost: a\r\n\r\n', 200, 2],
  ['a PUT with its body too', 'PUT /again HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 200, 2],
  ['a POST never', 'POST /again HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 502, 1],
  ['a PATCH never', 'PATCH /again HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 502, 1],
]
for (const [sentence, request, status, sent] of stale) {
  test(`on a kept connection that the service drops: ${sentence}`, async () => {
    const service = await RawService.start()
    const engine = await startEngine(declare(service.port))
    const client = await RawClient.connect(engine.port)
    service.handle = (seen, connection) => {
      // the kept connection is dropped the moment it is used again
      if (seen.startLine.includes('/again') && connection.requests.length > 1) connection.socket.destroy()
      else connection.send(OK)
    }
    await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
    assert.equal(statusOf(await client.send(request).answer()), status)
    assert.equal(service.requests.filter(({ startLine }) => startLine.includes('/again')).length, sent)
    client.destroy()
    await engine.stop()
    await service.stop()
  })
}

test('a fresh connection that the service drops is not tried again', async () => {
  const service = await RawService.start()
  const engine = await startEngine(declare(service.port))
  service.handle = (_request, connection) => void connection.socket.destroy()
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 502)
  assert.equal(service.requests.length, 1)
  client.destroy()
  await engine.stop()
  await service.stop()
})

test('an answer that has begun is not asked for again', async () => {
  const service = await RawService.start()
  const engine = await startEngine(declare(service.port))
  const client = await RawClient.connect(engine.port)
  service.handle = (_request, connection) => connection.send(OK)
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  service.handle = (_request, connection) => {
    connection.send('HTTP/1.1 200')
    connection.socket.end()
  }
  assert.equal(statusOf(await client.send('GET /again HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 502)
  assert.equal(service.requests.length, 2)
  client.destroy()
  await engine.stop()
  await service.stop()
})

test('a service that nobody listens for is a 502, body or not', async () => {
  const engine = await startEngine(declare(await closedPort(), { retries: 2 }))
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 502)
  assert.equal(statusOf(await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc').answer()), 502)
  client.destroy()
  await engine.stop()
})

const targets = (dead: number, live: number) => ({
  upstreams: [{ name: 'pool', targets: [{ target: `127.0.0.1:${dead}` }, { target: `127.0.0.1:${live}` }] }],
})

test('a target that can’t be reached is passed over for the next, as often as the service allows', async () => {
  const service = await RawService.start()
  const dead = await closedPort()
  const engine = await startEngine(declare(80, { host: 'pool', retries: 1 }, targets(dead, service.port)))
  const client = await RawClient.connect(engine.port)
  for (let n = 0; n < 6; n++) {
    assert.equal(
      statusOf(await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc').answer()),
      200,
    )
  }
  assert.equal(service.requests.length, 6)
  const without = await startEngine(declare(80, { host: 'pool', retries: 0 }, targets(dead, service.port)))
  const other = await RawClient.connect(without.port)
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push(statusOf(await other.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()))
  assert.deepEqual(statuses.toSorted(), [200, 200, 502, 502])
  client.destroy()
  other.destroy()
  await engine.stop()
  await without.stop()
  await service.stop()
})

test('a name that does not exist is a 503', async () => {
  const engine = await startEngine(declare(80, { host: 'no-such-name.invalid', retries: 0 }))
  const client = await RawClient.connect(engine.port)
  assert.equal(statusOf(await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()), 503)
  client.destroy()
  await engine.stop()
})
