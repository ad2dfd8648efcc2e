import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, FakeResponse, inWords, judge } from '../../policy/test-kit.ts'
import { cors } from './handler.ts'

const ONE = 'https://one.example'
const TWO = ['https://one.example', 'https://two.example:8443']
const from = (origin: string): FakeRequest => ({ headers: { origin } })
const nobody: FakeRequest = {}

/** What the response says: origin, `+credentials`, `+vary`. */
function told(config: object, request: FakeRequest): string {
  const exchange = new FakeExchange(request)
  compilePolicy(cors, config).response?.(exchange, new FakeResponse(200))
  const { set, added, dropped } = exchange.client
  const origin = set['access-control-allow-origin'] ?? (dropped.length > 0 ? 'removed' : 'untouched')
  const credentials = set['access-control-allow-credentials'] === 'true' ? ' +credentials' : ''
  return origin + credentials + (added.some(([name]) => name === 'vary') ? ' +vary' : '')
}

const rows: [sentence: string, config: object, request: FakeRequest, told: string][] = [
  ['all origins by default', {}, from(ONE), '*'],
  ['all origins, nobody asks', {}, nobody, '*'],
  ['an empty list is all origins', { origins: [] }, from(ONE), '*'],
  ['only a star', { origins: ['*'] }, from(ONE), '*'],
  ['one origin, itself', { origins: [ONE] }, from(ONE), `${ONE} +vary`],
  ['one origin, another asks', { origins: [ONE] }, from('https://evil.example'), `${ONE} +vary`],
  ['one of two', { origins: TWO }, from('https://two.example:8443'), 'https://two.example:8443 +vary'],
  ['none of two', { origins: TWO }, from('https://evil.example'), 'removed +vary'],
  ['one of two by another port', { origins: TWO }, from('https://two.example'), 'removed +vary'],
  ['one of two in capitals', { origins: TWO }, from('HTTPS://ONE.example'), 'removed +vary'],
  ['one of two with its default port', { origins: TWO }, from('https://one.example:443'), `${ONE} +vary`],
  ['two origins, nobody asks', { origins: TWO }, nobody, 'removed +vary'],
  ['the null origin', { origins: TWO }, from('null'), 'removed +vary'],
  ['a path behind the origin does not count', { origins: TWO }, from(`${ONE}/x`), `${ONE} +vary`],
  [
    'a name in front of the host does not count',
    { origins: TWO },
    from('https://one.example@evil.example'),
    'removed +vary',
  ],
  ['a star behind others', { origins: [ONE, '*'] }, from('https://other.example'), '* +vary'],
  [
    'a host without scheme',
    { origins: ['one.example', 'x'] },
    from('http://one.example:81'),
    'http://one.example:81 +vary',
  ],
  [
    'an expression for hosts',
    { origins: ['.*\\.one\\.com'] },
    from('http://a.b.one.com:8'),
    'http://a.b.one.com:8 +vary',
  ],
  [
    'an expression, a longer host',
    { origins: ['.*\\.one\\.com'] },
    from('https://a.one.com.evil.org'),
    'removed +vary',
  ],
  ['an expression, more in front', { origins: ['a\\.one'] }, from('https://xa.one'), 'removed +vary'],
  ['an expression with anchors', { origins: ['^https://a+$'] }, from('https://aa'), 'https://aa +vary'],
  ['an expression with scheme', { origins: ['https://.*\\.one'] }, from('http://x.one'), 'removed +vary'],
  ['credentials and all origins', { credentials: true }, from(ONE), `${ONE} +credentials +vary`],
  ['credentials and all origins, nobody asks', { credentials: true }, nobody, '*'],
  ['credentials and one origin', { credentials: true, origins: [ONE] }, nobody, `${ONE} +credentials +vary`],
  ['credentials and none of two', { credentials: true, origins: TWO }, from('x'), 'removed +credentials +vary'],
  [
    'credentials and a star',
    { credentials: true, origins: [ONE, '*'] },
    from('http://x'),
    'http://x +credentials +vary',
  ],
  ['nobody asks and none is told', { allow_origin_absent: false }, nobody, 'untouched'],
  ['somebody asks and is told', { allow_origin_absent: false }, from(ONE), '*'],
]
for (const [sentence, config, request, wanted] of rows) {
  test(`${sentence}: ${wanted}`, () => assert.equal(told(config, request), wanted))
}

