import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeExchange } from '../test-kit.ts'
import { type CelOutcome, checkExpression, compileExpression } from './expression.ts'
import { RequestVariables } from './request-variables.ts'

const PAYLOAD = "metadata.filter_metadata['envoy.filters.http.jwt_authn']['payload']"

const exchange = new FakeExchange({
  ...{ path: '/e', query: 'q=1&r', host: 'a.test:81', clientIp: '127.0.0.1', now: Date.UTC(2026, 10, 26) },
  connection: { localIp: '127.0.0.1', localPort: 19_900 },
  headers: {
    'x-a': '1',
    x: 'y',
    'x-two': ['1', '2'],
    referer: 'http://r/',
    'user-agent': 'agent',
    'x-utf': '\xc3\xa9',
    'x-empty': '',
    cookie: ['a=b', 'c=d'],
  },
})
exchange.shared.set('envoy.filters.http.jwt_authn', {
  payload: {
    ...{ email: 'dev2@kgateway.io', n: 7, big: 12_345_678_901, scope: ['a', 'admin'], nul: null, t: true },
    nested: { a: { b: 'c' } },
  },
})

function outcome(source: string, absentHeader: null | undefined = undefined): CelOutcome {
  return compileExpression(source)(new RequestVariables(exchange, absentHeader))
}

