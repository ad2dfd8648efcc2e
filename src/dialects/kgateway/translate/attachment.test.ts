import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  gateway,
  httpRoute,
  jwt,
  jwtExtension,
  onGateway,
  onRoute,
  rbac,
  service,
  trafficPolicy,
  translated,
} from './testkit.ts'

const named = (name: string) => ({ rules: [{ name, backendRefs: [{ name: 'svc', port: 80 }] }] })
const tls = (name: string) => ({
  name,
  port: 443,
  protocol: 'HTTPS',
  hostname: `${name}.example.com`,
  tls: { options: { x: 'y' } },
})

/** What stands, and what runs on the route `r`. */
const rows: [sentence: string, manifests: object[], chain: string[]][] = [
  ['nothing attached, nothing runs', [], []],
  ['a policy on the Gateway', [trafficPolicy('p', onGateway(), rbac('true'))], ['rbac']],
  ['a policy on the listener', [trafficPolicy('p', onGateway('http'), rbac('true'))], ['rbac']],
  ['a policy on another listener', [trafficPolicy('p', onGateway('other'), rbac('true'))], []],
  ['a policy on the route', [trafficPolicy('p', onRoute('r'), rbac('true'))], ['rbac']],
  ['a policy on another route', [trafficPolicy('p', onRoute('other'), rbac('true'))], []],
  ['a policy on a rule that is not there', [trafficPolicy('p', onRoute('r', 'other'), rbac('true'))], []],
  ['a policy of another namespace', [trafficPolicy('p', onRoute('r'), rbac('true'), { namespace: 'elsewhere' })], []],
  [
    'a policy by labels',
    [
      httpRoute('r', {}, { labels: { app: 'a' } }),
      trafficPolicy('p', null, {
        ...rbac('true'),
        targetSelectors: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', matchLabels: { app: 'a' } }],
      }),
    ],
    ['rbac'],
  ],
  [
    'a policy by labels that the route has not',
    [
      trafficPolicy('p', null, {
        ...rbac('true'),
        targetSelectors: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', matchLabels: { app: 'a' } }],
      }),
    ],
    [],
  ],
  [
    'token policies of different extensions on Gateway and route both run',
    [
      jwtExtension('one'),
      jwtExtension('two'),
      trafficPolicy('wide', onGateway(), jwt('two')),
      trafficPolicy('narrow', onRoute('r'), jwt('one')),
    ],
    ['jwt/default/one', 'jwt/default/two'],
  ],
  [
    'of the same extension it runs once',
    [
      jwtExtension('one'),
      trafficPolicy('wide', onGateway(), jwt('one')),
      trafficPolicy('narrow', onRoute('r'), jwt('one')),
    ],
    ['jwt/default/one'],
  ],
  [
    'on one route only the first of two token policies runs',
    [
      jwtExtension('one'),
      jwtExtension('two'),
      trafficPolicy('older', onRoute('r'), jwt('one')),
      trafficPolicy('younger', onRoute('r'), jwt('two')),
    ],
    ['jwt/default/one'],
  ],
  [
    'a route may switch the Gateway’s tokens off',
    [
      jwtExtension('one'),
      trafficPolicy('wide', onGateway(), jwt('one')),
      trafficPolicy('narrow', onRoute('r'), { jwtAuth: { disable: {} } }),
    ],
    [],
  ],
  [
    'what the Gateway switches off a route may ask for all the same',
    [
      jwtExtension('one'),
      trafficPolicy('wide', onGateway(), { jwtAuth: { disable: {} } }),
      trafficPolicy('narrow', onRoute('r'), jwt('one')),
    ],
    ['jwt/default/one'],
  ],
  [
    'tokens are checked before expressions, whoever asks for which',
    [
      jwtExtension('one'),
      trafficPolicy('wide', onGateway(), rbac('true')),
      trafficPolicy('narrow', onRoute('r'), jwt('one')),
    ],
    ['jwt/default/one', 'rbac'],
  ],
]
for (const [sentence, manifests, chain] of rows) {
  test(sentence, () => {
    assert.deepEqual(
      translated([gateway(), service(), httpRoute('r'), ...manifests]).chain('HTTPRoute/default/r'),
      chain,
    )
  })
}

