import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declare, startEngine } from './engine.ts'
import { statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { RawService } from './raw-service.ts'

const GIB = 2 ** 30
const SIZE = 2 * GIB
const BLOCK = Buffer.alloc(1 << 20, 'x')
/** What the whole process, client and service included, may grow by while 2 GiB pass. */
const GROWTH = 192 * (1 << 20)

/** Writes `size` bytes as fast as the other side takes them. */
async function pour(socket: RawClient['socket'], size: number): Promise<void> {
  for (let left = size; left > 0; left -= BLOCK.length) {
    const more = socket.write(left >= BLOCK.length ? BLOCK : BLOCK.subarray(0, left))
    if (!more) await new Promise<void>((resolve) => socket.once('drain', resolve))
  }
}

/** Watches the resident set while something runs. @returns the most it grew, in bytes. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  await work()
  clearInterval(watch)
  return most - before
}

test('2 GiB go up in constant memory', async (t) => {
  const service = await RawService.start()
  const engine = await startEngine(declare(service.port))
  let seen = 0
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  service.accept = ({ socket, stream, send }) => {
    let headLength = -1
    let total = 0
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      if (headLength < 0) headLength = chunk.indexOf('\r\n\r\n') + 4
      total += chunk.length
      seen = total - headLength
      if (seen === SIZE) send(head)
    })
    return stream !== null
  }
  const client = await RawClient.connect(engine.port)
  const grown = await growth(async () => {
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${SIZE}\r\n\r\n`)
    await pour(client.socket, SIZE)
    assert.equal(statusOf(await client.answer()), 200)
  })
  t.diagnostic(`grew by ${grown >> 20} MiB`)
  assert.equal(seen, SIZE)
  assert.ok(grown < GROWTH, `grew by ${grown >> 20} MiB`)
  client.destroy()
  await engine.stop()
  await service.stop()
})

test('2 GiB come down in constant memory, also while the client does not read for a while', async (t) => {
  const service = await RawService.start()
  const engine = await startEngine(declare(service.port))
  service.handle = async (_request, { socket, send }) => {
    send(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`)
    await pour(socket, SIZE)
  }
  const client = await RawClient.connect(engine.port)
  let received = 0
  const grown = await growth(async () => {
    client.socket.removeAllListeners('data')
    const whole = new Promise<void>((resolve) => {
      let headLength = -1
      let paused = false
      client.socket.on('data', (chunk: Buffer) => {
        if (headLength < 0) headLength = chunk.indexOf('\r\n\r\n') + 4
        received += chunk.length
        if (received - headLength === SIZE) resolve()
        if (!paused && received > SIZE / 4) {
          paused = true
          client.socket.pause()
          // until the service has had to stop: then everything in between is full
          const watch = setInterval(() => {
            if (!service.connections[0]!.socket.writableNeedDrain) return
            clearInterval(watch)
            client.socket.resume()
          }, 20)
        }
      })
    })
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await whole
  })
  t.diagnostic(`grew by ${grown >> 20} MiB`)
  assert.ok(grown < GROWTH, `grew by ${grown >> 20} MiB`)
  client.destroy()
  await engine.stop()
  await service.stop()
})
