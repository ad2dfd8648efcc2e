import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateway, httpRoute, service, translated } from './testkit.ts'

const system = { hostname: 'a.example', wellKnownCACertificates: 'System' }
const policy = (name: string, day: number, validation: object = system, target: object = {}) => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'BackendTLSPolicy' },
  metadata: { name, namespace: 'default', creationTimestamp: `2026-01-0${day}T00:00:00Z` },
  spec: { targetRefs: [{ group: '', kind: 'Service', name: 'svc', ...target }], validation },
})
const conditions = (name: string, ...policies: object[]) =>
  translated([gateway(), service(), httpRoute('r'), ...policies]).conditions('BackendTLSPolicy', name)

test('a policy of a backend that a route leads to is accepted at the Gateway', () => {
  assert.deepEqual(conditions('a', policy('a', 1)), [
    'Accepted=True Accepted: Policy accepted',
    'ResolvedRefs=True ResolvedRefs: Successfully resolved all references',
  ])
})

test('a policy of a backend that no route leads to has no ancestors', () => {
  const of = translated([gateway(), service(), policy('a', 1)])
  assert.deepEqual(of.status('BackendTLSPolicy', 'a').ancestors, [])
})

test('of two for the same target the older is followed', () => {
  const both = [policy('b', 1), policy('a', 2, { ...system, hostname: 'b.example' })]
  assert.match(conditions('b', ...both)[0]!, /^Accepted=True/)
  assert.match(conditions('a', ...both)[0]!, /^Accepted=False Conflicted/)
})

const wrong: [sentence: string, ref: object, reason: string][] = [
  ['an authority that is not there', { group: '', kind: 'ConfigMap', name: 'x' }, 'InvalidCACertificateRef'],
  ['an authority of a kind that holds none', { group: '', kind: 'Secret', name: 'x' }, 'InvalidKind'],
]
for (const [sentence, ref, reason] of wrong) {
  test(`a policy with ${sentence} is not accepted`, () => {
    const [accepted, resolved] = conditions('a', policy('a', 1, { hostname: 'a.example', caCertificateRefs: [ref] }))
    assert.match(accepted!, /^Accepted=False NoValidCACertificate/)
    assert.match(resolved!, new RegExp(`^ResolvedRefs=False ${reason}`))
  })
}
