import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { urlRewrite } from './handler.ts'

const full = (value: string) => ({ path: { kind: 'full', value } })
const prefix = (value: string, matched: string) => ({ path: { kind: 'prefix', value, prefix: matched } })
const regex = (pattern: string, value: string) => ({ path: { kind: 'regex', value, pattern } })

const rows: [sentence: string, config: object, path: string, rewritten: string | null][] = [
  ['a prefix', prefix('/bar', '/foo'), '/foo/x', '/bar/x'],
  ['a prefix that is the whole path', prefix('/bar', '/foo'), '/foo', '/bar'],
  ['a prefix by one that ends in a slash', prefix('/bar/', '/foo'), '/foo/x', '/bar//x'],
  ['a prefix that ends in a slash', prefix('/bar', '/foo/'), '/foo/x', '/bar/x'],
  ['the root', prefix('/bar', '/'), '/foo', '/barfoo'],
  ['a prefix by the root', prefix('/', '/foo'), '/foo/bar', '/bar'],
  ['a prefix by the root, nothing behind it', prefix('/', '/foo'), '/foo', '/'],
  ['a prefix by the root, a slash behind it', prefix('/', '/foo'), '/foo/', '/'],
  ['a prefix that looks like an expression', prefix('/', '/a+b'), '/a+b/c', '/c'],
  ['an escaped prefix', prefix('/bar', '/a%20b'), '/a b/c', '/bar/c'],
  ['another prefix: nothing', prefix('/bar', '/foo'), '/x', null],
  ['the whole path', full('/full'), '/foo/x', '/full'],
  ['an expression', regex('^/([a-z]+)/(.*)', '/\\2/\\1'), '/abc/def', '/def/abc'],
  ['an expression, every match', regex('a', 'b'), '/a/a', '/b/b'],
  ['bytes beyond ASCII, escaped', prefix('/b', '/a'), '/a/\xc3\xa9', '/b/%C3%A9'],
]
for (const [sentence, config, path, rewritten] of rows) {
  test(`${sentence}: ${path} is ${rewritten ?? 'left'}`, () => {
    const exchange = new FakeExchange({ path, query: 'q=1' })
    assert.equal(inWords(judge(compilePolicy(urlRewrite, config), exchange)), 'next')
    assert.equal(exchange.upstream.path, rewritten)
    assert.equal(exchange.upstream.query, null)
    assert.equal(exchange.upstream.host, null)
  })
}

test('the service is told of the path that was asked for', () => {
  const exchange = new FakeExchange({ path: '/foo/\xc3\xa9', query: 'q=1' })
  judge(compilePolicy(urlRewrite, prefix('/bar', '/foo')), exchange)
  assert.deepEqual(exchange.upstream.set, { 'x-envoy-original-path': '/foo/%C3%A9?q=1' })
})

test('another host, and the service is told of the first', () => {
  const exchange = new FakeExchange({ path: '/foo', host: 'a.test:80' })
  judge(compilePolicy(urlRewrite, { hostname: 'new.test' }), exchange)
  assert.equal(exchange.upstream.host, 'new.test')
  assert.deepEqual(exchange.upstream.set, { 'x-envoy-original-host': 'a.test:80' })
})

test('a path with a query puts it before the client’s', () => {
  const exchange = new FakeExchange({ path: '/foo', query: 'q=1' })
  judge(compilePolicy(urlRewrite, regex('^/foo', '/bar?x=2')), exchange)
  assert.deepEqual([exchange.upstream.path, exchange.upstream.query], ['/bar', 'x=2?q=1'])
})

const refused: [config: object, request: FakeRequest, verdict: string][] = [
  [regex('^/', ''), { path: '/foo' }, '400 rewritten-to-no-path'],
  [regex('a', '#'), { path: '/a' }, '400 rewritten-to-no-path'],
  [regex('a', '?#'), { path: '/a' }, '400 rewritten-to-no-path'],
]
for (const [config, request, verdict] of refused) {
  test(`${JSON.stringify(config)} makes no path: ${verdict}`, () => {
    assert.equal(inWords(judge(compilePolicy(urlRewrite, config), new FakeExchange(request))), verdict)
  })
}

test('nobody but the gateway may say what was asked for', () => {
  assert.deepEqual(urlRewrite.identityHeaders?.({ hostname: null, path: null }), [
    'x-envoy-original-path',
    'x-envoy-original-host',
  ])
})

const problems: [config: object, problem: RegExp][] = [
  [{ hostname: 'a b' }, /is no host/],
  [full('x'), /must start with/],
  [full('/a b'), /printable ASCII/],
  [{ path: { kind: 'regex', value: 'x' } }, /pattern.*is required/],
  [regex('(', 'x'), /missing closing/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => assert.throws(() => compilePolicy(urlRewrite, config), problem))
}