/** What Envoy 1.38.3 says of this request; `P` is the payload of its token. True, or anything else. */
const asEnvoy: [source: string, isTrue: boolean][] = [
  ['1', false],
  ["P['email'] == 'dev2@kgateway.io'", true],
  ['P.n == 7', true],
  ['P.n == 7.0', true],
  ['P.n > 6', true],
  ['P.n in [7]', true],
  ['7 in [P.n]', true],
  ['P.big == 12345678901', true],
  ["'admin' in P['scope']", true],
  ["P['scope'].contains('admin')", false],
  ["P.scope[1] == 'admin'", true],
  ['size(P.scope) == 2', true],
  ["P.nothing == 'x'", false],
  ["P.nothing == 'x' || true", true],
  ['has(P.nothing)', false],
  ['!has(P.nothing)', true],
  ['has(P.nul)', true],
  ['P.nul == null', true],
  ["'nul' in P", true],
  ["'nothing' in P", false],
  ["P.nested.a.b == 'c'", true],
  ["P.nested.x.b == 'c'", false],
  ['P.n + 1.0 == 8.0', true],
  ['P.n + 1 == 8.0', false],
  ['P.t', true],
  ['P.email', false],
  ['!P.t', false],
  ['P.t == true', true],
  ["request.path == '/e?q=1&r'", true],
  ["request.url_path == '/e'", true],
  ["request.query == 'q=1&r'", true],
  ["request.host == 'a.test:81'", true],
  ["request.scheme == 'http'", true],
  ["request.method == 'GET'", true],
  ["request.protocol == 'HTTP/1.1'", true],
  ["request.headers['x-a'] == '1'", true],
  ["request.headers['X-A'] == '1'", true],
  ["request.headers.x == 'y'", true],
  ["request.headers['x-two'] == '1,2'", true],
  ["request.headers['x-two'] == '1, 2'", false],
  ["'x-a' in request.headers", true],
  ['has(request.headers.x)', true],
  ['size(request.headers) > 3', true],
  ["request.headers['x-none'] == ''", false],
  ["request.headers[':path'] == '/e?q=1&r'", true],
  ["request.headers[':authority'] == 'a.test:81'", true],
  ["request.headers['host'] == 'a.test:81'", true],
  ["request.headers['x-request-id'] == request.id", true],
  ["request.referer == 'http://r/'", true],
  ["request.useragent == 'agent'", true],
  ["request.id != ''", true],
  ['request.size == 0', true],
  ['request.size == -1', false],
  ['request.total_size > 10', true],
  ['request.headers_bytes > 10', true],
  ['request.headers_bytes == 0', false],
  ["request.time > timestamp('2020-01-01T00:00:00Z')", true],
  ["request.duration == duration('0s')", false],
  ['has(request.duration)', false],
  ["request.duration < duration('1s')", false],
  ["source.address.startsWith('127.0.0.1:')", true],
  ['source.port > 0', true],
  ["destination.address == '127.0.0.1:19900'", true],
  ['destination.port == 19900', true],
  ['connection.mtls == false', true],
  ['connection.mtls', false],
  ['has(connection.mtls)', true],
  ["connection.requested_server_name == ''", true],
  ['has(connection.tls_version)', false],
  ["connection.tls_version == ''", false],
  ["connection.termination_details == ''", false],
  ["connection.uri_san_peer_certificate == ''", false],
  ["connection.transport_failure_reason == ''", false],
  ['has(request.referer)', true],
  ['has(request.nope)', false],
  ["request.nope == ''", false],
  ['has(response.code)', false],
  ['response.code == 200', false],
  ['response.code == 0', false],
  ['has(upstream.address)', false],
  ["upstream.address == ''", false],
  ['upstream.port == 0', false],
  ['has(filter_state.a)', false],
  ["filter_state['a'] == ''", false],
  ["'a' in filter_state", false],
  ["plugin_name == ''", false],
  ["cluster_name == 'echo'", false],
  ["request.path.matches('^/e.*')", true],
  ["request.path.matches('e')", true],
  ["request.path.matches('^E')", false],
  ["'a' < 'b'", true],
  ['1 < 2.0', true],
  ['1 == 1.0', true],
  ['1u == 1', true],
  ["int('3') == 3", true],
  ["double('1.5') == 1.5", true],
  ['type(1) == int', true],
  ["timestamp('2020-01-01T00:00:00Z').getHours() == 0", true],
  ["duration('1h') > duration('1m')", true],
  ["metadata.filter_metadata['none'].x == 1", false],
  ['has(metadata.filter_metadata.none)', false],
  ['has(metadata.filter_metadata)', true],
  ["'none' in metadata.filter_metadata", false],
  ['has(metadata.typed_filter_metadata)', false],
  ["'envoy.filters.http.jwt_authn' in metadata.filter_metadata", true],
  ['size(metadata.filter_metadata) == 1', true],
  ['true', true],
  ['false', false],
  ["'true'", false],
  ['null == null', true],
  ['true ? true : nope', true],
  ['nope || true', true],
  ['nope && false', false],
  ['!(nope && false)', true],
  ['false || nope', false],
  ['1/0 == 1 || true', true],
  ['[1,2][5] == 1', false],
  ["{'a': 1}['a'] == 1", true],
  ["{'a': 1}.b == 1", false],
  ["request.auth.claims.groups == 'group1'", false],
  ['request == request', true],
  ["'y' == request.headers.x && request.method in ['GET','POST']", true],
  ["b'a' == b'a'", true],
  [String.raw`"é" == "\u00e9"`, true],
  ["size('é') == 1", true],
  ["request.headers['x-utf'] == 'é'", true],
  ["request.headers['x-utf'].size() == 1", true],
  ["request.headers['x-empty'] == ''", true],
  ["request.headers['cookie'] == 'a=b; c=d'", false],
  ['!has(response.code)', true],
  ['!has(upstream.address)', true],
  ["!('a' in filter_state)", true],
  ['!has(filter_state.a)', true],
  ['!(response.code == 200)', false],
  ["request.headers['cookie'] == 'a=b,c=d'", true],
  ["request.headers['cookie'] == 'a=b,%20c=d'", false],
  ['!has(request.duration)', true],
  ['!has(connection.tls_version)', true],
  ['!has(connection.uri_san_peer_certificate)', true],
  ['!has(connection.termination_details)', true],
  ['!has(connection.requested_server_name)', false],
  ['!has(metadata.typed_filter_metadata)', true],
  ['!has(request.nope)', true],
  ['has(request.nope) || true', true],
  [String.raw`re.extract('abc', 'a(b)c', 'x\\1') == 'xb'`, true],
  ["re.capture('abc','(b)') == 'b'", false],
  ["bool('true')", true],
  ["bytes('a') == b'a'", true],
  ['dyn(1) == 1', true],
  ['uint(1) == 1u', true],
  ['int(7.9) == 7', true],
  ["size({'a':1}) == 1", true],
  ["google.protobuf.Duration{seconds: 1} == duration('1s')", true],
  ["request.time - request.time == duration('0s')", true],
  ["request.time.getDayOfWeek('UTC') >= 0", true],
  ["request.time.getHours('America/New_York') >= 0", true],
  ["'x'.startsWith('x') && 'x'.endsWith('x') && 'x'.contains('x')", true],
  ["startsWith('x','x')", true],
  ["matches('x','x')", true],
  ["size('abc') == 3 && 'abc'.size() == 3", true],
  ["request.headers['x-a'] == 1", false],
  ["request.headers['x-a'] > 0", false],
  ['-P.n == -7.0', true],
  ['P.n % 2.0 == 1.0', false],
  ['int(P.n) % 2 == 1', true],
  ['P.n == 7u', true],
  ["P.scope == ['a','admin']", true],
  ["P.nested == {'a': {'b': 'c'}}", true],
  ['type(P.n) == double', true],
  ['type(P.scope) == list', true],
  ['type(P) == map', true],
  ['type(P.nul) == null_type', true],
  ['request.headers == request.headers', true],
  ['type(request.headers) == map', true],
]
for (const [source, isTrue] of asEnvoy) {
  test(`${source} is ${isTrue ? 'true' : 'not true'}`, () => {
    const written = source.replaceAll(/\bP\b/g, PAYLOAD)
    assert.equal(outcome(written) === true, isTrue)
  })
}

