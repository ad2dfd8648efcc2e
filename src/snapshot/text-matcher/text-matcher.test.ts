import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TextMatch } from '../../model/model.ts'
import type { Matchable } from '../route.ts'
import { accepts, type Candidate, compileMatch, outranks } from './candidate.ts'
import { comparableHost, hostPattern } from './host-pattern.ts'
import { TextMatcher } from './text-matcher.ts'

const everything: TextMatch = {
  methods: null,
  hosts: null,
  path: null,
  headers: [],
  snis: null,
  sources: null,
  destinations: null,
  order: { high: 0, low: 0 },
}

interface Sent {
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly scheme?: 'http' | 'https'
  readonly sni?: string
  readonly from?: readonly [string, number]
  readonly to?: readonly [string, number]
  readonly headers?: Readonly<Record<string, readonly string[]>>
}

function request(sent: Sent): Matchable {
  return {
    method: sent.method ?? 'GET',
    hostname: sent.host ?? 'example.com',
    path: sent.path ?? '/',
    query: '',
    listener: sent.scheme ?? 'http',
    scheme: sent.scheme ?? 'http',
    sni: sent.sni ?? null,
    clientIp: sent.from?.[0] ?? '127.0.0.1',
    clientPort: sent.from?.[1] ?? 50000,
    localIp: sent.to?.[0] ?? '127.0.0.1',
    localPort: sent.to?.[1] ?? 8000,
    hostPort: sent.to?.[1] ?? 8000,
    headerValues: (name) => sent.headers?.[name] ?? [],
  }
}

const prefix = (value: string): Partial<TextMatch> => ({ path: { kind: 'prefix', value } })
const regex = (value: string): Partial<TextMatch> => ({ path: { kind: 'regex', value } })

