/** What the log says of problems that stand while files are edited. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleApp, startKgateway } from './kgateway.ts'

const policy = (spec: object) => ({
  ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy' },
  metadata: { name: 'p', namespace: 'httpbin' },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'httpbin' }], ...spec },
})

test('a problem is told when it appears, not again with every edit', async (t) => {
  const kgateway = await startKgateway((port) => [...sampleApp(port), policy({ jwtauth: { disable: {} } })])
  t.after(() => kgateway.stop())
  const told = () => kgateway.said.filter((line) => line.includes('unknown field "spec.jwtauth"')).length
  assert.equal(told(), 1)
  const unrelated = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } }
  kgateway.apply(unrelated)
  assert.equal(told(), 1)
  // nobody asked for a token of a route that somebody meant to guard: it is closed
  assert.deepEqual((await kgateway.ask('/')).status, 500)
})
