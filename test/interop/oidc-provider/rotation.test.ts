/** A real OpenID provider changes its keys while requests flow: nobody with a good token may notice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Kgateway, sampleApp, service, startKgateway } from '../../e2e/kgateway/kgateway.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'

const AUDIENCE = 'https://orders.test'
const NAMESPACE = 'kgateway-system'
const named = (name: string) => ({ name, namespace: NAMESPACE })

/** As kgateway's page on remote key sets has it, with a Service in place of a Backend. */
function manifests(provider: IdentityProvider, remote: object): object[] {
  return [
    ...service('identity', NAMESPACE, provider.port),
    {
      ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'GatewayExtension', metadata: named('login') },
      spec: {
        jwt: {
          providers: [
            {
              ...{ name: 'login', issuer: provider.issuer, audiences: [AUDIENCE] },
              claimsToHeaders: [{ name: 'client_id', header: 'x-client' }],
              jwks: {
                remote: { url: `${provider.issuer}/jwks`, backendRef: { name: 'identity', port: 8000 }, ...remote },
              },
            },
          ],
        },
      },
    },
    {
      ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy', metadata: named('login') },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'http' }],
        jwtAuth: { extensionRef: { name: 'login' } },
      },
    },
  ]
}

const statusOf = async (kgateway: Kgateway, token: string) => {
  const { status, body, seen } = await kgateway.ask('/', { headers: { authorization: `Bearer ${token}` } })
  return status === 200 ? `200 ${String(seen?.headers['x-client'])}` : `${status} ${body}`
}

const modes: [sentence: string, remote: object][] = [
  ['fetched when they are needed', {}],
  ['fetched in the background', { asyncFetch: {} }],
]

describe('keys of a real OpenID provider that change while requests flow', () => {
  for (const [sentence, remote] of modes) {
    it(sentence, async (t) => {
      const provider = await startIdentityProvider()
      t.after(() => provider.stop())
      const kgateway = await startKgateway((port) => [...sampleApp(port), ...manifests(provider, remote)])
      t.after(() => kgateway.stop())

      const heard = new Map<string, number>()
      const ask = async (token: string) => {
        const words = await statusOf(kgateway, token)
        heard.set(words, (heard.get(words) ?? 0) + 1)
      }
      let before = await provider.token(AUDIENCE)
      const first = before
      for (let rotation = 0; rotation < 4; rotation++) {
        provider.rotate()
        // tokens of the newest key, of the one before, and the very same again, all at once
        const fresh = await Promise.all([1, 2, 3].map(() => provider.token(AUDIENCE)))
        const turn = [...fresh, before]
        for (let n = 0; n < 10; n++) await Promise.all(turn.map(ask))
        before = fresh[0]!
      }
      assert.deepEqual([...heard], [['200 shop', 160]])
      assert.ok(provider.setsGiven() <= 6, `the key set was asked for ${provider.setsGiven()} times`)

      assert.match(await statusOf(kgateway, first), /^401 Jwks doesn't have key/, 'a key that is gone is good no more')
      assert.match(await statusOf(kgateway, await provider.token('https://other.test')), /^403 Audiences/)
      assert.deepEqual(kgateway.said, [])
    })
  }
})
