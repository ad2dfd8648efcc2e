/**
 * Clients and services that leave at every moment one can leave at: afterwards the gateway serves as before, holds no
 * file descriptor more, and never mixed two answers up.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { declare, startEngine } from '../e2e/engine/engine.ts'
import { RawClient } from '../e2e/engine/raw-client.ts'
import { RawService, type ServiceConnection } from '../e2e/engine/raw-service.ts'
import { Random } from '../fuzz/random.ts'

const ROUNDS = Number(process.env['SALLYPORT_FAULTS'] ?? 20) * 50
const seed = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)

const descriptors = () => readdirSync('/proc/self/fd').length

/** What a service may do with a request; `id` is what the answer must carry. */
const services: ((id: string, connection: ServiceConnection) => void)[] = [
  (id, { send }) => send(`HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\n\r\n${id}`),
  (id, { send }) =>
    send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${id.length.toString(16)}\r\n${id}\r\n0\r\n\r\n`),
  (id, { send, socket }) => {
    send(`HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\n\r\n${id.slice(1)}`)
    socket.destroy()
  },
  (_id, { socket }) => void socket.resetAndDestroy(),
  (id, { send, socket }) => {
    send(`HTTP/1.1 200 OK\r\n\r\n${id}`)
    socket.end()
  },
  (_id, { send }) => send('nonsense\r\n\r\n'),
]

const requests: ((id: string) => string)[] = [
  (id) => `GET /${id} HTTP/1.1\r\nHost: a\r\n\r\n`,
  (id) => `POST /${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde`,
  (id) => `POST /${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`,
  (id) => `POST /${id} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
]

test(`${ROUNDS} clients and services come and go, seed ${seed}`, { skip: process.platform !== 'linux' }, async () => {
  const random = new Random(seed)
  const warnings: string[] = []
  process.on('warning', (warning) => warnings.push(String(warning)))
  const idle = descriptors()
  const service = await RawService.start()
  const engine = await startEngine(declare(service.port))
  service.handle = (request, connection) => random.of(services)(request.startLine.split(/[ /]+/)[1]!, connection)

  for (let round = 0; round < ROUNDS; round += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const id = `id-${round + n}-`
        const client = await RawClient.connect(engine.port)
        const text = random.of(requests)(id)
        client.send(random.below(3) === 0 ? text.slice(0, random.below(text.length)) : text)
        for (let turns = random.below(6); turns > 0; turns--) await new Promise(setImmediate)
        if (random.below(2) === 0) client.reset()
        else {
          client.socket.end()
          await client.stream.untilEnded()
          const ids = client.stream.text.match(/id-\d+-/g) ?? []
          assert.ok(
            ids.every((found) => found === id),
            `${id} was answered ${ids}`,
          )
          client.destroy()
        }
      }),
    )
  }

  service.handle = (_request, { send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nafter')
  const last = await RawClient.connect(engine.port)
  assert.equal((await last.send('GET /after HTTP/1.1\r\nHost: a\r\n\r\n').answer()).body.toString(), 'after')
  last.destroy()
  await engine.stop()
  await service.stop()
  await new Promise(setImmediate)
  assert.deepEqual(engine.errors, [])
  assert.deepEqual(warnings, [])
  assert.ok(descriptors() <= idle + 4, `${idle} descriptors before, ${descriptors()} after`)
})