/** What Envoy refuses, or never finds true, and we evaluate. */
const more: [source: string, outcome: CelOutcome][] = [
  ["string(1) == '1'", true],
  ["'a' + 'b' == 'ab'", true],
  ['[1] + [2] == [1, 2]', true],
  ['[1, 2].exists(x, x == 1)', true],
  ['[1, 2].all(x, x > 1)', false],
  ['[1, 2].map(x, x * 2) == [2, 4]', true],
  ["'a,b'.split(',')[0] == 'a'", true],
  ["'A'.lowerAscii() == 'a'", true],
  ["'abc'.substring(1) == 'bc'", true],
  ["request.headers.exists(name, name == 'x-two')", true],
  ["metadata.filter_metadata.exists(name, name.startsWith('envoy'))", true],
  ["'a'.matches('(')", 'error'],
  ["re.capture('abc', 'a(b)c') == 'b'", true],
  ['xds.cluster_name == ""', 'error'],
  ["'true'", 'error'],
]
for (const [source, expected] of more) {
  test(`${source}: ${expected}`, () => assert.equal(outcome(source), expected))
}

/** With absent headers as null: `has` and `in` still tell. */
const absent: [source: string, outcome: CelOutcome][] = [
  ["request.headers['x-none'] == 'true'", false],
  ["request.headers['x-none'] != 'true'", true],
  ["request.headers['x-none'].startsWith('a')", 'error'],
  ["has(request.headers['x-none'].a)", false],
  ['has(request.headers.none)', false],
  ["'x-none' in request.headers", false],
  ["'x-a' in request.headers", true],
]
for (const [source, expected] of absent) {
  test(`an absent header is null: ${source} is ${expected}`, () => assert.equal(outcome(source, null), expected))
}

test('a regular expression that would take for ever elsewhere takes none of it here', () => {
  const long = new FakeExchange({ headers: { x: 'a'.repeat(60_000) } })
  const rule = compileExpression(
    "request.headers['x'].matches('^(a+)+$') && !request.headers['x'].matches('^(a|a)*b$')",
  )
  assert.equal(rule(new RequestVariables(long, undefined)), true)
})

test('stacks of errors are collected again after an expression had one', () => {
  const limit = Error.stackTraceLimit
  assert.equal(outcome("request.headers['x-none'] == 'a'"), 'error')
  assert.equal(Error.stackTraceLimit, limit)
})

const problems: [source: string, problem: RegExp | null][] = [
  ["request.path == '/'", null],
  ['[1].exists(x, x > 0)', null],
  ['request.path ==', /^Syntax error: 1:14: /],
  ['', /^Syntax error/],
  ['nofunc(1)', /undeclared reference to 'nofunc'/],
  ["true || {'a': [request.nofunc(1)]}.size() == 1", /undeclared reference to 'request.nofunc'/],
  ['math.greatest(1, 2) == 2', /undeclared reference to 'math.greatest'/],
  ['[1].all(x, nofunc(x))', /undeclared reference to 'nofunc'/],
  [`${'('.repeat(8000)}1`, /^Syntax error/],
]
for (const [source, problem] of problems) {
  test(`'${source.slice(0, 40)}' is ${problem === null ? 'good' : 'refused'}`, () => {
    const told = checkExpression(source)
    if (problem === null) assert.equal(told, null)
    else assert.match(String(told), problem)
  })
}
