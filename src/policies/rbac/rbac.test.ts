import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exact } from '../../policy/exact.ts'
import { compilePolicy, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { rbac } from './handler.ts'

const PAYLOAD = "metadata.filter_metadata['envoy.filters.http.jwt_authn']['payload']"
const JWT = 'envoy.filters.http.jwt_authn'

function verdict(config: object, request: FakeRequest, claims: object | null, exact: readonly Exact[] = []): string {
  const exchange = new FakeExchange(request)
  if (claims !== null) exchange.shared.set(JWT, { payload: claims })
  return inWords(judge(compilePolicy(rbac, config, { exact: new Set(exact) }), exchange))
}

const team = { expressions: [`${PAYLOAD}['team'] == 'dev'`] }
const denyTeam = { ...team, action: 'deny' }
const header = { expressions: ["request.headers['x-my-header'] == 'cool-beans'"] }
const denyHeader = { expressions: ["request.headers['x-deny-me'] == 'true'"], action: 'deny' }
const denyOthers = { expressions: ["!(request.headers['x-internal'] == 'yes')"], action: 'deny' }
const either = { expressions: [`${PAYLOAD}.team == 'dev'`, "request.method == 'GET'"] }

type Row = [sentence: string, config: object, request: FakeRequest, claims: object | null, verdict: string]
const rows: Row[] = [
  ['the claim', team, {}, { team: 'dev' }, 'next'],
  ['another claim', team, {}, { team: 'ops' }, '403 access-denied'],
  ['no such claim', team, {}, {}, '403 access-denied'],
  ['no token', team, {}, null, '403 access-denied'],
  ['a header', header, { headers: { 'x-my-header': 'cool-beans' } }, null, 'next'],
  ['no header', header, {}, null, '403 access-denied'],
  ['the second of two', either, {}, {}, 'next'],
  ['none of two', either, { method: 'POST' }, { team: 'ops' }, '403 access-denied'],
  ['something that is no bool', { expressions: ["'true'"] }, {}, null, '403 access-denied'],
  ['deny: the claim', denyTeam, {}, { team: 'dev' }, '403 access-denied'],
  ['deny: another claim', denyTeam, {}, { team: 'ops' }, 'next'],
  ['deny: no such claim', denyTeam, {}, {}, '403 rule-without-answer'],
  ['deny: no token', denyTeam, {}, null, '403 rule-without-answer'],
  ['deny: something that is no bool', { expressions: ["'x'"], action: 'deny' }, {}, null, '403 rule-without-answer'],
  ['deny: the header', denyHeader, { headers: { 'x-deny-me': 'true' } }, null, '403 access-denied'],
  ['deny: another header', denyHeader, { headers: { 'x-deny-me': 'no' } }, null, 'next'],
  ['deny: no header', denyHeader, {}, null, 'next'],
  ['deny: not the header', denyOthers, { headers: { 'x-internal': 'no' } }, null, '403 access-denied'],
  ['deny: not the header, which is absent', denyOthers, {}, null, '403 access-denied'],
  ['deny: an error, then a match', { expressions: ['nope.x', 'true'], action: 'deny' }, {}, null, '403 access-denied'],
  ['deny: an error that does not matter', { expressions: ['nope.x && false'], action: 'deny' }, {}, null, 'next'],
]
for (const [sentence, config, request, claims, expected] of rows) {
  test(`${sentence}: ${expected}`, () => assert.equal(verdict(config, request, claims), expected))
}

const exactly: Row[] = rows.map(([sentence, config, request, claims, expected]) => [
  sentence,
  config,
  request,
  claims,
  // Envoy: what has no answer does not match
  expected === '403 rule-without-answer' || sentence === 'deny: not the header, which is absent' ? 'next' : expected,
])
for (const [sentence, config, request, claims, expected] of exactly) {
  test(`exactly as Envoy, ${sentence}: ${expected}`, () => {
    assert.equal(verdict(config, request, claims, ['deny-errors']), expected)
  })
}

test('the refusal is worded as Envoy words it', () => {
  for (const { status, message } of Object.values(rbac.reasons)) {
    assert.deepEqual([status, message], [403, 'RBAC: access denied'])
  }
})

const problems: [config: object, problem: RegExp][] = [
  [{ expressions: [] }, /too_small/],
  [{ expressions: ['true', 'request.path =='] }, /expressions\[1\].*Syntax error/],
  [{ expressions: ['nofunc()'] }, /no such function/],
  [{ expressions: ['a'.repeat(16_385)] }, /too_big/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config).slice(0, 60)}`, () =>
    assert.throws(() => compilePolicy(rbac, config), problem))
}
