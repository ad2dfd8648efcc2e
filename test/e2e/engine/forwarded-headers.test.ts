import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { declare, type Engine, KEY, startEngine } from './engine.ts'
import { type Message, oneValue, statusOf, valuesOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'

let service: RawService
let engine: Engine
let trusting: Engine
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port))
  trusting = await startEngine(declare(service.port), { trustedIps: ['127.0.0.0/8'] })
})
after(async () => {
  await engine.stop()
  await trusting.stop()
  await service.stop()
  assert.deepEqual([...engine.errors, ...trusting.errors], [])
})
beforeEach(() => {
  service.forget()
  service.handle = (_request, connection) => connection.send(OK)
})

/** What the service saw of a request with these lines. */
async function seen(lines: string, through = engine, path = '/p?q=1'): Promise<Message> {
  const client = await RawClient.connect(through.port)
  const answer = await client.send(`GET ${path} HTTP/1.1\r\nHost: shop.example:81\r\n${lines}\r\n`).answer()
  assert.equal(statusOf(answer), 200)
  client.destroy()
  return service.request()
}

const spoofed =
  'X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 444\r\n' +
  'X-Forwarded-Path: /evil\r\nX-Forwarded-Prefix: /pre\r\nX-Real-IP: 9.9.9.9\r\n'