const rows: readonly (readonly [sentence: string, match: Partial<TextMatch>, sent: Sent, matches: boolean])[] = [
  ['an exact host', { hosts: ['a.test'] }, { host: 'a.test' }, true],
  ['another host', { hosts: ['a.test'] }, { host: 'b.test' }, false],
  ['a host in upper case names the same host', { hosts: ['a.test'] }, { host: 'A.TEST' }, true],
  ['a route host in upper case too', { hosts: ['A.Test'] }, { host: 'a.test' }, true],
  ['a final dot spells the same host', { hosts: ['a.test'] }, { host: 'a.test.' }, true],
  ['two final dots do not', { hosts: ['a.test'] }, { host: 'a.test..' }, false],
  ['the second of two hosts', { hosts: ['a.test', 'b.test'] }, { host: 'b.test' }, true],
  ['a wildcard at the left stands for one label', { hosts: ['*.wl.test'] }, { host: 'a.wl.test' }, true],
  ['and for two', { hosts: ['*.wl.test'] }, { host: 'a.b.wl.test' }, true],
  ['but not for none', { hosts: ['*.wl.test'] }, { host: 'wl.test' }, false],
  ['and not for half a label', { hosts: ['*.wl.test'] }, { host: 'awl.test' }, false],
  ['a wildcard in upper case', { hosts: ['*.WL.test'] }, { host: 'a.wl.test' }, true],
  ['a wildcard at the right', { hosts: ['wr.*'] }, { host: 'wr.example' }, true],
  ['a wildcard at the right stands for two labels', { hosts: ['wr.*'] }, { host: 'wr.co.uk' }, true],
  ['a wildcard at the right needs its dot', { hosts: ['wr.*'] }, { host: 'wr' }, false],
  ['a name longer than DNS has meets no wildcard', { hosts: ['*.t'] }, { host: `${'a.'.repeat(200)}t` }, false],
  ['a host with the port we listen on', { hosts: ['a.test:8000'] }, { host: 'a.test' }, true],
  ['a host with another port', { hosts: ['a.test:8123'] }, { host: 'a.test' }, false],
  ['a wildcard with the port we listen on', { hosts: ['*.test:8000'] }, { host: 'a.test' }, true],
  ['an IPv6 host with a port', { hosts: ['[::1]:8000'] }, { host: '[::1]' }, true],

  ['a prefix', prefix('/plain'), { path: '/plain/below' }, true],
  ['a prefix is text, not segments', prefix('/plain'), { path: '/plainer' }, true],
  ['half a prefix', prefix('/plain'), { path: '/plai' }, false],
  ['a prefix that ends in a slash', prefix('/trail/'), { path: '/trail' }, false],
  ['case counts in paths', prefix('/CaSe'), { path: '/case' }, false],
  ['a prefix beyond ASCII is compared by bytes', prefix('/\xc3\xa9'), { path: '/\xc3\xa9/x' }, true],
  ['a dot in a prefix is a dot', prefix('/dot.html'), { path: '/dotxhtml' }, false],

  ['an expression', regex('/re/\\d+$'), { path: '/re/123' }, true],
  ['an expression with an end anchor', regex('/re/\\d+$'), { path: '/re/123/x' }, false],
  ['an expression starts where the path starts', regex('/re/\\d+'), { path: '/x/re/123' }, false],
  ['an expression without an end anchor', regex('/re/\\d+'), { path: '/re/123/x' }, true],
  ['an anchor of its own does no harm', regex('^/re/\\d+'), { path: '/re/1' }, true],
  ['an expression with outer alternatives', regex('/a|/b'), { path: '/b' }, true],
  ['outer alternatives all start where the path starts', regex('/a|/b'), { path: '/x/b' }, false],
  ['an optional last literal', regex('/colou?r'), { path: '/color' }, true],
  ['an expression of the slower engine', regex('/(a+)+b'), { path: '/aaab' }, true],
  ['a dot is a character, not a byte', regex('/.$'), { path: '/\xc3\xa9' }, true],
  ['no expression over text matches what is no text', regex('/.*'), { path: '/\xff' }, false],
  ['a class of characters beyond ASCII', regex('/[é]'), { path: '/\xc3\xa9' }, true],

  ['a method', { methods: ['GET', 'POST'] }, { method: 'POST' }, true],
  ['another method', { methods: ['GET'] }, { method: 'HEAD' }, false],

  ['a header', { headers: [{ name: 'x-v', values: ['1', 'two'] }] }, { headers: { 'x-v': ['two'] } }, true],
  ['a header in another case', { headers: [{ name: 'x-v', values: ['Two'] }] }, { headers: { 'x-v': ['tWO'] } }, true],
  ['a header sent twice', { headers: [{ name: 'x-v', values: ['1'] }] }, { headers: { 'x-v': ['9', '1'] } }, true],
  ['a header that is not there', { headers: [{ name: 'x-v', values: ['1'] }] }, {}, false],
  [
    'every header is needed',
    {
      headers: [
        { name: 'x-a', values: ['1'] },
        { name: 'x-b', values: ['1'] },
      ],
    },
    { headers: { 'x-a': ['1'] } },
    false,
  ],
  [
    'a header expression',
    { headers: [{ name: 'x-v', values: ['~*^v[0-9]+$'] }] },
    { headers: { 'x-v': ['V12'] } },
    true,
  ],
  [
    'a header expression looks anywhere',
    { headers: [{ name: 'x-v', values: ['~*b'] }] },
    { headers: { 'x-v': ['abc'] } },
    true,
  ],
  [
    'a header expression that fails',
    { headers: [{ name: 'x-v', values: ['~*^v[0-9]+$'] }] },
    { headers: { 'x-v': ['version'] } },
    false,
  ],

  ['a server name', { snis: ['a.test'] }, { scheme: 'https', sni: 'A.test.' }, true],
  ['another server name', { snis: ['a.test'] }, { scheme: 'https', sni: 'b.test' }, false],
  ['no server name over TLS', { snis: ['a.test'] }, { scheme: 'https' }, false],
  ['server names are not looked at without TLS', { snis: ['a.test'] }, { scheme: 'http' }, true],
  ['a wildcard server name', { snis: ['*.test'] }, { scheme: 'https', sni: 'a.test' }, true],

  ['a source address', { sources: [{ ip: '10.0.0.1', port: null }] }, { from: ['10.0.0.1', 1] }, true],
  ['a source range', { sources: [{ ip: '10.0.0.0/8', port: null }] }, { from: ['10.9.9.9', 1] }, true],
  ['outside the range', { sources: [{ ip: '10.0.0.0/8', port: null }] }, { from: ['11.0.0.1', 1] }, false],
  ['an IPv6 range', { sources: [{ ip: '2001:db8::/32', port: null }] }, { from: ['2001:db8::1', 1] }, true],
  ['a source port', { sources: [{ ip: null, port: 7 }] }, { from: ['10.0.0.1', 7] }, true],
  ['the right address at the wrong port', { sources: [{ ip: '10.0.0.1', port: 7 }] }, { from: ['10.0.0.1', 8] }, false],
  ['a destination', { destinations: [{ ip: '127.0.0.1', port: 8000 }] }, {}, true],
  ['another destination', { destinations: [{ ip: '127.0.0.2', port: 8000 }] }, {}, false],
]

for (const [sentence, match, sent, matches] of rows) {
  test(`${sentence} ${matches ? 'matches' : 'does not match'}`, () => {
    const matcher = new TextMatcher<string>()
    matcher.put('r', [{ ...everything, ...match }], 'the route')
    assert.equal(matcher.match(request(sent)) !== null, matches)
  })
}

test('hosts are compared as written when asked to', () => {
  const matcher = new TextMatcher<string>(true)
  matcher.put('r', [{ ...everything, hosts: ['A.test'] }], 'r')
  assert.equal(matcher.match(request({ host: 'a.test' })), null)
  assert.equal(matcher.match(request({ host: 'A.test.' })), null)
  assert.notEqual(matcher.match(request({ host: 'A.test' })), null)
})