test('the rule’s policy goes before the route’s, the route’s before the Gateway’s', () => {
  const expression = (of: ReturnType<typeof translated>) => {
    const id = of.routes[0]!.backends![0]!.uses[0]!
    return (of.use(id).config as { expressions: string[] }).expressions[0]
  }
  const base = [gateway(), service(), httpRoute('r', named('rule'))]
  const wide = trafficPolicy('wide', onGateway(), rbac('"wide" == ""'))
  const route = trafficPolicy('route', onRoute('r'), rbac('"route" == ""'))
  const rule = trafficPolicy('rule', onRoute('r', 'rule'), rbac('"rule" == ""'))
  assert.equal(expression(translated([...base, wide])), '"wide" == ""')
  assert.equal(expression(translated([...base, wide, route])), '"route" == ""')
  assert.equal(expression(translated([...base, wide, route, rule])), '"rule" == ""')
})

test('a heavier policy goes before an older one', () => {
  const older = trafficPolicy('older', onRoute('r'), rbac('"older" == ""'))
  const heavier = trafficPolicy('heavier', onRoute('r'), rbac('"heavier" == ""'), {
    annotations: { 'kgateway.dev/policy-weight': '10' },
  })
  const of = translated([gateway(), service(), httpRoute('r'), older, heavier])
  assert.deepEqual(of.chain('HTTPRoute/default/r'), ['rbac'])
  assert.equal(of.routes[0]!.backends![0]!.uses[0], 'TrafficPolicy/default/heavier/rbac')
  assert.ok(of.conditions('TrafficPolicy', 'older').some((each) => each.startsWith('Attached=False Overridden')))
})

test('policies of one route are merged field by field', () => {
  const of = translated([
    gateway(),
    service(),
    httpRoute('r'),
    trafficPolicy('one', onRoute('r'), { ...rbac('true'), timeouts: { request: '3s' } }),
    trafficPolicy('two', onRoute('r'), {
      timeouts: { request: '7s' },
      headerModifiers: { request: { remove: ['x'] } },
    }),
  ])
  assert.deepEqual(of.chain('HTTPRoute/default/r'), ['rbac', 'header-modifier'])
  assert.equal(of.routes[0]!.timeouts!.request, 3000)
  assert.deepEqual(of.conditions('TrafficPolicy', 'two'), [
    'Accepted=True Valid: Policy accepted',
    'Attached=True Merged: Merged with other policies in target(s) and attached',
  ])
})

test('an invalid policy closes the route it is attached to, and no other', () => {
  const of = translated([
    gateway(),
    service(),
    httpRoute('r'),
    httpRoute('s'),
    trafficPolicy('p', onRoute('r'), jwt('missing')),
  ])
  assert.deepEqual(of.chain('HTTPRoute/default/r'), ['direct-response'])
  assert.equal((of.use('replaced').config as { status: number }).status, 500)
  assert.deepEqual(of.chain('HTTPRoute/default/s'), [])
  assert.deepEqual(of.conditions('TrafficPolicy', 'p'), [
    'Accepted=False Invalid: jwt: default/missing: gateway extension not found',
    'Attached=False Pending: ',
  ])
  assert.ok(
    of
      .conditions('HTTPRoute', 'r')
      .includes(
        'kgateway.dev/Programmed=False RouteRuleReplaced: Replaced Rule (0): gateway.kgateway.dev/TrafficPolicy/default/p: jwt: default/missing: gateway extension not found',
      ),
  )
})

test('an invalid policy on the Gateway closes everything there', () => {
  const of = translated([gateway(), service(), httpRoute('r'), trafficPolicy('p', onGateway(), jwt('missing'))])
  assert.deepEqual(
    of.routes.map(({ uses, matches }) => [uses, matches.length]),
    [[['replaced'], 1]],
  )
  assert.ok(of.conditions('Gateway', 'gw')[0]!.startsWith('Accepted=False GatewayReplaced'))
})

test('a policy that an API server would not take closes what it was to guard', () => {
  const spec = { rbac: { policy: { matchExpressions: [] } } }
  const onOne = translated([
    gateway(),
    service(),
    httpRoute('r'),
    httpRoute('s'),
    trafficPolicy('p', onRoute('r'), spec),
  ])
  assert.deepEqual(onOne.chain('HTTPRoute/default/r'), ['direct-response'])
  assert.deepEqual(onOne.chain('HTTPRoute/default/s'), [])
  // where it was to stand can't be read either
  const somewhere = trafficPolicy('p', null, { targetRefs: 'r', ...rbac('true') })
  const onAll = translated([gateway(), service(), httpRoute('r'), somewhere])
  assert.deepEqual(
    onAll.routes.map(({ uses }) => uses),
    [['replaced']],
  )
})

