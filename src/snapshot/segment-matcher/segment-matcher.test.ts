import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SegmentMatch, ValueMatch } from '../../model/model.ts'
import type { Matchable } from '../route.ts'
import { SegmentMatcher } from './segment-matcher.ts'

const everything: SegmentMatch = {
  listener: 'http',
  host: null,
  path: { kind: 'prefix', value: '' },
  method: null,
  headers: [],
  query: [],
  order: { rank: 0, tie: '' },
}

interface Sent {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly listener?: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

function request(sent: Sent): Matchable {
  return {
    method: sent.method ?? 'GET',
    hostname: sent.host ?? 'example.com',
    path: sent.path ?? '/',
    query: sent.query ?? '',
    listener: sent.listener ?? 'http',
    scheme: 'http',
    sni: null,
    clientIp: '127.0.0.1',
    clientPort: 50000,
    localIp: '127.0.0.1',
    localPort: 8000,
    hostPort: 8000,
    headerValues: (name) => sent.headers?.[name] ?? [],
  }
}

const prefix = (value: string): Partial<SegmentMatch> => ({ path: { kind: 'prefix', value } })
const exact = (value: string): Partial<SegmentMatch> => ({ path: { kind: 'exact', value } })
const regex = (value: string): Partial<SegmentMatch> => ({ path: { kind: 'regex', value } })
const version = (kind: ValueMatch['kind'], value: string): ValueMatch => ({ name: 'version', kind, value })

const rows: readonly (readonly [sentence: string, match: Partial<SegmentMatch>, sent: Sent, matches: boolean])[] = [
  ['the empty prefix takes every path', {}, { path: '/a/b' }, true],
  ['a prefix takes itself', prefix('/foo'), { path: '/foo' }, true],
  ['a prefix takes itself with a slash', prefix('/foo'), { path: '/foo/' }, true],
  ['a prefix takes what lies under it', prefix('/foo'), { path: '/foo/bar/baz' }, true],
  ['a prefix ends with a segment', prefix('/foo'), { path: '/foobar' }, false],
  ['a prefix of two segments', prefix('/foo/bar'), { path: '/foo/bar/x' }, true],
  ['a prefix of two segments needs both', prefix('/foo/bar'), { path: '/foo' }, false],
  ['an exact path', exact('/foo'), { path: '/foo' }, true],
  ['an exact path takes no slash more', exact('/foo'), { path: '/foo/' }, false],
  ['an exact path minds case', exact('/foo'), { path: '/Foo' }, false],
  ['an expression must match the whole path', regex('/v[0-9]+'), { path: '/v12' }, true],
  ['an expression does not match a part', regex('/v[0-9]+'), { path: '/v12/x' }, false],
  ['an expression does not match an end', regex('/v[0-9]+'), { path: '/x/v12' }, false],
  ['a method', { method: 'POST' }, { method: 'POST' }, true],
  ['another method', { method: 'POST' }, { method: 'GET' }, false],
  ['a host, whatever its case', { host: 'example.com' }, { host: 'EXAMPLE.com' }, true],
  ['another host', { host: 'example.com' }, { host: 'example.org' }, false],
  ['a wildcard takes one label', { host: '*.example.com' }, { host: 'a.example.com' }, true],
  ['a wildcard takes several labels', { host: '*.example.com' }, { host: 'a.b.example.com' }, true],
  ['a wildcard does not take the bare name', { host: '*.example.com' }, { host: 'example.com' }, false],
  ['a wildcard does not take a longer word', { host: '*.example.com' }, { host: 'aexample.com' }, false],
  ['a wildcard does not take nothing', { host: '*.example.com' }, { host: '.example.com' }, false],
  ['a dot at the end makes no other host', { host: 'example.com' }, { host: 'example.com.' }, true],
  ['nor does it within a wildcard', { host: '*.example.com' }, { host: 'a.EXAMPLE.com.' }, true],
  ['one dot is enough', { host: 'example.com' }, { host: 'example.com..' }, false],
  ['another listener', {}, { listener: 'https' }, false],
  ['a header', { headers: [version('exact', '2')] }, { headers: { version: ['2'] } }, true],
  ['another value', { headers: [version('exact', '2')] }, { headers: { version: ['3'] } }, false],
  ['no header', { headers: [version('regex', '.*')] }, {}, false],
  ['a repeated header is joined', { headers: [version('exact', '1,2')] }, { headers: { version: ['1', '2'] } }, true],
  ['a header expression is whole', { headers: [version('regex', '[0-9]')] }, { headers: { version: ['12'] } }, false],
  ['an argument', { query: [version('exact', '2')] }, { query: 'a=1&version=2' }, true],
  ['the first of several', { query: [version('exact', '2')] }, { query: 'version=1&version=2' }, false],
  ['an argument minds case', { query: [version('exact', '2')] }, { query: 'Version=2' }, false],
  ['an argument is not decoded', { query: [version('exact', 'a b')] }, { query: 'version=a+b' }, false],
  ['a bare argument is empty', { query: [version('exact', '')] }, { query: 'x&version&y' }, true],
  ['part of a name is none', { query: [version('exact', '2')] }, { query: 'subversion=2' }, false],
  ['no argument', { query: [version('regex', '.*')] }, { query: 'v=version' }, false],
]
for (const [sentence, match, sent, matches] of rows) {
  test(sentence, () => {
    const matcher = new SegmentMatcher<string>()
    matcher.put('r', [{ ...everything, ...match }], 'r')
    assert.equal(matcher.match(request(sent)) !== null, matches)
  })
}

test('only the most specific virtual host is asked, though another would have a route', () => {
  const matcher = new SegmentMatcher<string>()
  matcher.put('exact', [{ ...everything, host: 'a.example.com', ...prefix('/a') }], 'exact')
  matcher.put('wildcard', [{ ...everything, host: '*.example.com', ...prefix('/b') }], 'wildcard')
  matcher.put('longer', [{ ...everything, host: '*.b.example.com' }], 'longer')
  matcher.put('all', [everything], 'all')
  const target = (host: string, path: string) => matcher.match(request({ host, path }))?.target ?? null
  assert.equal(target('a.example.com', '/a'), 'exact')
  assert.equal(target('a.example.com', '/b'), null)
  assert.equal(target('x.example.com', '/b'), 'wildcard')
  assert.equal(target('x.b.example.com', '/b'), 'longer')
  assert.equal(target('example.org', '/b'), 'all')
})

test('a host longer than any name is nobody’s, and does not fall past a wildcard to what takes all hosts', () => {
  const matcher = new SegmentMatcher<string>()
  matcher.put('wildcard', [{ ...everything, host: '*.example.com' }], 'wildcard')
  matcher.put('all', [everything], 'all')
  assert.equal(matcher.match(request({ host: `${'a.'.repeat(125)}example.com` })), null)
})

test('where hosts are to be exact, a dot at the end makes another one', () => {
  const matcher = new SegmentMatcher<string>(true)
  matcher.put('r', [{ ...everything, host: 'example.com' }], 'r')
  matcher.put('all', [everything], 'all')
  assert.equal(matcher.match(request({ host: 'example.com.' }))?.target, 'all')
})

test('after a route is deleted its virtual host is gone too', () => {
  const matcher = new SegmentMatcher<string>()
  matcher.put('all', [everything], 'all')
  matcher.put('r', [{ ...everything, host: 'a.example.com', ...exact('/a') }], 'r')
  assert.equal(matcher.match(request({ host: 'a.example.com' })), null)
  matcher.delete('r')
  assert.equal(matcher.match(request({ host: 'a.example.com' }))?.target, 'all')
})

test('the larger rank is asked first, then the smaller text', () => {
  const matcher = new SegmentMatcher<string>()
  const at = (rank: number, tie: string, more = {}) => [{ ...everything, ...more, order: { rank, tie } }]
  matcher.put('a', at(1, 'b'), 'a')
  matcher.put('b', at(1, 'a'), 'b')
  assert.equal(matcher.match(request({}))?.target, 'b')
  matcher.put('c', at(2, 'z', regex('/.*')), 'c')
  assert.equal(matcher.match(request({}))?.target, 'c')
  matcher.put('d', at(3, 'z', prefix('/x')), 'd')
  assert.equal(matcher.match(request({ path: '/x/y' }))?.target, 'd')
  assert.equal(matcher.match(request({ path: '/y' }))?.target, 'c')
})

test('an expression that can not be used leaves nothing of its route', () => {
  const matcher = new SegmentMatcher<string>()
  assert.throws(() => matcher.put('r', [everything, { ...everything, ...regex('(') }], 'r'))
  assert.equal(matcher.match(request({})), null)
})

test('finds what asking every route in turn finds', () => {
  let seed = 7
  const draw = <T>(from: readonly T[]): T => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return from[(seed >>> 8) % from.length]!
  }
  const parts = ['', '/', '/a', '/a/b', '/ab', '/a/b/c', '/b']
  for (let round = 0; round < 200; round++) {
    const matcher = new SegmentMatcher<number>()
    const routes = Array.from({ length: 12 }, (_, n): SegmentMatch => {
      const kind = draw(['exact', 'prefix', 'prefix', 'regex'] as const)
      const value =
        kind === 'exact'
          ? draw(parts.slice(1))
          : kind === 'prefix'
            ? draw(parts).replace(/\/$/, '')
            : draw(['/a.*', '/[ab]', '.*'])
      return {
        ...everything,
        path: { kind, value },
        method: draw([null, 'GET', 'POST']),
        order: { rank: draw([1, 2, 3]), tie: String(n) },
      }
    })
    routes.forEach((match, n) => void matcher.put(String(n), [match], n))
    const removed = draw([0, 1, 2, 3])
    matcher.delete(String(removed))
    for (const path of [...parts.slice(1), '/a/', '/a/b/', '/c']) {
      const expected = routes
        .map((match, n) => ({ match, n }))
        .filter(({ match, n }) => n !== removed && holds(match, path))
        .sort((x, y) => y.match.order.rank - x.match.order.rank || (x.match.order.tie < y.match.order.tie ? -1 : 1))[0]
      assert.equal(matcher.match(request({ path }))?.target, expected?.n, `${path} in round ${round}`)
    }
  }
})

function holds({ path: { kind, value }, method }: SegmentMatch, path: string): boolean {
  if (method !== null && method !== 'GET') return false
  if (kind === 'exact') return path === value
  if (kind === 'regex') return new RegExp(`^(?:${value})$`).test(path)
  return path === value || path.startsWith(`${value}/`)
}
