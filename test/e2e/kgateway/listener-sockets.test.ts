import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { service, startKgateway } from './kgateway.ts'

const at = (name: string, namespace: string, kind: string, spec: object) => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name, namespace }, spec },
})
const listener = (name: string, port: number) => ({ name, port, protocol: 'HTTP' })

/** Two Gateways whose listeners take every host, and a route on each that answers for itself. */
const manifests = (port: number) => [
  at('one', 'default', 'Gateway', {
    gatewayClassName: 'kgateway',
    listeners: [listener('web', 80), listener('other', 81)],
  }),
  at('two', 'default', 'Gateway', { gatewayClassName: 'kgateway', listeners: [listener('web', 80)] }),
  ...service('svc', 'default', port),
  at('of-one', 'default', 'HTTPRoute', {
    parentRefs: [{ name: 'one', sectionName: 'web' }],
    rules: [{ matches: [{ path: { value: '/one' } }], backendRefs: [{ name: 'svc', port: 8000 }] }],
  }),
  at('of-two', 'default', 'HTTPRoute', {
    parentRefs: [{ name: 'two' }],
    rules: [{ matches: [{ path: { value: '/two' } }], backendRefs: [{ name: 'svc', port: 8000 }] }],
  }),
]

function status(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode!))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('a listener with an address of its own is served there alone, the others where they usually are', async () => {
  const address = { host: '127.0.0.1', port: 0 }
  const kgateway = await startKgateway(manifests, {
    listeners: [{ listener: 'default/two/web', secure: false, address }],
  })
  try {
    const own = kgateway.gateway.ports.listeners!['default/two/web']!
    const answers = [
      await status(kgateway.port, '/one'),
      await status(kgateway.port, '/two'),
      await status(own, '/one'),
      await status(own, '/two'),
    ]
    assert.deepEqual(answers, [200, 404, 404, 200])
  } finally {
    await kgateway.stop()
  }
})
