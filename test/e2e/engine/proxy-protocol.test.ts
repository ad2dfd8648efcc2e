import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { declare, type Engine, startEngine } from './engine.ts'
import { oneValue, statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { RawService } from './raw-service.ts'

let service: RawService
let engine: Engine
const loopback = { host: '127.0.0.1', port: 0 }
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port), {
    proxyProtocol: true,
    trustedIps: ['127.0.0.1'],
    proxyHttps: loopback,
  })
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => service.forget())

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const V1 = 'PROXY TCP4 203.0.113.7 203.0.113.9 4711 443\r\n'

/** A version 2 header: command, family and address block. */
function v2(command: number, family: number, block: number[]): string {
  const head = Buffer.from([
    13,
    10,
    13,
    10,
    0,
    13,
    10,
    81,
    85,
    73,
    84,
    10,
    0x20 | command,
    family,
    block.length >> 8,
    block.length & 255,
  ])
  return Buffer.concat([head, Buffer.from(block)]).toString('latin1')
}
const V2 = v2(1, 0x11, [203, 0, 113, 7, 203, 0, 113, 9, 0x12, 0x67, 1, 187])

const read: [sentence: string, header: string, ip: string][] = [
  ['version 1', V1, '203.0.113.7'],
  ['version 1, IPv6', 'PROXY TCP6 2001:db8::7 2001:db8::9 4711 443\r\n', '2001:db8::7'],
  ['version 1, UNKNOWN', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
  ['version 2', V2, '203.0.113.7'],
  [
    'version 2 with extensions',
    v2(1, 0x11, [203, 0, 113, 7, 203, 0, 113, 9, 0x12, 0x67, 1, 187, 4, 0, 1, 0]),
    '203.0.113.7',
  ],
  ['version 2, LOCAL', v2(0, 0, []), '127.0.0.1'],
]
for (const [sentence, header, ip] of read) {
  test(`believed: ${sentence}`, async () => {
    for (const pieces of [[header + GET], [header, GET], [...header, GET]]) {
      service.forget()
      const client = await RawClient.connect(engine.port)
      for (const piece of pieces) {
        client.send(piece)
        if (pieces.length > 2) await new Promise(setImmediate)
      }
      assert.equal(statusOf(await client.answer()), 200)
      assert.equal(oneValue(await service.request(), 'x-real-ip'), ip)
      client.destroy()
    }
  })
}

const garbage: [sentence: string, bytes: string][] = [
  ['no header at all', GET],
  ['addresses that are none', `PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n${GET}`],
  ['addresses beyond 255', `PROXY TCP4 999.2.3.4 5.6.7.8 1 2\r\n${GET}`],
  ['ports beyond 65535', `PROXY TCP4 1.2.3.4 5.6.7.8 99999 2\r\n${GET}`],
  ['an IPv6 address that is none', `PROXY TCP6 ::::: ::1 1 2\r\n${GET}`],
  ['too few parts', `PROXY TCP4 1.2.3.4\r\n${GET}`],
  ['a header value to smuggle', `PROXY TCP4 1.2.3.4\rX: y 5.6.7.8 1 2\r\n${GET}`],
  ['a line without end', `PROXY ${'x'.repeat(200)}`],
  ['version 3', `${v2(1, 0x11, []).replace('\x21', '\x31')}${GET}`],
  ['another command', `${v2(3, 0x11, [])}${GET}`],
  ['a length that is absurd', `${V2.slice(0, 14)}\xff\xff${GET}`],
]
for (const [sentence, bytes] of garbage) {
  test(`cut: ${sentence}`, async () => {
    const client = await RawClient.connect(engine.port)
    client.send(bytes)
    await client.stream.untilEnded()
    assert.equal(client.stream.text, '')
    assert.equal(service.received, '')
    client.destroy()
  })
}

test('believed in front of TLS', async () => {
  const client = await RawClient.connect(engine.httpsPort)
  client.socket.removeAllListeners('data')
  client.send(V2)
  const secure = new RawClient(
    connectTls({ socket: client.socket, rejectUnauthorized: false, servername: 'x.example' }),
  )
  assert.equal(statusOf(await secure.send(GET).answer()), 200)
  assert.equal(oneValue(await service.request(), 'x-real-ip'), '203.0.113.7')
  assert.equal(oneValue(service.requests[0]!, 'x-forwarded-proto'), 'https')
  secure.destroy()
})

test('from strangers it is no header: the request is refused', async () => {
  const strict = await startEngine(declare(service.port), { proxyProtocol: true, trustedIps: ['192.0.2.1'] })
  const client = await RawClient.connect(strict.port)
  assert.equal(statusOf(await client.send(V1 + GET).answer()), 400)
  client.destroy()
  await strict.stop()
})

test('off by default', async () => {
  const plain = await startEngine(declare(service.port), { trustedIps: ['127.0.0.1'] })
  const client = await RawClient.connect(plain.port)
  assert.equal(statusOf(await client.send(V1 + GET).answer()), 400)
  client.destroy()
  await plain.stop()
})
