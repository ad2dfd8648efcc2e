import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, FakeResponse, judge } from '../../policy/test-kit.ts'
import { gatewayCors } from './handler.ts'
import { originMatcher } from './origins.ts'

const two = {
  allowOrigins: ['https://a.test', 'https://*.b.test'],
  ...{ allowMethods: ['GET', 'POST'], allowHeaders: ['x-a', 'x-b'], exposeHeaders: ['x-e', 'x-f'], maxAge: 5 },
}
const any = {
  ...{ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'] },
  ...{ allowCredentials: true, maxAge: 7 },
}
const rules = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'x-a, x-b',
  'access-control-max-age': '5',
}
const asking = { 'access-control-request-method': 'POST' }

const preflights: [sentence: string, config: object, headers: Record<string, string>, answer: object | null][] = [
  [
    'an origin that is allowed',
    two,
    { origin: 'https://x.b.test', ...asking },
    { 'access-control-allow-origin': 'https://x.b.test', ...rules, 'access-control-expose-headers': 'x-e, x-f' },
  ],
  ['another origin', two, { origin: 'https://evil.test', ...asking }, rules],
  [
    'any origin, what is asked for',
    any,
    { origin: 'https://any.test', ...asking, 'access-control-request-headers': 'x-q' },
    {
      'access-control-allow-origin': 'https://any.test',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'x-q',
      'access-control-max-age': '7',
      'access-control-expose-headers': '*',
    },
  ],
  [
    'any origin is none without a host',
    any,
    { origin: 'null', ...asking },
    {
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': '',
      'access-control-max-age': '7',
    },
  ],
  ['no rules at all', {}, { origin: 'https://a.test', ...asking }, {}],
  ['no origin: no preflight', two, asking, null],
  ['no method asked for: no preflight', two, { origin: 'https://a.test' }, null],
  ['an empty method: no preflight', two, { origin: 'https://a.test', 'access-control-request-method': '' }, null],
]
for (const [sentence, config, headers, answer] of preflights) {
  test(`preflight, ${sentence}`, () => {
    const exchange = new FakeExchange({ method: 'OPTIONS', headers })
    const verdict = judge(compilePolicy(gatewayCors, config), exchange)
    if (answer === null) return assert.equal(verdict.kind, 'next')
    assert.ok(verdict.kind === 'answered')
    assert.deepEqual([verdict.answer.status, verdict.answer.body], [200, ''])
    assert.deepEqual(Object.fromEntries(verdict.answer.headers), answer)
  })
}

const answers: [sentence: string, config: object, method: string, headers: Record<string, string>, told: object][] = [
  [
    'a page of an allowed origin',
    two,
    'GET',
    { origin: 'https://a.test' },
    { 'access-control-allow-origin': 'https://a.test', 'access-control-expose-headers': 'x-e, x-f' },
  ],
  ['a page of another', two, 'GET', { origin: 'https://evil.test' }, {}],
  ['no page', two, 'GET', {}, {}],
  [
    'OPTIONS that is no preflight',
    any,
    'OPTIONS',
    { origin: 'https://a.test' },
    {
      'access-control-allow-origin': 'https://a.test',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': '*',
    },
  ],
  ['a preflight says it all itself', two, 'OPTIONS', { origin: 'https://a.test', ...asking }, {}],
]
for (const [sentence, config, method, headers, told] of answers) {
  test(`answers to ${sentence}`, () => {
    for (const response of [new FakeResponse(200), new FakeResponse(401, {}, true)]) {
      const exchange = new FakeExchange({ method, headers })
      compilePolicy(gatewayCors, config).response?.(exchange, response)
      assert.deepEqual(exchange.client.set, told)
    }
  })
}

const origins: [allowed: string, origin: string, isAllowed: boolean][] = [
  ['https://a.test', 'https://a.test', true],
  ['https://a.test', 'https://A.test', false],
  ['https://a.test', 'http://a.test', false],
  ['https://a.test', 'https://a.test:443', false],
  ['https://*.b.test', 'https://x.y.b.test', true],
  ['https://*.b.test', 'https://b.test', false],
  ['https://*.b.test', 'https://xbxtest', false],
  ['https://*.b.test', 'https://x.b.test.evil.test', false],
  ['https://*', 'https://any.test:8443', true],
  ['https://*', 'http://any.test', false],
  ['http://a.*:8080', 'http://a.test:8080', true],
  ['*', 'app://any', true],
  ['*', 'null', false],
  ['*', 'https://a.test/x', false],
]
for (const [allowed, origin, isAllowed] of origins) {
  test(`${origin} is ${isAllowed ? '' : 'not '}${allowed}`, () =>
    assert.equal(originMatcher([allowed])(origin), isAllowed))
}
