import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compilePolicy,
  FakeDirectory,
  FakeExchange,
  type FakeRequest,
  fakeIdentity,
  inWords,
  judge,
} from '../../policy/test-kit.ts'
import { requestTransformer } from './handler.ts'

function transformed(config: object, request: FakeRequest, verdict = 'next'): FakeExchange['upstream'] {
  const exchange = new FakeExchange(request)
  assert.equal(inWords(judge(compilePolicy(requestTransformer, config), exchange)), verdict)
  return exchange.upstream
}

const abc: FakeRequest = { headers: { 'x-a': '1', 'x-b': ['2', '3'] } }
const headers: [sentence: string, config: object, set: Record<string, string>, dropped: string[]][] = [
  ['remove what is there', { remove: { headers: ['X-A'] } }, {}, ['x-a']],
  ['rename', { rename: { headers: ['X-A:X-C'] } }, { 'x-c': '1' }, ['x-a']],
  ['rename several values', { rename: { headers: ['x-b:x-c'] } }, { 'x-c': '2, 3' }, ['x-b']],
  ['rename what is not there', { rename: { headers: ['x-z:x-c'] } }, {}, []],
  ['replace what is there', { replace: { headers: ['X-A:9'] } }, { 'x-a': '9' }, []],
  ['replace what is not there', { replace: { headers: ['x-z:9'] } }, {}, []],
  ['add what is there', { add: { headers: ['x-a:9'] } }, {}, []],
  ['add what is not there', { add: { headers: ['x-z:9'] } }, { 'x-z': '9' }, []],
  ['add without a value', { add: { headers: ['x-z:'] } }, {}, []],
  ['a value with colons', { add: { headers: ['x-z:http://a:1'] } }, { 'x-z': 'http://a:1' }, []],
  ['append to what is there', { append: { headers: ['x-a:9'] } }, { 'x-a': '1, 9' }, []],
  ['append to nothing', { append: { headers: ['x-z:9'] } }, { 'x-z': '9' }, []],
  ['text beyond ASCII is sent as UTF-8', { add: { headers: ['x-z:é'] } }, { 'x-z': '\xc3\xa9' }, []],
]
for (const [sentence, config, set, dropped] of headers) {
  test(`headers: ${sentence}`, () => {
    const upstream = transformed(config, abc)
    assert.deepEqual([upstream.set, upstream.droppedHeaders], [set, dropped])
  })
}

test('the host can be replaced, not appended to', () => {
  const config = { replace: { headers: ['Host:other.test'] }, append: { headers: ['host:x'] } }
  assert.equal(transformed(config, { headers: { host: 'gateway.test' } }).host, 'other.test')
})

const queries: [sentence: string, config: object, query: string, changed: string | null][] = [
  ['left alone', {}, 'b=1&a=2', null],
  ['remove all of a name', { remove: { querystring: ['a'] } }, 'a=1&b=2&a=3', 'b=2'],
  ['the last one goes', { remove: { querystring: ['a'] } }, 'a=1', ''],
  ['rename', { rename: { querystring: ['a:c'] } }, 'a=1&b=2', 'b=2&c=1'],
  ['replace what is there', { replace: { querystring: ['a:9', 'z:9'] } }, 'a=1&a=2', 'a=9'],
  ['add what is not there', { add: { querystring: ['a:9', 'z:x y&z'] } }, 'a=1', 'a=1&z=x%20y%26z'],
  ['append', { append: { querystring: ['a:9', 'z:9'] } }, 'a=1', 'a=1&a=9&z=9'],
  ['bare names stay bare, blanks are escaped', { remove: { querystring: ['z'] } }, 'b&a=x+y', 'a=x%20y&b'],
]
for (const [sentence, config, query, changed] of queries) {
  test(`query: ${sentence}`, () => assert.equal(transformed(config, { query }).query, changed))
}