const preflight = (headers: Record<string, string> = {}): FakeRequest => ({
  method: 'OPTIONS',
  headers: { origin: ONE, 'access-control-request-method': 'PUT', ...headers },
})
function answerHeaders(config: object, request: FakeRequest): Record<string, string> {
  const verdict = judge(compilePolicy(cors, config), new FakeExchange(request))
  if (verdict.kind !== 'answered') throw new Error(`not answered: ${verdict.kind}`)
  assert.equal(verdict.answer.body, '')
  return Object.fromEntries(verdict.answer.headers.map(([name, value]) => [name.replace('Access-Control-', ''), value]))
}
const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT'
const full = { origins: TWO, methods: ['GET', 'PUT'], headers: ['x-a', 'x-b'], max_age: 600, private_network: true }
const asking = { 'access-control-request-private-network': 'true' }

const preflights: [sentence: string, config: object, request: FakeRequest, headers: Record<string, string>][] = [
  ['by default', {}, preflight(), { 'Allow-Origin': '*', 'Allow-Methods': methods }],
  [
    'which asks for headers gets them',
    {},
    preflight({ 'access-control-request-headers': 'x-foo, b' }),
    { 'Allow-Origin': '*', 'Allow-Methods': methods, 'Allow-Headers': 'x-foo, b' },
  ],
  [
    'of nobody’s origin',
    { origins: TWO },
    { ...preflight({ origin: 'https://evil.example' }) },
    { 'Allow-Methods': methods, Vary: 'Origin' },
  ],
  [
    'with everything set',
    { ...full, credentials: true },
    preflight(asking),
    {
      ...{ 'Allow-Origin': ONE, 'Allow-Credentials': 'true', Vary: 'Origin', 'Allow-Methods': 'GET,PUT' },
      ...{ 'Max-Age': '600', 'Allow-Headers': 'x-a,x-b', 'Allow-Private-Network': 'true' },
    },
  ],
  [
    'that does not ask for the private network',
    full,
    preflight(),
    { 'Allow-Origin': ONE, Vary: 'Origin', 'Allow-Methods': 'GET,PUT', 'Max-Age': '600', 'Allow-Headers': 'x-a,x-b' },
  ],
  ['that asks where it is off', {}, preflight(asking), { 'Allow-Origin': '*', 'Allow-Methods': methods }],
]
for (const [sentence, config, request, headers] of preflights) {
  test(`a preflight ${sentence}: ${Object.keys(headers).join(', ')}`, () => {
    assert.deepEqual(answerHeaders(config, request), headers)
  })
}

const passed: [sentence: string, config: object, request: FakeRequest][] = [
  ['a GET', {}, from(ONE)],
  ['OPTIONS without an origin', {}, { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } }],
  ['OPTIONS without a method asked for', {}, { method: 'OPTIONS', headers: { origin: ONE } }],
  ['a preflight left to the service', { preflight_continue: true }, preflight()],
]
for (const [sentence, config, request] of passed) {
  test(`${sentence} goes on`, () => {
    assert.equal(inWords(judge(compilePolicy(cors, config), new FakeExchange(request))), 'next')
  })
}

test('a preflight is told nothing twice, whoever answered it', () => {
  assert.equal(told({}, preflight()), 'untouched')
  assert.equal(told({ preflight_continue: true }, preflight()), 'untouched')
})

test('headers that pages may read are named', () => {
  const exchange = new FakeExchange(from(ONE))
  compilePolicy(cors, { exposed_headers: ['x-c', 'x-d'] }).response?.(exchange, new FakeResponse(401, {}, true))
  assert.equal(exchange.client.set['access-control-expose-headers'], 'x-c,x-d')
})

const refused: [sentence: string, config: object, field: string, problem: RegExp][] = [
  ['an expression with look-ahead', { origins: ['(?=a)b'] }, 'origins', /'\(\?=a\)b' is not a usable expression/],
  ['an unfinished expression', { origins: ['(a'] }, 'origins', /is not a usable expression/],
  ['a header that forges a line', { headers: ['a\r\nb'] }, 'headers', /can't stand in a header/],
]
for (const [sentence, config, field, problem] of refused) {
  test(`${sentence} is refused when written`, () => {
    assert.match(String(cors.check?.(cors.config.parse(config))?.[field]), problem)
  })
}
