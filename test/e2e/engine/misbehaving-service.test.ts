import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { declare, type Engine, startEngine } from './engine.ts'
import { statusOf } from './message.ts'
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
beforeEach(() => service.forget())

const H = 'HTTP/1.1 200 OK\r\n'
const many = (n: number) => Array.from({ length: n }, (_, i) => `X-${i}: 1\r\n`).join('')

/** What a service may say that can't be passed on as anything it might have meant. */
const bad: [sentence: string, answer: string][] = [
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['HTTP/0.9', '<html>hello</html>'],
  ['HTTP/2 in words', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['version 1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['lower-case version', 'http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['status 99', 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n'],
  ['status 999', 'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n'],
  ['two-digit status', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['four-digit status', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n'],
  ['two blanks before the status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n'],
  ['bare CR in the reason', 'HTTP/1.1 200 OK\rX: y\r\nContent-Length: 0\r\n\r\n'],
  ['bare LF line ends', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['bare LF after a header', `${H}X: y\nContent-Length: 0\r\n\r\n`],
  ['bare CR in a header', `${H}X: y\rZ: 1\r\nContent-Length: 0\r\n\r\n`],
  ['NUL in a header', `${H}X: a\0b\r\nContent-Length: 0\r\n\r\n`],
  ['DEL in a header', `${H}X: a\x7fb\r\nContent-Length: 0\r\n\r\n`],
  ['folded header', `${H}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['folded first header', `${H} X: a\r\nContent-Length: 0\r\n\r\n`],
  ['blank before a colon', `${H}X : a\r\nContent-Length: 0\r\n\r\n`],
  ['header without a colon', `${H}nonsense\r\nContent-Length: 0\r\n\r\n`],
  ['header without a name', `${H}: a\r\nContent-Length: 0\r\n\r\n`],
  ['two lengths that differ', `${H}Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk`],
  ['two lengths that agree', `${H}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
  ['two lengths in one', `${H}Content-Length: 2, 2\r\n\r\nok`],
  ['negative length', `${H}Content-Length: -2\r\n\r\nok`],
  ['signed length', `${H}Content-Length: +2\r\n\r\nok`],
  ['hexadecimal length', `${H}Content-Length: 0x2\r\n\r\nok`],
  ['empty length', `${H}Content-Length:\r\n\r\nok`],
  ['length beyond counting', `${H}Content-Length: 99999999999999999999\r\n\r\nok`],
  ['length and chunks', `${H}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
  ['another coding', `${H}Transfer-Encoding: gzip\r\n\r\nok`],
  ['a coding before chunked', `${H}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['a coding after chunked', `${H}Transfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['chunked twice', `${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['chunked in disguise', `${H}Transfer-Encoding: \x0bchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['more headers than anybody needs', `${H}${many(1100)}Content-Length: 0\r\n\r\n`],
  ['a head without end', `${H}X: ${'x'.repeat(140_000)}\r\n\r\n`],
  ['a switch nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
  ['the end at once', ''],
  ['the end within the head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['the end behind an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
]
for (const [sentence, answer] of bad) {
  test(`502: ${sentence}`, async () => {
    service.handle = (_request, connection) => {
      connection.send(answer)
      connection.socket.end()
    }
    const client = await RawClient.connect(engine.port)
    const got = await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n').answer()
    assert.equal(statusOf(got), 502)
    assert.ok(!got.raw.includes('X: y'), 'nothing of it is passed on')
    service.handle = (_request, connection) => connection.send(OK)
    const next = await client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n').answer()
    assert.equal(statusOf(next), 200, 'the client’s connection goes on')
    client.destroy()
  })
}

/** What breaks once the head was passed on: the client must not take it for complete. */
const broken: [sentence: string, answer: string][] = [
  ['fewer bytes than counted', `${H}Content-Length: 10\r\n\r\nabc`],
  ['no last chunk', `${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
  ['an end within a chunk', `${H}Transfer-Encoding: chunked\r\n\r\n9\r\nabc`],
  ['an end within trailers', `${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y`],
  ['a chunk size that is none', `${H}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`],
  ['a chunk longer than said', `${H}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`],
  ['a chunk size beyond counting', `${H}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n`],
  ['a chunk size with a sign', `${H}Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n`],
  ['bare LF in chunk framing', `${H}Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n`],
]
for (const [sentence, answer] of broken) {
  test(`cut off: ${sentence}`, async () => {
    service.handle = (_request, connection) => {
      connection.send(answer)
      connection.socket.end()
    }
    const client = await RawClient.connect(engine.port)
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    await assert.rejects(client.answer(), /ended while waiting/)
    assert.equal(service.requests.length, 1, 'the pipelined request was not served on that connection')
    client.destroy()
  })
}

test('bytes behind an answer are nobody’s: the connection to the service ends', async () => {
  service.handle = (_request, connection) => connection.send(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`)
  const client = await RawClient.connect(engine.port)
  const made = service.connections.length
  for (let n = 1; n <= 3; n++) {
    assert.equal((await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()).body.toString(), 'ok')
  }
  assert.ok(service.connections.length - made >= 2, 'none was used twice')
  client.destroy()
})

test('a body where none may be is not taken for the next answer', async () => {
  service.handle = (request, connection) =>
    connection.send(request.startLine.startsWith('HEAD') ? `${H}Content-Length: 6\r\n\r\nforged` : OK)
  const client = await RawClient.connect(engine.port)
  await client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n').answer('no-body')
  assert.equal((await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()).body.toString(), 'ok')
  client.destroy()
})

test('what a service says unasked ends its connection and reaches nobody', async () => {
  service.handle = (_request, connection) => connection.send(OK)
  const client = await RawClient.connect(engine.port)
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()
  const connection = service.connections.findLast(({ recorded }) => recorded.length > 0)!
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
  await connection.stream.untilEnded()
  assert.equal((await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').answer()).body.toString(), 'ok')
  client.destroy()
})