test('the higher order wins, then the larger id', () => {
  const matcher = new TextMatcher<string>()
  const at = (high: number, low: number): TextMatch => ({ ...everything, order: { high, low } })
  matcher.put('a', [at(1, 0)], 'a')
  matcher.put('b', [at(0, 0xffffffff)], 'b')
  assert.equal(matcher.match(request({}))?.target, 'a')
  matcher.put('c', [at(1, 5)], 'c')
  assert.equal(matcher.match(request({}))?.target, 'c')
  matcher.put('d', [at(1, 5)], 'd')
  assert.equal(matcher.match(request({}))?.target, 'd')
  matcher.put('e', [at(0xffffffff, 0)], 'e')
  assert.equal(matcher.match(request({}))?.target, 'e')
  matcher.delete('e')
  assert.equal(matcher.match(request({}))?.target, 'd')
})

test('a route with an expression that can not be used is not in the matcher', () => {
  const matcher = new TextMatcher<string>()
  assert.throws(
    () => matcher.put('r', [everything, { ...everything, ...regex('(?=x)') }], 'r'),
    /not a usable expression/,
  )
  assert.equal(matcher.match(request({})), null)
})

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

for (let seed = 1; seed <= 8; seed++) {
  test(`finds what a look at every route finds (seed ${seed})`, () => {
    const below = random(seed)
    const pick = <T>(values: readonly T[]): T => values[below(values.length)]!
    const hosts = ['a.test', 'b.test', '*.test', '*.a.test', 'a.*', 'x.a.*', 'a.test:8000', 'b.test:1', '*.test:8000']
    const pieces = ['/', '/a', '/ab', '/abc', '/a/b', '/b', '/abd', '/a/b/c', '']
    const expressions = ['/a.*', '/[ab]+$', '/a(b|c)', '/ab?c', '/\\w+/b', '(?i)/A', '/(a|ab)(c|bcd)', '/b|/a']
    const maybe = <T>(value: () => T): T | null => (below(3) === 0 ? value() : null)
    const someMatch = (): TextMatch => ({
      methods: maybe(() => [pick(['GET', 'POST'])]),
      hosts: below(3) > 0 ? [pick(hosts), pick(hosts)] : null,
      path: pick([
        null,
        { kind: 'prefix', value: pick(pieces) + pick(pieces) },
        { kind: 'prefix', value: pick(pieces) },
        { kind: 'regex', value: pick(expressions) },
      ]),
      headers: below(4) === 0 ? [{ name: 'x', values: [pick(['1', '~*2'])] }] : [],
      snis: null,
      sources: null,
      destinations: null,
      order: { high: below(4), low: below(4) },
    })
    const someRequest = () =>
      request({
        method: pick(['GET', 'POST']),
        host: pick(['a.test', 'b.test', 'x.a.test', 'a.example', 'c.example', 'x.a.co.uk', 'A.TEST.']),
        path: pick(pieces) + pick(pieces) + pick(['', 'c', '/', 'bcd']),
        headers: { x: [pick(['1', '2', '3'])] },
      })

    const matcher = new TextMatcher<string>()
    const routes = new Map<string, readonly TextMatch[]>()
    for (let step = 0; step < 1500; step++) {
      const id = `r${below(60)}`
      if (below(3) === 0) {
        matcher.delete(id)
        routes.delete(id)
      } else {
        const matches = Array.from({ length: 1 + below(3) }, someMatch)
        matcher.put(id, matches, id)
        routes.set(id, matches)
      }
      const asked = someRequest()
      assert.equal(matcher.match(asked)?.target ?? null, slowly(routes, asked), JSON.stringify(asked))
    }
  })
}

/** The same answer by looking at every route. */
function slowly(routes: ReadonlyMap<string, readonly TextMatch[]>, asked: Matchable): string | null {
  let best: Candidate<string> | null = null
  for (const [id, matches] of routes) {
    for (const match of matches) {
      const compiled = compileMatch(match, id, id)
      for (const host of match.hosts ?? [null]) {
        const pattern = host === null ? null : hostPattern(host, false)
        const name = comparableHost(asked.hostname, false)
        const isMeant =
          pattern === null ||
          (pattern.kind === 'exact' && name === pattern.text) ||
          (pattern.kind === 'suffix' && name.endsWith(pattern.text)) ||
          (pattern.kind === 'prefix' && name.startsWith(pattern.text))
        const candidate = compiled.candidate(pattern?.port ?? null)
        const startsRight = match.path?.kind !== 'prefix' || asked.path.startsWith(match.path.value)
        if (isMeant && startsRight && accepts(candidate, asked) && (best === null || outranks(candidate, best))) {
          best = candidate
        }
      }
    }
  }
  return best?.target ?? null
}

test('a host longer than any name does not fall past a wildcard to a route of all hosts', () => {
  const matcher = new TextMatcher<string>()
  const long = { host: `${'a.'.repeat(200)}t` }
  matcher.put('all', [everything], 'all')
  assert.equal(matcher.match(request(long))?.target, 'all')
  matcher.put('wildcard', [{ ...everything, hosts: ['*.t'] }], 'wildcard')
  assert.equal(matcher.match(request(long)), null)
})