const json = { 'content-type': 'application/json; charset=utf-8' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const bodies: [
  sentence: string,
  config: object,
  headers: Record<string, string>,
  body: string,
  changed: string | null,
][] = [
  ['remove a member', { remove: { body: ['a'] } }, json, '{"a":1,"b":2}', '{"b":2}'],
  ['rename a member', { rename: { body: ['a:c'] } }, json, '{"a":{"x":1}}', '{"c":{"x":1}}'],
  ['replace a member', { replace: { body: ['a:9', 'z:9'] } }, json, '{"a":1}', '{"a":"9"}'],
  ['add a member', { add: { body: ['a:9', 'z:é'] } }, json, '{"a":1}', '{"a":1,"z":"\xc3\xa9"}'],
  ['append to a text', { append: { body: ['a:9'] } }, json, '{"a":"1"}', '{"a":["1","9"]}'],
  ['append to a list', { append: { body: ['a:9'] } }, json, '{"a":[1]}', '{"a":[1,"9"]}'],
  ['append to nothing', { append: { body: ['a:9'] } }, json, '{}', '{"a":["9"]}'],
  ['an empty body gets members', { add: { body: ['a:9'] } }, json, '', '{"a":"9"}'],
  ['a member called __proto__', { add: { body: ['__proto__:9'] } }, json, '{}', '{"__proto__":"9"}'],
  ['JSON that is no object', { add: { body: ['a:9'] } }, json, '[1]', null],
  ['JSON that is none', { add: { body: ['a:9'] } }, json, '{', null],
  ['a form', { remove: { body: ['a'] }, add: { body: ['c:x y'] } }, form, 'a=1&b=2', 'b=2&c=x%20y'],
  ['another type', { remove: { body: ['a'] } }, { 'content-type': 'text/plain' }, 'a=1', null],
  ['no type', { remove: { body: ['a'] } }, {}, 'a=1', null],
]
for (const [sentence, config, sent, body, changed] of bodies) {
  test(`body: ${sentence}`, () => assert.equal(transformed(config, { headers: sent, body }).body, changed))
}

test('a body too large to be changed is refused', () => {
  transformed({ remove: { body: ['a'] } }, { headers: json }, '413 body-too-large')
  assert.deepEqual(
    [{}, { remove: { body: ['a'] } }].map((given) =>
      requestTransformer.needs?.body?.(requestTransformer.config.parse(given)),
    ),
    [0, 8 * 1024 * 1024],
  )
})

const consumer = new FakeDirectory().addConsumer({ username: 'alice' })
const rich: FakeRequest = {
  headers: { 'user-agent': 'curl', 'x-consumer-username': 'forged' },
  query: 'q=a%20b&bare',
  captures: { 0: '/users/7', 1: '7', id: '7' },
  identities: [fakeIdentity({ consumer })],
}
const templates: [template: string, value: string][] = [
  ['plain', 'plain'],
  ['$(headers.user_agent)', 'curl'],
  ["$(headers['User-Agent'])", 'curl'],
  ['<$(query_params.q)> $(query_params["bare"])', '<a b> true'],
  ['$(uri_captures.id)/$(uri_captures[1])', '7/7'],
  ['$(uri_captures.constructor)', ''],
  ['$(headers.none)', ''],
  ["$(headers.none or 'default')", 'default'],
  ["$(headers.none or query_params.none or 'x')", 'x'],
  ['$(\'id-\' .. uri_captures.id .. "!")', 'id-7!'],
  ["$((headers.none or 'a') .. 'b')", 'ab'],
  ['$( headers.x_consumer_username )', 'alice'],
  ['$(headers["x-consumer-custom-id"])', ''],
  ['$(shared.note)', 'shared note'],
  ['costs 5$ (net)', 'costs 5$ (net)'],
]
for (const [template, value] of templates) {
  test(`the template ${template} gives ${JSON.stringify(value)}`, () => {
    const exchange = new FakeExchange(rich)
    exchange.shared.set('note', 'shared note')
    judge(compilePolicy(requestTransformer, { add: { headers: [`x-made:${template}`] } }), exchange)
    assert.equal(exchange.upstream.set['x-made'], value)
  })
}

test('templates see the request as it was before the first change', () => {
  const config = { remove: { headers: ['x-a'] }, add: { headers: ['x-c:$(headers.x_a)'] } }
  assert.equal(transformed(config, abc).set['x-c'], '1')
})

test('what is told of the caller can be replaced and renamed', () => {
  const config = { replace: { headers: ['X-Consumer-Username:x-$(headers.x_consumer_username)'] } }
  assert.equal(transformed(config, rich).set['x-consumer-username'], 'x-alice')
  assert.equal(transformed({ rename: { headers: ['X-Consumer-Username:X-User'] } }, rich).set['x-user'], 'alice')
})

const uris: [sentence: string, uri: string, query: string, path: string | null][] = [
  ['a fixed path', '/fixed/path', '', '/fixed/path'],
  ['without a slash in front', 'fixed', '', '/fixed'],
  ['an argument', '/files/$(query_params.f)', 'f=a.txt', '/files/a.txt'],
  ['characters that end a path', '/files/$(query_params.f)', 'f=a?b%23c%20d', '/files/a%3Fb%23c%20d'],
  ['bytes beyond ASCII', '/files/$(query_params.f)', 'f=%C3%A9', '/files/%C3%A9'],
  ['a lone percent sign', '/files/$(query_params.f)', 'f=100%25', '/files/100%25'],
  ['a line break is escaped', '/files/$(query_params.f)', 'f=a%0D%0AX:1', '/files/a%0D%0AX:1'],
  ['dots that lead out', '/files/$(query_params.f)', 'f=../admin', null],
  ['dots in the middle', '/files/$(query_params.f)', 'f=a/../../admin', null],
  ['escaped dots', '/files/$(query_params.f)', 'f=%252e%252e/admin', null],
  ['dots with a parameter', '/files/$(query_params.f)', 'f=..;x/admin', null],
  ['dots behind an escaped slash', '/files/$(query_params.f)', 'f=a%252f..%252fadmin', null],
  ['dots behind a backslash', '/files/$(query_params.f)', 'f=a\\..\\admin', null],
  ['dots within a name', '/files/$(query_params.f)', 'f=a..b...txt', '/files/a..b...txt'],
]
for (const [sentence, uri, query, path] of uris) {
  test(`path: ${sentence}: ${path ?? 'refused'}`, () => {
    const verdict = path === null ? '400 value-unsendable' : 'next'
    assert.equal(transformed({ replace: { uri } }, { query }, verdict).path, path)
  })
}

test('a line break on its way into a header is refused', () => {
  transformed({ add: { headers: ['x-q:$(query_params.q)'] } }, { query: 'q=a%0d%0aX-Evil:1' }, '400 value-unsendable')
})

test('another method', () => assert.equal(transformed({ http_method: 'POST' }, {}).method, 'POST'))

const refused: [sentence: string, config: object, field: string, problem: RegExp][] = [
  ['a function', { add: { headers: ['a:$(os.time())'] } }, 'add.headers', /can't read '\.time\(\)\)': supported are/],
  ['an unclosed template', { add: { querystring: ['a:$(headers.x'] } }, 'add.querystring', /the end of the template/],
  ['an index by a name', { replace: { uri: '/$(headers[x])' } }, 'replace.uri', /can't read/],
  ['arithmetic', { append: { body: ['a:$(1 + 2)'] } }, 'append.body', /can't read '\+ 2\)'/],
  ['no header name', { add: { headers: ['a b:c'] } }, 'add.headers', /'a b' is not a valid header/],
  ['a new name that is none', { rename: { headers: ['a:b c'] } }, 'rename.headers', /'b c' is not a valid header/],
  ['the length of the body', { add: { headers: ['Content-Length:5'] } }, 'add.headers', /writes the header/],
  ['a forwarded address', { replace: { headers: ['x-forwarded-for:1'] } }, 'replace.headers', /writes the header/],
]
for (const [sentence, config, field, problem] of refused) {
  test(`${sentence} is refused when written`, () => {
    assert.match(String(requestTransformer.check?.(requestTransformer.config.parse(config))[field]), problem)
  })
}

for (const config of [{ add: { headers: ['nameless'] } }, { rename: { body: [':x'] } }, { http_method: 'get' }]) {
  test(`${JSON.stringify(config)} does not parse`, () => {
    assert.equal(requestTransformer.config.safeParse(config).success, false)
  })
}
