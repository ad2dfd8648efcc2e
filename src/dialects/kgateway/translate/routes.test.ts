import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SegmentMatch } from '../../../model/model.ts'
import { gateway, grant, httpRoute, service, translated } from './testkit.ts'

const listener = (name: string, more: object = {}) => ({ name, port: 80, protocol: 'HTTP', ...more })
const hostsOf = (of: ReturnType<typeof translated>) =>
  of.routes.flatMap(({ matches }) => (matches as readonly SegmentMatch[]).map(({ host }) => host))
const accepted = (of: ReturnType<typeof translated>) => of.conditions('HTTPRoute', 'r')[0]

/** Listener's host, route's hosts, hosts that are served (null for all). */
const hostnames: [listener: string | null, route: string[], served: (string | null)[]][] = [
  [null, [], [null]],
  [null, ['a.example.com'], ['a.example.com']],
  ['a.example.com', [], ['a.example.com']],
  ['a.example.com', ['A.example.com', 'b.example.com'], []],
  ['a.example.com', ['a.example.com', 'b.example.com'], ['a.example.com']],
  ['a.example.com', ['*.example.com'], ['a.example.com']],
  ['*.example.com', ['a.example.com', 'example.com'], ['a.example.com']],
  ['*.example.com', ['*.b.example.com'], ['*.b.example.com']],
  ['*.b.example.com', ['*.example.com'], ['*.b.example.com']],
]
for (const [host, route, served] of hostnames) {
  test(`a listener for ${host ?? 'all hosts'} and a route for ${route.join(', ') || 'all'}`, () => {
    const of = translated([
      gateway({ listeners: [listener('http', host === null ? {} : { hostname: host })] }),
      service(),
      httpRoute('r', { hostnames: route }),
    ])
    if (route[0] === 'A.example.com') return assert.throws(() => of.status('HTTPRoute', 'r'))
    assert.deepEqual(hostsOf(of), served)
  })
}

test('a route whose hosts no listener has is not accepted', () => {
  const of = translated([
    gateway({ listeners: [listener('http', { hostname: 'a.example.com' })] }),
    service(),
    httpRoute('r', { hostnames: ['b.example.com'] }),
  ])
  assert.equal(accepted(of), 'Accepted=False NoMatchingListenerHostname: ')
  assert.deepEqual(of.routes, [])
})

const parents: [sentence: string, parent: object, listeners: object[], condition: string][] = [
  ['a listener by name', { sectionName: 'b' }, [listener('a'), listener('b', { port: 81 })], 'Accepted=True Accepted'],
  ['no listener of that name', { sectionName: 'c' }, [listener('a')], 'Accepted=False NoMatchingParent'],
  ['no listener at that port', { port: 82 }, [listener('a')], 'Accepted=False NoMatchingParent'],
  [
    'a listener for another kind of route',
    {},
    [listener('a', { allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } })],
    'Accepted=False NotAllowedByListeners',
  ],
  [
    'a listener for another namespace',
    {},
    [
      listener('a', {
        allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { team: 'x' } } } },
      }),
    ],
    'Accepted=False NotAllowedByListeners',
  ],
  [
    'a listener for namespaces by name',
    {},
    [
      listener('a', {
        allowedRoutes: {
          namespaces: {
            from: 'Selector',
            selector: {
              matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['default'] }],
            },
          },
        },
      }),
    ],
    'Accepted=True Accepted',
  ],
]
for (const [sentence, parent, listeners, condition] of parents) {
  test(sentence, () => {
    const of = translated([
      gateway({ listeners }),
      service(),
      httpRoute('r', { parentRefs: [{ name: 'gw', ...parent }] }),
    ])
    assert.ok(accepted(of)!.startsWith(condition), accepted(of))
  })
}

test('a route of another namespace comes in only where the listener takes all', () => {
  const route = httpRoute('r', { parentRefs: [{ name: 'gw', namespace: 'default' }] }, { namespace: 'other' })
  const all = listener('a', { allowedRoutes: { namespaces: { from: 'All' } } })
  const backend = service('svc', 'other')
  assert.ok(accepted(translated([gateway(), backend, route]))!.includes('NotAllowedByListeners'))
  assert.ok(accepted(translated([gateway({ listeners: [all] }), backend, route]))!.includes('Accepted=True'))
})

