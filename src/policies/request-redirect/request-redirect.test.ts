import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, judge } from '../../policy/test-kit.ts'
import { requestRedirect } from './handler.ts'

const at = (path: string, host = 'a.test', query = ''): FakeRequest => ({ path, host, query })
const full = (value: string) => ({ path: { kind: 'full', value } })
const prefix = (value: string, matched: string) => ({ path: { kind: 'prefix', value, prefix: matched } })

const rows: [sentence: string, config: object, request: FakeRequest, location: string][] = [
  ['the whole path, query kept', full('/full'), at('/r/x', 'a.test', 'q=1'), 'http://a.test/full?q=1'],
  ['a path with a query of its own', full('/full?x=1'), at('/r', 'a.test', 'y=2'), 'http://a.test/full?x=1'],
  ['the port of Host stays', full('/full'), at('/r', 'a.test:8081'), 'http://a.test:8081/full'],
  ['a prefix', prefix('/new', '/r'), at('/r/y', 'a.test', 'z'), 'http://a.test/new/y?z'],
  ['a prefix by a slash, letter for letter', prefix('/', '/r'), at('/r/x'), 'http://a.test//x'],
  ['a prefix that ends in a slash', prefix('/new', '/r/'), at('/r/x'), 'http://a.test/new/x'],
  ['a prefix that is the whole path', prefix('/new', '/r'), at('/r'), 'http://a.test/new'],
  ['https, the default port of http gone', { scheme: 'https' }, at('/r', 'a.test:80'), 'https://a.test/r'],
  ['https, another port stays', { scheme: 'https' }, at('/r', 'a.test:8000'), 'https://a.test:8000/r'],
  ['the same scheme, its port stays', { scheme: 'http' }, at('/r', 'a.test:80'), 'http://a.test:80/r'],
  ['a port', { port: 8080 }, at('/r', 'a.test:99'), 'http://a.test:8080/r'],
  ['a port, IPv6', { port: 8080 }, at('/r', '[::1]:99'), 'http://[::1]:8080/r'],
  ['IPv6 without a port', { scheme: 'https' }, at('/r', '[::1]'), 'https://[::1]/r'],
  ['a host', { hostname: 'other.test' }, at('/r', 'a.test:99', 'y'), 'http://other.test/r?y'],
  [
    'all of it',
    { scheme: 'http', hostname: 'b.test', port: 81, ...full('/f') },
    at('/r', 'a.test', 'y'),
    'http://b.test:81/f?y',
  ],
  ['bytes beyond ASCII, escaped', {}, at('/caf\xc3\xa9'), 'http://a.test/caf%C3%A9'],
]
for (const [sentence, config, request, location] of rows) {
  test(`${sentence}: ${location}`, () => {
    const verdict = judge(compilePolicy(requestRedirect, config), new FakeExchange(request))
    assert.ok(verdict.kind === 'answered')
    assert.deepEqual(verdict.answer, { status: 302, headers: [['location', location]], body: '' })
  })
}

test('the status is the one that was asked for', () => {
  const verdict = judge(compilePolicy(requestRedirect, { status: 308 }), new FakeExchange())
  assert.equal(verdict.kind === 'answered' && verdict.answer.status, 308)
})

const problems: [config: object, problem: RegExp][] = [
  [{ status: 304 }, /must be one of 301/],
  [{ scheme: 'a b' }, /is no scheme/],
  [{ hostname: 'a/b' }, /is no host name/],
  [full('/\r\n'), /printable ASCII/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => assert.throws(() => compilePolicy(requestRedirect, config), problem))
}