test('a service hears where a request came from', async () => {
  const request = await seen('')
  assert.equal(oneValue(request, 'x-forwarded-for'), '127.0.0.1')
  assert.equal(oneValue(request, 'x-real-ip'), '127.0.0.1')
  assert.equal(oneValue(request, 'x-forwarded-proto'), 'http')
  assert.equal(oneValue(request, 'x-forwarded-host'), 'shop.example')
  assert.equal(oneValue(request, 'x-forwarded-port'), String(engine.port))
  assert.equal(oneValue(request, 'x-forwarded-path'), '/p')
  assert.equal(oneValue(request, 'x-forwarded-prefix'), undefined)
  assert.equal(oneValue(request, 'host'), `127.0.0.1:${service.port}`)
  assert.match(oneValue(request, 'via')!, /^1\.1 kong\//)
  assert.match(oneValue(request, 'x-kong-request-id')!, /^[0-9a-f]{32}$/)
})

test('a stranger’s word on that counts for nothing but the chain of addresses', async () => {
  const request = await seen(spoofed)
  assert.equal(oneValue(request, 'x-forwarded-for'), '9.9.9.9, 127.0.0.1')
  assert.equal(oneValue(request, 'x-real-ip'), '127.0.0.1')
  assert.equal(oneValue(request, 'x-forwarded-proto'), 'http')
  assert.equal(oneValue(request, 'x-forwarded-host'), 'shop.example')
  assert.equal(oneValue(request, 'x-forwarded-port'), String(engine.port))
  assert.equal(oneValue(request, 'x-forwarded-path'), '/p')
  assert.equal(oneValue(request, 'x-forwarded-prefix'), undefined)
})

test('a trusted proxy’s word counts', async () => {
  const request = await seen(spoofed, trusting)
  assert.equal(oneValue(request, 'x-forwarded-for'), '9.9.9.9, 127.0.0.1')
  assert.equal(oneValue(request, 'x-real-ip'), '9.9.9.9')
  assert.equal(oneValue(request, 'x-forwarded-proto'), 'https')
  assert.equal(oneValue(request, 'x-forwarded-host'), 'evil')
  assert.equal(oneValue(request, 'x-forwarded-port'), '444')
  assert.equal(oneValue(request, 'x-forwarded-path'), '/evil')
})

test('Via keeps what was there before', async () => {
  const request = await seen('Via: 1.0 first\r\nVia: 1.1 second\r\n')
  assert.match(oneValue(request, 'via')!, /^1\.0 first, 1\.1 second, 1\.1 kong\//)
})

const dropped: [sentence: string, lines: string, names: string[]][] = [
  [
    'what belongs to the connection',
    'Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: gzip\r\n',
    ['keep-alive', 'proxy-connection', 'te'],
  ],
  [
    'what Connection names',
    'Connection: X-Hop, x-other\r\nX-Hop: 1\r\nX-Other: 2\r\nx-hop: 3\r\n',
    ['x-hop', 'x-other'],
  ],
  ['Proxy, which CGI programs take for a setting', 'Proxy: http://evil\r\n', ['proxy']],
  ['a request id of the client’s own', 'X-Kong-Request-Id_: 1\r\nX_Kong_Request_Id: forged\r\n', ['x_kong_request_id']],
  [
    'framing names in disguise',
    'Transfer_Encoding: chunked\r\nContent_Length: 5\r\nTransfer.Encoding: chunked\r\n',
    ['transfer_encoding', 'content_length', 'transfer.encoding'],
  ],
  [
    'forwarding names in disguise',
    'X_Forwarded_For: 9.9.9.9\r\nX_Real_IP: 9.9.9.9\r\nX-Forwarded_Proto: https\r\n',
    ['x_forwarded_for', 'x_real_ip', 'x-forwarded_proto'],
  ],
]
for (const [sentence, lines, names] of dropped) {
  test(`not passed on: ${sentence}`, async () => {
    const request = await seen(`${lines}X-Kept: yes\r\n`)
    for (const name of names) assert.deepEqual(valuesOf(request, name), [], name)
    assert.equal(oneValue(request, 'x-kept'), 'yes')
  })
}

test('Connection may name what is on the connection anyway', async () => {
  const request = await seen('Connection: TE, close, trailer\r\nTE: trailers\r\nTrailer: X-Sum\r\n')
  assert.equal(oneValue(request, 'te'), 'trailers')
  assert.equal(oneValue(request, 'trailer'), 'X-Sum')
})

const nominated = [
  'Host',
  'Content-Length',
  'Transfer-Encoding',
  'Authorization',
  'X-Forwarded-For',
  'X-Real-IP',
  'Via',
  'Expect',
]
for (const name of nominated) {
  test(`Connection may not take ${name} away`, async () => {
    const client = await RawClient.connect(engine.port)
    const lines = `Connection: ${name}\r\nExpect: 100-continue\r\nContent-Length: 1\r\n`
    assert.equal(statusOf(await client.send(`POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`).answer()), 400)
    assert.equal(service.received, '')
    client.destroy()
  })
}

test('Connection may not name without end', async () => {
  const client = await RawClient.connect(engine.port)
  const names = Array.from({ length: 2000 }, (_, n) => `x${n}`).join(',')
  assert.equal(statusOf(await client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: ${names}\r\n\r\n`).answer()), 400)
  client.destroy()
})

const forged: [sentence: string, lines: string][] = [
  [
    'as they are',
    'X-Consumer-Username: root\r\nX-Consumer-ID: 1\r\nX-Consumer-Custom-ID: 2\r\nX-Credential-Identifier: 3\r\nX-Anonymous-Consumer: true\r\nX-Authenticated-UserId: 4\r\n',
  ],
  ['in other cases', 'x-consumer-username: root\r\nX-CONSUMER-ID: 1\r\n'],
  ['with underscores', 'X_Consumer_Username: root\r\nx_consumer_id: 1\r\nX-Consumer_Custom_ID: 2\r\n'],
  ['with dots', 'X.Consumer.Username: root\r\nx-consumer.id: 1\r\n'],
  ['several times', 'X-Consumer-Username: root\r\nX-Consumer-Username: admin\r\n'],
  ['named by Connection', 'Connection: X-Consumer-Username, x-consumer-id\r\nX-Consumer-Username: root\r\n'],
  ['with odd bytes', "X-Consumer-Username': root\r\nX-Consumer-Username!: root\r\n"],
]
for (const [sentence, lines] of forged) {
  test(`identity that a client claims is not passed on: ${sentence}`, async () => {
    for (const path of ['/', '/guarded']) {
      service.forget()
      const key = path === '/guarded' ? `apikey: ${KEY}\r\n` : ''
      const request = await seen(lines + key, engine, path)
      const claimed = request.headers
        .filter(([name]) => /^x.(consumer|credential|authenticated|anonymous)/i.test(name))
        .map(([name, value]) => `${name}: ${value}`)
      if (path === '/') assert.deepEqual(claimed, [])
      else {
        assert.equal(oneValue(request, 'x-consumer-username'), 'alice')
        assert.deepEqual(claimed.map((line) => line.replace(/: .*/, '')).sort(), [
          'X-Consumer-ID',
          'X-Consumer-Username',
          'X-Credential-Identifier',
        ])
      }
    }
  })
}

test('an answer carries the request’s id, and services can’t forge it', async () => {
  service.handle = (_request, connection) =>
    connection.send(
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Kong-Request-Id: forged\r\nX-Kong-Proxy-Latency: -1\r\nKeep-Alive: x\r\nConnection: X-Hop\r\nX-Hop: 1\r\nServer: mine\r\n\r\n',
    )
  const client = await RawClient.connect(engine.port)
  const answer = await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  const request = await service.request()
  assert.equal(oneValue(answer, 'x-kong-request-id'), oneValue(request, 'x-kong-request-id'))
  assert.match(oneValue(answer, 'x-kong-proxy-latency')!, /^[0-9]+$/)
  assert.equal(oneValue(answer, 'keep-alive'), undefined)
  assert.equal(oneValue(answer, 'x-hop'), undefined)
  assert.equal(oneValue(answer, 'server'), 'mine')
  assert.match(oneValue(answer, 'via')!, /^1\.1 kong\//)
  client.destroy()
})

test('what Connection names in an answer may be anything without hurting us', async () => {
  service.handle = (_request, connection) =>
    connection.send(
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, date, trailer, server, via, content-length, x-a\r\nDate: now\r\nTrailer: a\r\nX-A: 1\r\n\r\n',
    )
  const client = await RawClient.connect(engine.port)
  const answer = await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  assert.equal(oneValue(answer, 'date'), 'now')
  assert.equal(oneValue(answer, 'x-a'), undefined)
  assert.ok(!/null|undefined/.test(answer.raw))
  client.destroy()
})

test('a head that fails to be read shows nothing of the request before it', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(
    statusOf(
      await client.send('HEAD / HTTP/1.1\r\nAuthorization: Bearer topsecret\r\nHost: a\r\n\r\n').answer('no-body'),
    ),
    200,
  )
  const answer = await client.send('GET / HTTP/1.1\r\nHost:     bbbbbbbbbbbbbb\r\nX: \x00\r\n\r\n').answer()
  assert.equal(statusOf(answer), 400)
  assert.ok(answer.body.length > 0, 'it was no HEAD')
  await engine.stop()
  const line = engine.accessLog().find(({ status }) => status === 400)
  assert.ok(!JSON.stringify(engine.accessLog()).includes('topsecret'))
  assert.ok(line !== undefined)
  engine = await startEngine(declare(service.port))
})