/** A backend of a rule; what it is drawn for; what the route's ResolvedRefs say. */
const backends: [sentence: string, ref: object, more: object[], answers500: boolean, resolved: string][] = [
  ['a Service', { name: 'svc', port: 80 }, [], false, 'ResolvedRefs=True ResolvedRefs'],
  [
    'a Service that is not there',
    { name: 'no', port: 80 },
    [],
    true,
    'ResolvedRefs=False BackendNotFound: Service default/no not found',
  ],
  ['a port that the Service has not', { name: 'svc', port: 81 }, [], true, 'ResolvedRefs=False BackendNotFound'],
  [
    'a kind that nobody knows',
    { kind: 'Thing', name: 'svc' },
    [],
    true,
    'ResolvedRefs=False InvalidKind: unknown backend kind',
  ],
  [
    'a Service of another namespace',
    { name: 'far', namespace: 'other', port: 80 },
    [service('far', 'other')],
    true,
    'ResolvedRefs=False RefNotPermitted: missing reference grant',
  ],
  [
    'the same with a grant',
    { name: 'far', namespace: 'other', port: 80 },
    [
      service('far', 'other'),
      grant(
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
        { group: '', kind: 'Service' },
        'other',
      ),
    ],
    false,
    'ResolvedRefs=True ResolvedRefs',
  ],
  [
    'a grant for another name',
    { name: 'far', namespace: 'other', port: 80 },
    [
      service('far', 'other'),
      grant(
        { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
        { group: '', kind: 'Service', name: 'near' },
        'other',
      ),
    ],
    true,
    'ResolvedRefs=False RefNotPermitted',
  ],
]
for (const [sentence, ref, more, answers500, resolved] of backends) {
  test(`a backend: ${sentence}`, () => {
    const of = translated([gateway(), service(), ...more, httpRoute('r', { rules: [{ backendRefs: [ref] }] })])
    assert.deepEqual(of.chain('HTTPRoute/default/r'), answers500 ? ['direct-response'] : [])
    const conditions = of.conditions('HTTPRoute', 'r')
    assert.ok(
      conditions.some((each) => each.startsWith(resolved)),
      conditions.join('\n'),
    )
  })
}

test('backends share by weight; one of weight 0 is never drawn, one that is missing keeps its share', () => {
  const of = translated([
    gateway(),
    service(),
    httpRoute('r', {
      rules: [
        {
          backendRefs: [
            { name: 'svc', port: 80, weight: 3 },
            { name: 'svc', port: 80, weight: 0 },
            { name: 'missing', port: 80, weight: 2 },
          ],
        },
      ],
    }),
  ])
  assert.deepEqual(
    of.routes[0]!.backends!.map(({ serviceId, weight }) => [serviceId, weight]),
    [
      ['Service/default/svc/80', 3],
      [null, 2],
    ],
  )
})

test('a rule without backends answers 500', () => {
  const of = translated([gateway(), httpRoute('r', { rules: [{}] })])
  assert.deepEqual(of.chain('HTTPRoute/default/r'), ['direct-response'])
})

const first = (a: object, b: object): string => {
  const rule = (match: object, name: string) => ({ name, matches: [match], backendRefs: [{ name: 'svc', port: 80 }] })
  const of = translated([gateway(), service(), httpRoute('r', { rules: [rule(a, 'a'), rule(b, 'b')] })])
  const [one, other] = of.routes.map(({ id, matches }) => ({ id, order: (matches[0] as SegmentMatch).order }))
  const before =
    one!.order.rank !== other!.order.rank ? one!.order.rank > other!.order.rank : one!.order.tie < other!.order.tie
  return before ? 'a' : 'b'
}
const path = (type: string, value: string, more: object = {}) => ({ path: { type, value }, ...more })
const orders: [sentence: string, before: object, after: object][] = [
  ['Exact before RegularExpression', path('Exact', '/a'), path('RegularExpression', '/a.*')],
  ['RegularExpression before PathPrefix', path('RegularExpression', '/.*'), path('PathPrefix', '/long/prefix')],
  ['the longer prefix', path('PathPrefix', '/a/b'), path('PathPrefix', '/a')],
  [
    'the longer prefix, though the other asks for more',
    path('PathPrefix', '/a/b'),
    path('PathPrefix', '/a', { method: 'GET' }),
  ],
  ['one with a method', path('PathPrefix', '/a', { method: 'GET' }), path('PathPrefix', '/a')],
  [
    'more headers',
    path('PathPrefix', '/a', {
      headers: [
        { name: 'x', value: '1' },
        { name: 'y', value: '1' },
      ],
    }),
    path('PathPrefix', '/a', { headers: [{ name: 'x', value: '1' }], queryParams: [{ name: 'q', value: '1' }] }),
  ],
  ['more arguments', path('PathPrefix', '/a', { queryParams: [{ name: 'q', value: '1' }] }), path('PathPrefix', '/a')],
]
for (const [sentence, before, after] of orders) {
  test(`first: ${sentence}`, () => {
    assert.equal(first(before, after), 'a')
    assert.equal(first(after, before), 'b')
  })
}
test('first: of equals the first rule', () =>
  assert.equal(first(path('PathPrefix', '/a'), path('PathPrefix', '/a')), 'a'))

test('an expression that RE2 does not take drops its match alone', () => {
  const of = translated([
    gateway(),
    service(),
    httpRoute('r', {
      rules: [
        {
          matches: [{ path: { type: 'RegularExpression', value: '/(?!x)' } }, { path: { type: 'Exact', value: '/b' } }],
          backendRefs: [{ name: 'svc', port: 80 }],
        },
      ],
    }),
  ])
  assert.deepEqual(
    of.routes.map(({ matches }) => (matches as readonly SegmentMatch[]).map(({ path: { value } }) => value)),
    [['/b']],
  )
  assert.ok(of.conditions('HTTPRoute', 'r').some((each) => each.includes('RouteRuleDropped: Dropped Rule (0)')))
})

test('a listener for client certificates stays closed, since none are asked for', () => {
  const ca = { group: '', kind: 'ConfigMap', name: 'ca' }
  const of = translated([
    gateway({
      listeners: [{ name: 'tls', port: 443, protocol: 'HTTPS', tls: { options: { a: 'b' } } }],
      tls: { frontend: { default: { validation: { caCertificateRefs: [ca] } } } },
    }),
    service(),
    httpRoute('r'),
  ])
  assert.deepEqual(of.routes, [])
  assert.equal(of.conditions('Gateway', 'gw')[0], 'Accepted=False ListenersNotValid: No valid listeners')
})

test('time limits: without retries the backend’s, with them one attempt’s and all of them', () => {
  const times = (timeouts: object, retry: boolean) => {
    const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }
    const policy = {
      ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy', metadata: { name: 'p' } },
      spec: { targetRefs: [target], retry: { retryOn: ['5xx'], attempts: 2 } },
    }
    const rules = [{ backendRefs: [{ name: 'svc', port: 80 }], timeouts }]
    return translated([gateway(), service(), httpRoute('r', { rules }), ...(retry ? [policy] : [])]).routes[0]!.timeouts
  }
  assert.deepEqual(times({ request: '5s', backendRequest: '2s' }, false), { request: 2000, attempt: null })
  assert.deepEqual(times({ request: '5s', backendRequest: '2s' }, true), { request: 5000, attempt: 2000 })
  assert.deepEqual(times({ request: '0s' }, false), { request: null, attempt: null })
})

test('a route on a listener that is not served is told of backends that are not there', () => {
  const https = listener('https', { port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'nowhere' }] } })
  const of = translated([gateway({ listeners: [https] }), httpRoute('r', {})])
  assert.match(of.conditions('HTTPRoute', 'r').join(), /ResolvedRefs=False BackendNotFound/)
  assert.deepEqual(of.routes, [])
})
