import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestRoles, role } from './header-roles.ts'
import { RequestHead } from './message-head.ts'

const roles = requestRoles(['x-consumer-id'], ['x-request-id'])
const limits = { headBytes: 200, headers: 4 }
const scan = (text: string, head = new RequestHead()) => {
  const bytes = Buffer.from(text, 'latin1')
  return head.scan(bytes, 0, bytes.length, roles, limits)
}
const GOOD = 'GET /a?b HTTP/1.1\r\nHost: a\r\nX-A:  b c \t\r\n\r\n'

test('every beginning of a good head is incomplete, the whole is complete', () => {
  for (let end = 0; end < GOOD.length; end++) assert.equal(scan(GOOD.slice(0, end)), 'incomplete', GOOD.slice(0, end))
  assert.equal(scan(GOOD), 'complete')
  assert.equal(scan(`${GOOD}GET`), 'complete')
})

test('what is read is what was sent', () => {
  const head = new RequestHead()
  scan(`${GOOD}rest`, head)
  assert.deepEqual([head.method, head.target, head.minor, head.length], ['GET', '/a?b', 1, GOOD.length])
  assert.equal(head.header('x-a'), 'b c')
  assert.equal(head.header('x-b'), undefined)
  assert.equal(head.ordinaryLines(), 'X-A:  b c \t\r\n')
})

const rows: [sentence: string, text: string, result: string][] = [
  ['no more headers than allowed', `GET / HTTP/1.1\r\n${'X: 1\r\n'.repeat(4)}\r\n`, 'complete'],
  ['one too many', `GET / HTTP/1.1\r\n${'X: 1\r\n'.repeat(5)}\r\n`, 'too-large'],
  ['too long a head', `GET / HTTP/1.1\r\nX: ${'x'.repeat(300)}`, 'too-large'],
  ['too long a target', `GET /${'x'.repeat(300)}`, 'too-large'],
  ['a method that is none', 'GOT / HTTP/1.1\r\n\r\n', 'malformed'],
  ['a method without end', 'G'.repeat(20), 'malformed'],
  ['a version that is none', 'GET / HTTP/1.2', 'malformed'],
  ['no colon', 'GET / HTTP/1.1\r\nX\r\n', 'malformed'],
  ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 'malformed'],
]
for (const [sentence, text, result] of rows) test(`${sentence}: ${result}`, () => assert.equal(scan(text), result))

const spellings: [name: string, given: number][] = [
  ['X-Consumer-ID', role.identity],
  ['x_consumer_id', role.identity],
  ['X-Consumer_Id', role.identity],
  ['x.consumer.id', role.removed],
  ['Content-Length', role.contentLength],
  ['Content_Length', role.removed],
  ['X_Forwarded-For', role.removed],
  ['X-Request-Id', role.dropped],
  ['X-Ordinary_Name', role.ordinary],
  ["X-Odd'", role.removed],
]
for (const [name, given] of spellings) {
  test(`${name} has the role ${given}`, () => {
    const head = new RequestHead()
    scan(`GET / HTTP/1.1\r\n${name}: 1\r\n\r\n`, head)
    assert.equal(head.roleAt(0), given)
    assert.equal(head.header(name.toLowerCase()) !== undefined, given !== role.identity && given !== role.removed)
  })
}

test('a head is forgotten when it is cleared', () => {
  const head = new RequestHead()
  scan(GOOD, head)
  head.clear()
  assert.deepEqual([head.method, head.target, head.text, head.count, head.header('x-a')], ['', '', '', 0, undefined])
})
