import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, FakeLog, inWords, judge } from '../../policy/test-kit.ts'
import { csrf } from './handler.ts'

const NO = '403 origin-invalid'
const match = (kind: string, value: string, ignoreCase = false) => ({ kind, value, ignoreCase })
const more = {
  additionalOrigins: [
    match('exact', 'add.test'),
    match('prefix', 'pre.'),
    match('suffix', '.suf', true),
    match('contains', 'mid'),
    match('regex', 're[0-9]+\\.test'),
  ],
}

const rows: [sentence: string, config: object, headers: Record<string, string>, verdict: string][] = [
  ['no origin', {}, {}, NO],
  ['the same host', {}, { origin: 'http://a.test:81' }, 'next'],
  ['the same host by another scheme', {}, { origin: 'https://a.test:81' }, 'next'],
  ['another port', {}, { origin: 'http://a.test' }, NO],
  ['another case', {}, { origin: 'http://A.test:81' }, NO],
  ['another host', {}, { origin: 'http://evil.test' }, NO],
  ['a host that starts alike', {}, { origin: 'http://a.test:81.evil.test' }, NO],
  ['a host without a scheme', {}, { origin: 'a.test:81' }, 'next'],
  ['a path behind it', {}, { origin: 'http://a.test:81/x' }, 'next'],
  ['null', {}, { origin: 'null' }, NO],
  ['the referer', {}, { referer: 'http://a.test:81/x?y#z' }, 'next'],
  ['the referer of another page', {}, { referer: 'http://evil.test/http://a.test:81/' }, NO],
  ['an empty origin and a referer', {}, { origin: '', referer: 'http://a.test:81/x' }, 'next'],
  ['a bad origin and a good referer', {}, { origin: 'http://evil.test', referer: 'http://a.test:81/x' }, NO],
  ['null and a good referer', {}, { origin: 'null', referer: 'http://a.test:81/x' }, NO],
  ['an exact host', more, { origin: 'http://add.test' }, 'next'],
  ['an exact host with a port', more, { origin: 'http://add.test:80' }, NO],
  ['a prefix', more, { origin: 'http://pre.x' }, 'next'],
  ['a suffix in another case', more, { origin: 'http://x.SUF' }, 'next'],
  ['a part', more, { origin: 'http://amidb' }, 'next'],
  ['an expression', more, { origin: 'http://re12.test' }, 'next'],
  ['an expression that matches a part', more, { origin: 'http://xre12.test' }, NO],
  ['enabled for none', { enabledPercent: 0 }, {}, 'next'],
]
for (const [sentence, config, headers, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange({ method: 'POST', host: 'a.test:81', headers })
    assert.equal(inWords(judge(compilePolicy(csrf, config), exchange)), verdict)
  })
}

for (const [method, verdict] of [
  ...(['GET', 'HEAD', 'OPTIONS', 'TRACE'] as const).map((method) => [method, 'next'] as const),
  ...(['POST', 'PUT', 'DELETE', 'PATCH'] as const).map((method) => [method, NO] as const),
]) {
  test(`${method}: ${verdict}`, () => {
    assert.equal(inWords(judge(compilePolicy(csrf), new FakeExchange({ method }))), verdict)
  })
}

test('the refusal is worded as Envoy words it', () => {
  assert.equal(csrf.reasons['invalidOrigin']?.message, 'Invalid origin')
})

test('what would be refused is logged where that is asked for', () => {
  const log = new FakeLog()
  const compiled = compilePolicy(csrf, { enabledPercent: 0, shadowPercent: 100 }, { log })
  assert.equal(inWords(judge(compiled, new FakeExchange({ method: 'POST' }))), 'next')
  assert.equal(
    inWords(judge(compiled, new FakeExchange({ method: 'POST', headers: { origin: 'http://gateway.test' } }))),
    'next',
  )
  assert.deepEqual(
    log.told.map(({ message }) => message),
    ['a request of another origin would be refused'],
  )
})

test('a part of the requests is about that part', () => {
  const compiled = compilePolicy(csrf, { enabledPercent: 50 })
  let refused = 0
  for (let n = 0; n < 1000; n++) if (judge(compiled, new FakeExchange({ method: 'POST' })).kind === 'denied') refused++
  assert.ok(refused > 300 && refused < 700, String(refused))
})

test('refuses an expression that is none', () => {
  assert.throws(
    () => compilePolicy(csrf, { additionalOrigins: [match('regex', '(')] }),
    /additionalOrigins\[0\]\.value/,
  )
})
