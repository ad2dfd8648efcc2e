import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, FakeLog, FakeResponse, fakeOutcome, judge } from '../../policy/test-kit.ts'
import { preFunction } from './handler.ts'

const request = { path: '/a', query: 'q=1&z', headers: { 'X-A': 'b', host: 'h' }, method: 'PUT', clientIp: '192.0.2.9' }

const reads: [text: string, value: string][] = [
  ['kong.request.get_method()', 'PUT'],
  ['kong.request.get_path()', '/a'],
  ['kong.request.get_path_with_query()', '/a?q=1&z'],
  ['kong.request.get_raw_query()', 'q=1&z'],
  ["kong.request.get_query_arg('q')", '1'],
  ["kong.request.get_header('X-a')", 'b'],
  ['kong.request.get_scheme()', 'http'],
  ['kong.client.get_ip()', '192.0.2.9'],
  ['kong.client.get_consumer()', 'null'],
  ['kong.client.get_claims()', 'null'],
]
for (const [text, value] of reads) {
  test(`${text} reads ${value}`, () => {
    const exchange = new FakeExchange(request)
    judge(compilePolicy(preFunction, { access: [`kong.service.request.set_header('x', ${text})`] }), exchange)
    assert.equal(exchange.upstream.set['x'], value)
  })
}

test('what access changes towards the service', () => {
  const access = [
    `kong.service.request.clear_header('X-A')
     kong.service.request.set_path('/b')
     kong.service.request.set_raw_query('x=y')
     kong.service.request.set_method('POST')
     kong.service.request.clear_query_arg('z')
     kong.service.request.set_header('Host', 'other.test')
     kong.ctx.shared.mark = 5`,
    "(kong) => kong.service.request.set_header('mark', kong.ctx.shared.mark)",
  ]
  const exchange = new FakeExchange(request)
  assert.equal(judge(compilePolicy(preFunction, { access }), exchange).kind, 'next')
  const { upstream } = exchange
  assert.deepEqual(
    [upstream.droppedHeaders, upstream.path, upstream.query, upstream.method, upstream.droppedQuery, upstream.host],
    [['x-a'], '/b', 'x=y', 'POST', ['z'], 'other.test'],
  )
  assert.deepEqual(upstream.set, { mark: '5' })
})

const exits: [text: string, answer: object][] = [
  ['return kong.response.exit(204)', { status: 204, headers: [], body: '' }],
  ["return kong.response.exit(403, 'no', { 'X-Why': 'so' })", { status: 403, headers: [['X-Why', 'so']], body: 'no' }],
  [
    'kong.response.exit(401, { message: 1 }); kong.response.exit(200)',
    { status: 401, headers: [['Content-Type', 'application/json; charset=utf-8']], body: '{"message":1}' },
  ],
]
for (const [text, answer] of exits) {
  test(text, () => {
    const compiled = compilePolicy(preFunction, { access: [text, "throw new Error('not reached')"] })
    assert.deepEqual(judge(compiled, new FakeExchange()), { kind: 'answered', answer })
  })
}

test('rewrite runs before access, and a state lives as long as the configuration', () => {
  const rewrite = ['(() => { let n = 0; return (kong) => { kong.ctx.shared.n = ++n } })()']
  const compiled = compilePolicy(preFunction, {
    rewrite,
    access: ["kong.service.request.set_header('n', kong.ctx.shared.n)"],
  })
  const told = [1, 2].map(() => {
    const exchange = new FakeExchange()
    judge(compiled, exchange)
    return exchange.upstream.set['n']
  })
  assert.deepEqual(told, ['1', '2'])
})

test('a function may wait, and the next one waits for it', async () => {
  const access = ["await null; kong.ctx.shared.a = 'late'", "kong.service.request.set_header('a', kong.ctx.shared.a)"]
  const exchange = new FakeExchange()
  assert.equal((await compilePolicy(preFunction, { access }).request!(exchange)).kind, 'next')
  assert.deepEqual(exchange.upstream.set, { a: 'late' })
})

for (const text of ["throw new Error('x')", "kong.service.request.set_header('x', 'a\\r\\nb: c')", 'nothing.there()']) {
  test(`a throw gets nobody in: ${text}`, () => {
    assert.throws(() => judge(compilePolicy(preFunction, { access: [text] }), new FakeExchange()))
  })
}

test('header_filter changes the answer, and can neither change the request nor wait', () => {
  const exchange = new FakeExchange()
  const good = "kong.response.set_header('x-status', kong.response.get_status()); kong.response.clear_header('Server')"
  compilePolicy(preFunction, { header_filter: [good] }).response!(exchange, new FakeResponse(201))
  assert.deepEqual([exchange.client.set, exchange.client.dropped], [{ 'x-status': '201' }, ['server']])
  for (const text of ['kong.response.exit(500)', "kong.service.request.set_header('a', 'b')", 'await null']) {
    const compiled = compilePolicy(preFunction, { header_filter: [text] })
    assert.throws(() => compiled.response!(exchange, new FakeResponse()), /is over|must not wait/)
  }
})

test('log sees the end, and what breaks there is only told', () => {
  const log = new FakeLog()
  const texts = ["kong.log.warn('status', kong.response.get_status())", "throw new Error('x')"]
  const compiled = compilePolicy(preFunction, { log: texts }, { log })
  compiled.record!(new FakeExchange(), new FakeResponse(404), fakeOutcome())
  assert.deepEqual(
    log.told.map(({ level, message }) => `${level} ${message}`),
    ['warn status 404', 'error a function of log broke'],
  )
})

const refused: [sentence: string, config: object, field: string, problem: RegExp][] = [
  ['Lua', { access: ['local a = kong.request.get_header("x")\nif a then return end'] }, 'access', /^this is Lua, .*=>/],
  ['a function of Lua', { access: ['', 'return function() kong.log("x") end'] }, 'access', /^function 2: this is Lua/],
  ['Lua that parses', { log: ['ngx.say("x")'] }, 'log', /^this is Lua/],
  ['a comment of Lua', { access: ['-- x\nkong.log.err("x")'] }, 'access', /^this is Lua/],
  ['no program', { access: ['if ('] }, 'access', /^not JavaScript: /],
  ['certificate', { certificate: ['1'] }, 'certificate', /TLS handshake/],
  ['body_filter', { body_filter: ['1'] }, 'body_filter', /bodies stream/],
  ['ws_handshake', { ws_handshake: ['1'] }, 'ws_handshake', /WebSocket/],
  ['ws_close', { ws_close: ['1'] }, 'ws_close', /WebSocket/],
]
for (const [sentence, config, field, problem] of refused) {
  test(`refused: ${sentence}`, () => {
    const found = preFunction.check?.(preFunction.config.parse(config)) ?? {}
    assert.deepEqual(Object.keys(found), [field])
    assert.match(String(found[field]), problem)
  })
}
test('an expression that gives no function is refused when it is compiled', () => {
  assert.throws(() => compilePolicy(preFunction, { access: ['(5)'] }), /gives number, and a function is wanted/)
})
