/** Which listener's policies hold for a host that several listeners of one port take. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateway, httpRoute, onGateway, rbac, service, trafficPolicy, translated } from './testkit.ts'

const http = (name: string, hostname: string | null, more: object = {}) => ({
  ...{ name, port: 80, protocol: 'HTTP', ...(hostname !== null && { hostname }), ...more },
})

const guarded = trafficPolicy('guard', onGateway('close'), rbac('false'))
const rows: [sentence: string, listeners: object[], route: object, guardedHosts: string[], openHosts: string[]][] = [
  [
    'a route on a wildcard and on a host within it is guarded as that host is',
    [http('wide', '*.example.com'), http('close', 'a.example.com')],
    { hostnames: ['a.example.com', 'b.example.com'] },
    ['a.example.com'],
    ['b.example.com'],
  ],
  [
    'also when it hangs on the wildcard alone',
    [http('close', 'a.example.com'), http('wide', '*.example.com')],
    { parentRefs: [{ name: 'gw', sectionName: 'wide' }], hostnames: ['a.example.com'] },
    ['a.example.com'],
    [],
  ],
  [
    'a longer wildcard is closer than a shorter one',
    [http('wide', '*.example.com'), http('close', '*.a.example.com')],
    { hostnames: ['x.a.example.com', 'x.example.com', '*.a.example.com'] },
    ['*.a.example.com', 'x.a.example.com'],
    ['x.example.com'],
  ],
  [
    'any name is closer than none',
    [http('wide', null), http('close', '*.example.com')],
    { hostnames: ['a.example.com', 'example.com'] },
    ['a.example.com'],
    ['example.com'],
  ],
  [
    'a listener of another port has no say',
    [http('wide', '*.example.com'), http('close', 'a.example.com', { port: 81 })],
    { parentRefs: [{ name: 'gw', sectionName: 'wide' }], hostnames: ['a.example.com'] },
    [],
    ['a.example.com'],
  ],
]
for (const [sentence, listeners, route, guardedHosts, openHosts] of rows) {
  test(sentence, () => {
    const { routes } = translated([gateway({ listeners }), httpRoute('r', route), service(), guarded])
    const hosts = (isGuarded: boolean) => [
      ...new Set(
        routes
          .filter(({ backends }) => backends!.every(({ uses }) => uses.length > 0 === isGuarded))
          .flatMap(({ matches }) => matches.map((match) => (match as { host: string | null }).host)),
      ),
    ]
    assert.deepEqual(hosts(true).sort(), guardedHosts)
    assert.deepEqual(hosts(false).sort(), openHosts)
  })
}

test('where the closer listener is invalid as a whole, its hosts answer 500 whichever listener the route is on', () => {
  const { routes, use } = translated([
    gateway({ listeners: [http('wide', '*.example.com'), http('close', 'a.example.com')] }),
    httpRoute('r', { parentRefs: [{ name: 'gw', sectionName: 'wide' }], hostnames: ['a.example.com'] }),
    service(),
    trafficPolicy('guard', onGateway('close'), rbac('not cel (')),
  ])
  assert.deepEqual(
    routes.flatMap(({ uses }) => uses!.map((id) => use(id).config['status'])),
    [500],
  )
})

const tls = (name: string, hostname: string | null) =>
  http(name, hostname, { protocol: 'HTTPS', port: 443, tls: { options: { x: 'y' } } })
test('an HTTPS listener serves nothing that another one names more closely, and that one nothing else', () => {
  const { routes, use } = translated([
    gateway({ listeners: [tls('wide', '*.example.com'), tls('close', 'a.example.com')] }),
    httpRoute('r', {
      parentRefs: [{ name: 'gw', sectionName: 'wide' }],
      hostnames: ['a.example.com', 'b.example.com'],
    }),
    service(),
  ])
  const served = routes.map(({ matches, uses }) => [
    ...matches.map((match) => (match as { host: string | null }).host),
    ...uses!.map((id) => use(id).config['status']),
  ])
  assert.deepEqual(served, [['a.example.com', 404], ['b.example.com']])
})

test('a ListenerSet named like its Gateway makes routes of its own', () => {
  const all = { namespaces: { from: 'All' } }
  const { routes } = translated([
    gateway({ allowedListeners: all, listeners: [http('http', 'a.example.com')] }),
    {
      ...{
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'ListenerSet',
        metadata: { name: 'gw', namespace: 'default' },
      },
      spec: { parentRef: { name: 'gw' }, listeners: [http('http', 'b.example.com')] },
    },
    httpRoute('r', { parentRefs: [{ name: 'gw' }, { kind: 'ListenerSet', name: 'gw' }] }),
    service(),
  ])
  assert.equal(routes.length, 2)
})
