import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { after, before, beforeEach, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { selfSigned } from '../../../src/plane/listener/self-signed.ts'
import { declare, type Engine, startEngine } from './engine.ts'
import { oneValue, statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { RawService } from './raw-service.ts'

let service: RawService
let engine: Engine
let named: X509Certificate
before(async () => {
  service = await RawService.start()
  const pair = await selfSigned(new Date())
  named = new X509Certificate(pair.cert)
  engine = await startEngine(
    declare(
      service.port,
      {},
      { certificates: [{ ...pair, snis: [{ name: 'named.example' }, { name: '*.wild.example' }] }] },
    ),
    { proxyHttps: { host: '127.0.0.1', port: 0 } },
  )
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => service.forget())

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Fingerprint of the certificate that is shown to who asks for that name. */
async function shown(servername: string): Promise<string> {
  const client = await RawClient.connectTls(engine.httpsPort, { servername })
  const fingerprint = (client.socket as TLSSocket).getPeerX509Certificate()!.fingerprint256
  client.destroy()
  return fingerprint
}

const names: [name: string, configured: boolean][] = [
  ['named.example', true],
  ['NAMED.example', true],
  ['x.wild.example', true],
  ['other.example', false],
  ['wild.example', false],
]
for (const [name, configured] of names) {
  test(`${name} is shown ${configured ? 'its own' : 'the self-signed'} certificate`, async () => {
    assert.equal((await shown(name)) === named.fingerprint256, configured)
  })
}

test('without a name there is a self-signed certificate too, and requests are served', async () => {
  const client = await RawClient.connectTls(engine.httpsPort)
  assert.equal(statusOf(await client.send(GET).answer()), 200)
  assert.equal(oneValue(await service.request(), 'x-forwarded-proto'), 'https')
  assert.equal(statusOf(await client.send(GET).answer()), 200, 'the connection is kept')
  client.destroy()
})

/** Carries a TLS client's bytes one by one, whatever it writes at once. */
class Dripping extends Duplex {
  readonly #socket: Socket
  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (chunk) => this.push(chunk))
    socket.on('end', () => this.push(null))
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const drip = (at: number) => {
      if (at === chunk.length) return done()
      this.#socket.write(chunk.subarray(at, at + 1), () => setImmediate(drip, at + 1))
    }
    drip(0)
  }
}

test('a ClientHello that comes byte by byte is read all the same', async () => {
  const socket = connect({ host: '127.0.0.1', port: engine.httpsPort, noDelay: true })
  const secure = connectTls({ socket: new Dripping(socket), servername: 'named.example', rejectUnauthorized: false })
  await new Promise((resolve) => secure.once('secureConnect', resolve))
  assert.equal(secure.getPeerX509Certificate()!.fingerprint256, named.fingerprint256)
  socket.destroy()
})

const noTls: [sentence: string, bytes: string][] = [
  ['plain HTTP', GET],
  ['a TLS record that is none', '\x16\x03\x01\xff\xff'.padEnd(70_000, '\x00')],
  ['an alert', '\x15\x03\x01\x00\x02\x02\x28'],
  ['a hello cut short inside', `\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03ab`],
]
for (const [sentence, bytes] of noTls) {
  test(`on the TLS port ${sentence} ends the connection and nothing else`, async () => {
    const client = await RawClient.connect(engine.httpsPort)
    client.send(bytes)
    await client.stream.untilEnded()
    assert.equal(service.received, '')
    client.destroy()
    const next = await RawClient.connectTls(engine.httpsPort)
    assert.equal(statusOf(await next.send(GET).answer()), 200)
    next.destroy()
  })
}

test('connections that are reset within the handshake hurt nobody', async () => {
  for (const bytes of ['', '\x16', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']) {
    const client = await RawClient.connect(engine.httpsPort)
    client.send(bytes)
    await new Promise(setImmediate)
    client.reset()
  }
  const helloed = connect({ host: '127.0.0.1', port: engine.httpsPort })
  const secure = connectTls({ socket: helloed, rejectUnauthorized: false })
  secure.on('error', () => {})
  helloed.on('error', () => {})
  await new Promise((resolve) => helloed.once('connect', resolve))
  setImmediate(() => helloed.resetAndDestroy())
  await new Promise((resolve) => helloed.once('close', resolve))
  const next = await RawClient.connectTls(engine.httpsPort)
  assert.equal(statusOf(await next.send(GET).answer()), 200)
  next.destroy()
})

test('a TLS client that ends its side still gets its answer', async () => {
  const client = await RawClient.connectTls(engine.httpsPort, { allowHalfOpen: true } as object)
  client.send(GET)
  client.socket.end()
  assert.equal(statusOf(await client.answer()), 200)
  client.destroy()
})

test('a WebSocket over TLS', async () => {
  service.handle = async (_request, connection) => {
    connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello')
    await connection.stream.untilEnded()
  }
  const client = await RawClient.connectTls(engine.httpsPort)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly')
  assert.equal(statusOf(await client.answer('no-body')), 101)
  await client.stream.until('words', () => client.stream.text === 'hello' || undefined)
  await service.until('early words', () => service.received.endsWith('early') || undefined)
  client.send('late')
  await service.until('late words', () => service.received.endsWith('earlylate') || undefined)
  client.destroy()
})
