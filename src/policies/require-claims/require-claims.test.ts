import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, fakeIdentity, inWords, judge } from '../../policy/test-kit.ts'
import { requireClaims } from './handler.ts'

const scopes = { scopes: ['read', 'write'] }
const any = { ...scopes, scopes_match: 'any' }
const role = (more: object = {}) => ({ claims: [{ claim: 'role', values: ['admin', 'ops'], ...more }] })

type Row = [sentence: string, config: object, claims: object | null, verdict: string]
const rows: Row[] = [
  ['no identity with claims', scopes, null, '401 claims-missing'],
  ['all scopes in one text', scopes, { scope: 'write other read' }, 'next'],
  ['all scopes in a list', scopes, { scp: ['read', 'write'] }, 'next'],
  ['all scopes in text under another name', scopes, { scp: 'read write' }, 'next'],
  ['all scopes under a third name', scopes, { scopes: ['read', 'write'] }, 'next'],
  ['one scope is missing', scopes, { scope: 'read' }, '403 scope-insufficient'],
  ['no scopes', scopes, {}, '403 scope-insufficient'],
  ['a scope as part of another', scopes, { scope: 'readwrite read' }, '403 scope-insufficient'],
  ['scopes in another case', scopes, { scope: 'READ WRITE' }, '403 scope-insufficient'],
  [
    'the first place that is there decides',
    scopes,
    { scope: 'read', scp: ['read', 'write'] },
    '403 scope-insufficient',
  ],
  ['a scope claim that is no text', scopes, { scope: 5 }, '403 scope-insufficient'],
  ['any scope suffices', any, { scope: 'write' }, 'next'],
  ['any scope, and none is there', any, { scope: 'other' }, '403 scope-insufficient'],
  ['scopes in a claim of that name', { ...scopes, scope_claim: 'perms' }, { perms: 'read write' }, 'next'],
  [
    'scopes in another claim than that',
    { ...scopes, scope_claim: 'perms' },
    { scope: 'read write' },
    '403 scope-insufficient',
  ],
  ['a claim with one of the values', role(), { role: 'ops' }, 'next'],
  ['a list with one of the values', role(), { role: ['x', 'admin'] }, 'next'],
  ['a claim with another value', role(), { role: 'user' }, '403 claim-insufficient'],
  ['text that only contains the value', role(), { role: 'administrator' }, '403 claim-insufficient'],
  ['no such claim', role(), {}, '403 claim-insufficient'],
  ['a claim that is an object', role(), { role: { admin: true } }, '403 claim-insufficient'],
  ['all values', role({ match: 'all' }), { role: ['ops', 'admin'] }, 'next'],
  ['all values, and one is missing', role({ match: 'all' }), { role: ['ops'] }, '403 claim-insufficient'],
  ['a claim that must be there', role({ values: [] }), { role: '' }, 'next'],
  ['a claim that must be there and is null', role({ values: [] }), { role: null }, '403 claim-insufficient'],
  ['a number', { claims: [{ claim: 'n', values: ['5'] }] }, { n: 5 }, 'next'],
  ['true', { claims: [{ claim: 'n', values: ['true'] }] }, { n: true }, 'next'],
  ['a nested claim', { claims: [{ path: ['a', 'b'], values: ['x'] }] }, { a: { b: ['x'] } }, 'next'],
  ['what every object has', { claims: [{ claim: 'constructor' }] }, {}, '403 claim-insufficient'],
  ['several demands, all met', { ...scopes, ...role() }, { scope: 'read write', role: 'ops' }, 'next'],
  ['several demands, one not met', { ...scopes, ...role() }, { scope: 'read write' }, '403 claim-insufficient'],
]
for (const [sentence, config, claims, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const identities =
      claims === null ? [fakeIdentity()] : [fakeIdentity({ claims: claims as Record<string, unknown> })]
    assert.equal(inWords(judge(compilePolicy(requireClaims, config), new FakeExchange({ identities }))), verdict)
  })
}

const challenges: [config: object, claims: object | null, challenge: string][] = [
  [scopes, null, 'Bearer'],
  [{ ...scopes, realm: 'R' }, null, 'Bearer realm="R"'],
  [scopes, {}, 'Bearer error="insufficient_scope", scope="read write"'],
  [{ ...scopes, realm: 'R' }, {}, 'Bearer realm="R", error="insufficient_scope", scope="read write"'],
  [role(), {}, 'Bearer error="insufficient_scope"'],
]
for (const [config, claims, challenge] of challenges) {
  test(`the challenge: ${challenge}`, () => {
    const identities = claims === null ? [] : [fakeIdentity({ claims: claims as Record<string, unknown> })]
    const verdict = judge(compilePolicy(requireClaims, config), new FakeExchange({ identities }))
    assert.equal(verdict.kind === 'denied' && verdict.detail.challenge, challenge)
  })
}

test('a demand that demands nothing is refused, and so is a scope that can’t be told to a client', () => {
  const problems = (config: object) => requireClaims.check?.(requireClaims.config.parse(config))
  assert.deepEqual(Object.keys(problems({}) ?? {}), ['@entity'])
  assert.deepEqual(Object.keys(problems({ claims: [{ values: ['a'] }] }) ?? {}), ['claims.0'])
  for (const scope of ['a b', 'a"', 'a\r\nX: 1', 'ë'])
    assert.throws(() => requireClaims.config.parse({ scopes: [scope] }))
})