test('a refused policy that selects by labels closes whatever it may have selected, in all its reach', () => {
  const spec = { rbac: { policy: { matchExpressions: [] } } }
  const targetSelectors = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', matchLabels: { a: 'b' } }]
  const routes = [httpRoute('r'), httpRoute('s', {}, { labels: { a: 'b' } })]
  const both = trafficPolicy('p', onRoute('r'), { ...spec, targetSelectors })
  const here = translated([gateway(), service(), ...routes, both])
  assert.deepEqual(
    here.routes.map(({ uses }) => uses),
    [['replaced']],
  )
  const far = trafficPolicy('p', null, { ...spec, targetSelectors }, { namespace: 'policies' })
  const everywhere = translated([gateway(), service(), ...routes, far], { globalPolicyNamespace: 'policies' })
  assert.deepEqual(
    everywhere.routes.map(({ uses }) => uses),
    [['replaced']],
  )
  const elsewhere = translated([gateway(), service(), ...routes, far])
  assert.deepEqual(elsewhere.chain('HTTPRoute/default/s'), [])
})

test('what is not served and decides closes the route; what does not decide is only told', () => {
  const of = (spec: object) =>
    translated([gateway(), service(), httpRoute('r'), trafficPolicy('p', onRoute('r'), spec)])
  const decides = of({ extProc: { extensionRef: { name: 'x' } } })
  assert.deepEqual(decides.chain('HTTPRoute/default/r'), ['direct-response'])
  const told = of({ compression: { responseCompression: {} } })
  assert.deepEqual(told.chain('HTTPRoute/default/r'), [])
  assert.equal(
    told.conditions('TrafficPolicy', 'p')[0],
    'Accepted=True PartiallyValid: Policy accepted, but for: compression is not served',
  )
})

test('on an HTTPS listener the listener’s policy and the Gateway’s are one: of two token checks one runs', () => {
  const of = translated([
    gateway({ listeners: [tls('a')] }),
    service(),
    httpRoute('r'),
    jwtExtension('one'),
    jwtExtension('two'),
    trafficPolicy('wide', onGateway(), jwt('two')),
    trafficPolicy('narrow', onGateway('a'), jwt('one')),
  ])
  assert.deepEqual(of.chain('HTTPRoute/default/r'), ['jwt/default/one'])
})

/** A mistake that keeps a policy out, in what it names. */
const misread: [sentence: string, target: object, chain: string[]][] = [
  ['a policy with a mistake closes the route it names', onRoute('r'), ['direct-response']],
  ['and no other', onRoute('other'), []],
  ['where the kind it names is none, all of its namespace', { kind: 'HttpRoute', name: 'r' }, []],
  ['and so where it names none', { name: 'r' }, []],
]
for (const [sentence, target, chain] of misread) {
  test(sentence, () => {
    const { routes, ...seen } = translated([
      ...[gateway(), httpRoute('r'), service()],
      trafficPolicy('p', target, { rbac: { policy: { matchExpressions: [] } } }),
    ])
    const isWhole = routes.some(({ id }) => id.startsWith('replaced/'))
    assert.deepEqual(isWhole ? [] : seen.chain('HTTPRoute/default/r'), chain)
    assert.equal(isWhole, !('kind' in target) || target.kind === 'HttpRoute')
  })
}

test('a name that every object of the language answers to is no key of a Secret, and stops nobody else’s policies', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    stringData: { a: 'b' },
  }
  const headers = (key: string) => ({
    headerModifiers: { request: { set: [{ name: 'x', secretRef: { name: 's', key } }] } },
  })
  for (const spec of [{ basicAuth: { secretRef: { name: 's', key: 'constructor' } } }, headers('toString')]) {
    const seen = translated([gateway(), httpRoute('r'), service(), secret, trafficPolicy('p', onRoute('r'), spec)])
    assert.deepEqual(seen.chain('HTTPRoute/default/r'), ['direct-response'])
    assert.match(
      seen.conditions('TrafficPolicy', 'p').join(),
      /does not contain key 'constructor'|key 'toString' not found/,
    )
  }
})

test('a label that nobody set is none, whatever it is called', () => {
  const seen = translated([
    ...[gateway(), httpRoute('r'), service()],
    trafficPolicy('p', null, {
      ...rbac('true'),
      targetSelectors: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', matchLabels: { constructor: 'x' } }],
    }),
  ])
  assert.deepEqual(seen.chain('HTTPRoute/default/r'), [])
})
