import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptableTrailers, acceptRequest, acceptResponse, type Framing } from './acceptable.ts'
import { requestRoles, responseRoles } from './header-roles.ts'
import { RequestHead, ResponseHead } from './message-head.ts'

const limits = { headBytes: 32768, headers: 64 }
const requests = requestRoles(['x-consumer-id'], ['x-request-id'])
const responses = responseRoles(['x-request-id'])

const shown = (framing: Framing) => (framing.kind === 'length' ? `${framing.length} bytes` : framing.kind)

function judged(text: string): string {
  const head = new RequestHead()
  const bytes = Buffer.from(text, 'latin1')
  const scanned = head.scan(bytes, 0, bytes.length, requests, limits)
  if (scanned !== 'complete') return scanned
  const accepted = acceptRequest(head)
  if (typeof accepted === 'string') return `refused: ${accepted}`
  const { framing, keepAlive, upgrade, expectsContinue } = accepted
  return [shown(framing), keepAlive ? 'kept' : 'closed', upgrade, expectsContinue ? 'invited' : null]
    .filter((part) => part !== null)
    .join(', ')
}

/** Lines of a GET unless the row begins with a whole request line. */
const asked: [lines: string, becomes: string][] = [
  ['', 'none, kept'],
  ['Connection: close\r\n', 'none, closed'],
  ['Connection: CLOSE , keep-alive\r\n', 'none, closed'],
  ['Connection: keep-alive\r\nConnection: close\r\n', 'none, closed'],
  ['Connection: keep-alive\r\n', 'none, kept'],
  ['Connection: ,,\r\n', 'none, kept'],
  ['Connection: x-hop\r\nX-Hop: 1\r\n', 'none, kept'],
  ['Connection: TE, trailer, connection\r\nTE: trailers\r\n', 'none, kept'],
  ['Connection: expect\r\nExpect: 100-continue\r\n', 'refused: nomination'],
  ['Connection: X-Forwarded-Anything\r\n', 'refused: nomination'],
  ['Connection: x-consumer-id\r\n', 'none, kept'],
  [`Connection: ${'x,'.repeat(33)}\r\n`, 'refused: nomination'],
  ['Upgrade: websocket\r\n', 'none, kept'],
  ['Connection: upgrade\r\nUpgrade: WebSocket\r\n', 'none, kept, websocket'],
  ['Connection: upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n', 'none, kept'],
  ['Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n', '3 bytes, kept'],
  ['Content-Length: 0\r\n', 'none, kept'],
  ['Content-Length: 3\r\nExpect: 100-Continue\r\n', '3 bytes, kept, invited'],
  ['Expect: 100-continue\r\n', 'none, kept'],
  ['Expect: x\r\n', 'refused: expectation'],
  ['Transfer-Encoding: Chunked\r\n', 'chunked, kept'],
  ['Transfer-Encoding: chunked \r\n', 'refused: framing'],
  ['Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', 'refused: framing'],
  ['Content-Length: 1000000000000000\r\n', 'refused: framing'],
  ['Content-Length: 999999999999999\r\n', '999999999999999 bytes, kept'],
  ['Host: b\r\n', 'refused: host'],
  ['Authorization: a\r\nauthorization: b\r\n', 'refused: malformed'],
]
for (const [lines, becomes] of asked) {
  test(`request with ${JSON.stringify(lines.slice(0, 70))}: ${becomes}`, () => {
    assert.equal(judged(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`), becomes)
  })
}

const whole: [text: string, becomes: string][] = [
  ['GET / HTTP/1.0\r\n\r\n', 'none, closed'],
  ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 'none, kept'],
  ['GET / HTTP/1.0\r\nConnection: \xa0keep-alive\r\n\r\n', 'none, closed'],
  ['GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n', 'refused: framing'],
  ['GET / HTTP/1.1\r\n\r\n', 'refused: host'],
  ['GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 'refused: host'],
  ['GET http://a/ HTTP/1.1\r\nHost: A\r\n\r\n', 'none, kept'],
  ['GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 'refused: host'],
  ['GET http://b/ HTTP/1.0\r\n\r\n', 'refused: host'],
  ['OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'none, kept'],
  ['GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'refused: target'],
  ['CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 'refused: method-not-allowed'],
  ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'refused: method-not-allowed'],
]
for (const [text, becomes] of whole) {
  test(`${JSON.stringify(text.slice(0, 60))}: ${becomes}`, () => assert.equal(judged(text), becomes))
}

const answered: [method: string, text: string, becomes: string | null][] = [
  ['GET', '200 OK\r\nContent-Length: 3\r\n', '3 bytes, kept'],
  ['GET', '200 OK\r\nTransfer-Encoding: chunked\r\n', 'chunked, kept'],
  ['GET', '200 OK\r\n', 'close, closed'],
  ['GET', '200 OK\r\nContent-Length: 0\r\nConnection: close\r\n', 'none, closed'],
  ['HEAD', '200 OK\r\nContent-Length: 3\r\n', 'none, kept'],
  ['GET', '204 No Content\r\nContent-Length: 3\r\n', 'none, kept'],
  ['GET', '304 Not Modified\r\nTransfer-Encoding: chunked\r\n', 'none, kept'],
  ['GET', '600 X\r\nContent-Length: 0\r\n', null],
  ['GET', '099 X\r\nContent-Length: 0\r\n', null],
  ['GET', '200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n', null],
  ['GET', '200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n', null],
  ['GET', '200 OK\r\nTransfer-Encoding: gzip, chunked\r\n', null],
  ['HEAD', '200 OK\r\nTransfer-Encoding: gzip\r\n', null],
]
for (const [method, text, becomes] of answered) {
  test(`answer to ${method} ${JSON.stringify(text)}: ${becomes ?? '502'}`, () => {
    const head = new ResponseHead()
    const bytes = Buffer.from(`HTTP/1.1 ${text}\r\n`, 'latin1')
    assert.equal(head.scan(bytes, 0, bytes.length, responses, limits), 'complete')
    const accepted = acceptResponse(head, method)
    assert.equal(accepted && `${shown(accepted.framing)}, ${accepted.keepAlive ? 'kept' : 'closed'}`, becomes)
  })
}

test('trailers: ordinary ones pass, names with a meaning do not', () => {
  const lines = [
    'X-Sum: 1',
    'Content-Type: x',
    'x_consumer_id: 1',
    'X-Request-Id: 1',
    'Set-Cookie: a',
    'grpc-status: 0',
    'a.b: 1',
    'nonsense',
  ]
  assert.equal(acceptableTrailers(lines.join('\r\n'), requests), 'X-Sum: 1\r\ngrpc-status: 0\r\n')
})
