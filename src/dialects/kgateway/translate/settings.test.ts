import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFrom } from './settings.ts'
import { gateway, httpRoute, service, translated } from './testkit.ts'

test('kgateway’s own variables mean what they mean there', () => {
  assert.equal(settingsFrom({}).referenceGrants, 'permissive')
  assert.equal(settingsFrom({ KGW_REFERENCE_GRANT_MODE: 'STRICT' }).referenceGrants, 'strict')
  assert.equal(settingsFrom({ KGW_GLOBAL_POLICY_NAMESPACE: 'infra' }).globalPolicyNamespace, 'infra')
})

test('a value that none can have is no reason to guess', () => {
  assert.throws(() => settingsFrom({ KGW_REFERENCE_GRANT_MODE: 'LAX' }), /expected PERMISSIVE, STRICT or OFF/)
})

test('with OFF nobody needs a grant', () => {
  const route = httpRoute('r', { rules: [{ backendRefs: [{ name: 'far', namespace: 'other', port: 80 }] }] })
  const of = (mode: string) =>
    translated([gateway(), service('far', 'other'), route], settingsFrom({ KGW_REFERENCE_GRANT_MODE: mode }))
  assert.deepEqual(of('PERMISSIVE').chain('HTTPRoute/default/r'), ['direct-response'])
  assert.deepEqual(of('OFF').chain('HTTPRoute/default/r'), [])
})
