import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, judge } from '../../policy/test-kit.ts'
import { addressAcl } from './handler.ts'

const rules = [
  { ranges: ['10.1.0.0/16'], action: 'allow' },
  { name: 'net', ranges: ['10.0.0.0/8', '2001:db8::/32'], action: 'deny' },
  { ranges: ['10.1.2.3'], action: 'deny' },
  { name: 'twice', ranges: ['10.9.0.0/16'], action: 'deny' },
  { name: 'twice', ranges: ['10.9.0.0/16'], action: 'allow' },
]
const rows: [clientIp: string, defaultAction: string, blockedBy: string | null][] = [
  ['192.0.2.1', 'allow', null],
  ['192.0.2.1', 'deny', 'default'],
  ['10.0.0.1', 'allow', 'net'],
  ['10.1.0.1', 'deny', null],
  ['10.1.2.3', 'allow', 'rule'],
  ['10.9.0.1', 'deny', null],
  ['::ffff:10.0.0.1', 'allow', 'net'],
  ['2001:db8::1', 'allow', 'net'],
  ['2001:db9::1', 'allow', null],
  ['nowhere', 'allow', 'unknown-ip'],
]
for (const [clientIp, defaultAction, blockedBy] of rows) {
  test(`${clientIp}, others ${defaultAction}: ${blockedBy === null ? 'next' : `blocked by ${blockedBy}`}`, () => {
    const exchange = new FakeExchange({ clientIp })
    const verdict = judge(compilePolicy(addressAcl, { defaultAction, rules }), exchange)
    assert.equal(verdict.kind, blockedBy === null ? 'next' : 'denied')
    assert.deepEqual(
      exchange.shared.get('dev.kgateway.http.acl'),
      blockedBy === null ? undefined : { 'blocked-by': blockedBy },
    )
  })
}

const refusals: [config: object, refusal: unknown][] = [
  [{}, ['403 address-blocked', 403, []]],
  [{ status: 404 }, ['403 address-blocked', 404, []]],
  [
    { headers: [{ name: 'x-a', value: '1' }], blockedByHeader: 'x-by' },
    [
      '403 address-blocked',
      403,
      [
        ['x-a', '1'],
        ['x-by', 'default'],
      ],
    ],
  ],
]
for (const [config, refusal] of refusals) {
  test(`a refusal with ${JSON.stringify(config)}, and without a body`, () => {
    const verdict = judge(compilePolicy(addressAcl, { defaultAction: 'deny', ...config }), new FakeExchange())
    assert.ok(verdict.kind === 'denied')
    const { reason, detail } = verdict
    assert.deepEqual([`${reason.status} ${reason.code}`, detail.status, detail.headers], refusal)
    assert.equal(detail.message ?? reason.message, '')
  })
}

const problems: [config: object, problem: RegExp][] = [
  [{ rules: [{ ranges: ['10.1.0.0/8'], action: 'deny' }] }, /rules\[0\]\.ranges\[0\].*bits behind its length/],
  [{ rules: [{ ranges: ['x'], action: 'deny' }] }, /no address and no range/],
  [{ headers: [{ name: 'content-length', value: '1' }] }, /content-length/],
  [{ blockedByHeader: 'a b' }, /no header name/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => {
    assert.throws(() => compilePolicy(addressAcl, { defaultAction: 'allow', ...config }), problem)
  })
}
