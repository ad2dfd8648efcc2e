import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { ipRestriction } from './handler.ts'

const no = '403 address-not-allowed'
const office = { allow: ['192.0.2.0/24', '2001:db8::/32'] }
const rows: [sentence: string, config: object, clientIp: string, verdict: string][] = [
  ['inside the range', office, '192.0.2.255', 'next'],
  ['outside the range', office, '192.0.3.0', no],
  ['inside the IPv6 range', office, '2001:db8:ffff::1', 'next'],
  ['outside the IPv6 range', office, '2001:db9::1', no],
  ['an IPv4 address written as IPv6', office, '::ffff:192.0.2.7', 'next'],
  ['exactly the address', { allow: ['192.0.2.1'] }, '192.0.2.1', 'next'],
  ['the address next to it', { allow: ['192.0.2.1'] }, '192.0.2.2', no],
  ['a denied address', { deny: ['192.0.2.1'] }, '192.0.2.1', no],
  ['a denied address written as IPv6', { deny: ['192.0.2.1'] }, '::ffff:192.0.2.1', no],
  ['an address that is not denied', { deny: ['192.0.2.1'] }, '192.0.2.2', 'next'],
  ['deny goes before allow', { allow: ['192.0.2.0/24'], deny: ['192.0.2.66'] }, '192.0.2.66', no],
  ['everybody', { allow: ['0.0.0.0/0', '::/0'] }, '198.51.100.1', 'next'],
  ['nobody can speak for what is no address', { deny: ['192.0.2.1'] }, 'unknown', no],
  ['another status', { deny: ['192.0.2.1'], status: 404 }, '192.0.2.1', '404 address-not-allowed'],
]
for (const [sentence, config, clientIp, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const compiled = compilePolicy(ipRestriction, config)
    for (const time of ['first', 'again']) {
      assert.equal(inWords(judge(compiled, new FakeExchange({ clientIp }))), verdict, time)
    }
  })
}

const messages: [config: object, message: string][] = [
  [{ deny: ['192.0.2.1'] }, 'IP address not allowed: 192.0.2.1'],
  [{ deny: ['192.0.2.1'], message: 'not from there' }, 'not from there'],
]
for (const [config, message] of messages) {
  test(`a refusal says: ${message}`, () => {
    const verdict = judge(compilePolicy(ipRestriction, config), new FakeExchange({ clientIp: '192.0.2.1' }))
    assert.equal(verdict.kind === 'denied' && verdict.detail.message, message)
  })
}

test('one list at least must hold something', () => {
  const problems = (config: object) => Object.keys(ipRestriction.check?.(ipRestriction.config.parse(config)) ?? {})
  assert.deepEqual([{}, { allow: [] }, { deny: ['::1'] }].map(problems), [['@entity'], ['@entity'], []])
})

for (const range of ['192.0.2.1/33', '192.0.2', '::1/129', 'a.example', '192.0.2.1/', '192.0.2.1/x', '/24']) {
  test(`${range} is no range`, () => {
    const { success, error } = ipRestriction.config.safeParse({ allow: [range] })
    assert.equal(success, false)
    assert.match(error?.message ?? '', /invalid ip or cidr range/)
  })
}
