/** Token policies that can't be served as they are written: their routes are closed, never open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmacSigner, keySet, token } from '../../../src/policies/jwt-authn/testkit.ts'
import { sampleApp, startKgateway } from './kgateway.ts'

const signer = hmacSigner('a')
const bearer = { authorization: `Bearer ${token(signer, { length: '5' })}` }
const named = { name: 'login', namespace: 'kgateway-system' }
const good = { name: 'p', jwks: { local: { inline: keySet(signer) } } }

const replaced = 'invalid route configuration detected and replaced with a direct response.'
const rows: [sentence: string, provider: object, status: number, body: string][] = [
  ['good keys', good, 200, 'seen'],
  ['an empty key set', { ...good, jwks: { local: { inline: '{"keys":[]}' } } }, 500, replaced],
  ['no key set', { ...good, jwks: { local: { inline: 'x' } } }, 500, replaced],
  [
    'a backend that is not there',
    { ...good, jwks: { remote: { url: 'http://x/', backendRef: { name: 'x', port: 1 } } } },
    500,
    replaced,
  ],
  [
    'a claim that would say how long the body is',
    { ...good, claimsToHeaders: [{ name: 'length', header: 'Content-Length' }] },
    500,
    replaced,
  ],
  [
    'a claim in a header that can be none',
    { ...good, claimsToHeaders: [{ name: 'length', header: 'x y' }] },
    500,
    replaced,
  ],
]
for (const [sentence, provider, status, body] of rows) {
  test(`${sentence}: ${status}`, async (t) => {
    const kgateway = await startKgateway((port) => [
      ...sampleApp(port),
      {
        ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'GatewayExtension', metadata: named },
        spec: { jwt: { providers: [provider] } },
      },
      {
        ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy', metadata: named },
        spec: {
          targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'http' }],
          jwtAuth: { extensionRef: { name: 'login' } },
        },
      },
    ])
    t.after(() => kgateway.stop())
    const answer = await kgateway.ask('/', { headers: bearer })
    assert.deepEqual([answer.status, answer.body, answer.seen !== null], [status, body, status === 200])
  })
}
