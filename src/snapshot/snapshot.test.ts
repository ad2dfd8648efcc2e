import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Change, PolicyUse, RouteSpec, ServiceSpec, TextMatch } from '../model/model.ts'
import { type AnyPolicy, definePolicy } from '../policy/policy.ts'
import { Registry } from '../policy/registry.ts'
import { next } from '../policy/verdict.ts'
import type { Matchable } from './route.ts'
import { Snapshot } from './snapshot.ts'

/** What happened to compiled uses, in order: `+id` compiled, `-id` disposed of. */
let log: string[] = []

function policy(name: string, more: Partial<AnyPolicy> = {}): AnyPolicy {
  return definePolicy({
    name,
    phase: 'guard',
    summary: 'For tests.',
    config: z.strictObject({ tag: z.string().default(''), anonymous: z.string().nullable().default(null) }),
    reasons: {},
    identityHeaders: ({ tag }) => (tag === '' ? [] : [`X-${tag}`]),
    credentialNames: ({ tag }) => (tag === '' ? {} : { headers: [`Key-${tag}`], query: [`Key-${tag}`] }),
    compile: ({ tag }, { useId }) => {
      if (tag === 'broken') throw new Error('it is broken')
      log.push(`+${useId}`)
      return { request: () => next, dispose: () => log.push(`-${useId}`) }
    },
    ...more,
  })
}

const watcher = policy('watcher', {
  needs: { body: () => 100 },
  compile: () => ({ request: () => next, response() {}, record() {} }),
})

function snapshot(...changes: Change[]): Snapshot {
  log = []
  const made = new Snapshot({
    source: 'test.yaml',
    policies: [policy('a'), policy('b'), watcher],
    clock: { now: () => 0 },
    registry: new Registry(),
  })
  made.apply(changes)
  return made
}

const anyPath: TextMatch = {
  methods: null,
  hosts: null,
  path: { kind: 'prefix', value: '/' },
  headers: [],
  snis: null,
  sources: null,
  destinations: null,
  order: { high: 0, low: 1 },
}

const route = (id: string, more: Partial<RouteSpec> = {}): Change => ({
  op: 'put',
  kind: 'route',
  value: {
    id,
    name: null,
    serviceId: 's',
    matches: [anyPath],
    protocols: ['http'],
    httpsRedirectStatus: 426,
    stripPath: true,
    pathHandling: 'v0',
    preserveHost: false,
    ...more,
  },
})

const service = (id: string, more: Partial<ServiceSpec> = {}): Change => ({
  op: 'put',
  kind: 'service',
  value: {
    id,
    name: null,
    protocol: 'http',
    host: 'localhost',
    port: 80,
    path: null,
    connectTimeout: 1,
    writeTimeout: 1,
    readTimeout: 1,
    retries: 0,
    tls: { verify: false, ca: [], certificateId: null },
    enabled: true,
    ...more,
  },
})

const use = (id: string, more: Partial<PolicyUse> = {}): Change => ({
  op: 'put',
  kind: 'use',
  value: {
    id,
    policy: 'a',
    config: {},
    routeId: null,
    serviceId: null,
    consumerId: null,
    order: 0,
    protocols: ['http', 'https'],
    enabled: true,
    ...more,
  },
})

const request: Matchable = {
  method: 'GET',
  hostname: 'x',
  path: '/a/b',
  query: '',
  listener: 'http',
  scheme: 'http',
  sni: null,
  clientIp: '127.0.0.1',
  clientPort: 1,
  localIp: '127.0.0.1',
  localPort: 8000,
  hostPort: 8000,
  headerValues: () => [],
}

const slots = (of: Snapshot, id = 'r') =>
  of
    .route(id)!
    .chain()
    .slots.map(({ policy, use }) => `${policy}:${use?.id ?? '-'}`)

const r = { routeId: 'r' }
const s = { serviceId: 's' }
const c = { consumerId: 'c' }
const scopes = [{ ...r, ...s, ...c }, { ...r, ...c }, { ...s, ...c }, { ...r, ...s }, { ...c }, { ...r }, { ...s }, {}]

test('a slot takes the most specific use, in the documented order', () => {
  const names = ['rsc', 'rc', 'sc', 'rs', 'c', 'r', 's', 'global']
  for (let most = 0; most < names.length; most++) {
    const uses = scopes.slice(most).map((scope, n) => use(names[most + n]!, scope))
    const [slot] = snapshot(route('r'), service('s'), ...uses)
      .route('r')!
      .chain().slots
    const found = slot!.byConsumer?.get('c') ?? slot!.use
    assert.equal(found?.id, names[most])
    const forOthers = names.slice(most).find((name) => !name.includes('c'))
    assert.equal((slot!.byConsumer?.get('other') ?? slot!.use)?.id, forOthers)
  }
})

test('a slot that only consumers have runs nothing for others', () => {
  const [slot] = snapshot(route('r'), use('c', c)).route('r')!.chain().slots
  assert.equal(slot?.use, null)
  assert.equal(slot?.byConsumer?.get('other'), undefined)
})

test('uses of other routes, services and consumers do not count', () => {
  const elsewhere = [
    use('1', { routeId: 'other' }),
    use('2', { serviceId: 'other' }),
    use('3', { ...r, serviceId: 'z' }),
  ]
  assert.deepEqual(slots(snapshot(route('r'), service('s'), ...elsewhere)), [])
})

test('a use switched off leaves its place to a less specific one', () => {
  assert.deepEqual(slots(snapshot(route('r'), use('r', { ...r, enabled: false }), use('g'))), ['a:g'])
})

test('a use for stream protocols only is no candidate', () => {
  assert.deepEqual(slots(snapshot(route('r'), use('r', { ...r, protocols: ['tcp'] }), use('g'))), ['a:g'])
})

test('slots stand by order, larger first, then by name descending', () => {
  const uses = [use('1', { order: 5 }), use('2', { policy: 'b', order: 5 }), use('3', { policy: 'watcher', order: 9 })]
  assert.deepEqual(slots(snapshot(route('r'), ...uses)), ['watcher:3', 'b:2', 'a:1'])
})

test('a chain says how much body it wants and whether anyone looks on', () => {
  const { bodyBytes, observesResponse, recordsExchange } = snapshot(route('r'), use('w', { policy: 'watcher' }))
    .route('r')!
    .chain()
  assert.deepEqual([bodyBytes, observesResponse, recordsExchange], [100, true, true])
  const quiet = snapshot(route('r'), use('1')).route('r')!.chain()
  assert.deepEqual([quiet.bodyBytes, quiet.observesResponse, quiet.recordsExchange], [0, false, false])
  const forConsumer = snapshot(route('r'), use('w', { policy: 'watcher', ...c }))
    .route('r')!
    .chain()
  assert.deepEqual([forConsumer.bodyBytes, forConsumer.observesResponse], [100, true])
})

test('the chain without a route holds only what looks on', () => {
  const chain = snapshot(use('1'), use('w', { policy: 'watcher' }), use('x', r)).globalChain()
  assert.deepEqual(chain.slots.map(({ policy }) => policy).sort(), ['a', 'watcher'])
  assert.ok(chain.slots.every(({ use }) => use?.steps.request === undefined))
  assert.deepEqual([chain.bodyBytes, chain.observesResponse, chain.recordsExchange], [0, true, true])
})

test('a use compiles on first use, once, and again only when its config changes', () => {
  const made = snapshot(route('r'), service('s'), use('1'), use('2', { policy: 'b' }))
  assert.deepEqual(log, [])
  const chain = made.route('r')!.chain()
  assert.equal(made.route('r')!.chain(), chain)
  assert.deepEqual(log.toSorted(), ['+1', '+2'])
  log = []
  made.apply([use('1', { order: 7 }), use('2', { policy: 'b', config: { tag: 'new' } })])
  assert.deepEqual(log, ['-2'])
  slots(made)
  assert.deepEqual(log, ['-2', '+2'])
  made.apply([{ op: 'delete', kind: 'use', id: '1' }])
  assert.deepEqual(log, ['-2', '+2', '-1'])
  assert.deepEqual(slots(made), ['b:2'])
})

test('a use that has work before its first request is compiled when it is placed, unless it is switched off', () => {
  log = []
  const early = policy('a', { startsAtOnce: ({ tag }) => tag !== 'late' })
  const made = new Snapshot({ source: 'x', policies: [early], clock: { now: () => 0 }, registry: new Registry() })
  made.apply([use('1'), use('2', { enabled: false }), use('3', { config: { tag: 'late' } })])
  assert.deepEqual(log, ['+1'])
  made.apply([use('1'), use('4', { config: { tag: 'broken' } })])
  assert.deepEqual(log, ['+1'], 'what did not change is not compiled again')
  assert.match(made.problems[0]!.message, /it is broken/)
  made.apply([use('1', { config: { tag: 'x' } })])
  assert.deepEqual(log, ['+1', '-1', '+1'])
})

test('a use that becomes another policy is compiled by that', () => {
  const made = snapshot(route('r'), use('1'))
  slots(made)
  made.apply([use('1', { policy: 'b' })])
  assert.deepEqual(slots(made), ['b:1'])
  assert.deepEqual(log, ['+1', '-1', '+1'])
})

const unusable: readonly (readonly [sentence: string, more: Partial<PolicyUse>, message: RegExp])[] = [
  ['that refuses its config', { config: { tag: 'broken' } }, /can't be compiled: it is broken/],
  ['with a config that does not fit', { config: { tag: 1 } }, /config\.tag: /],
  ['of a policy that nobody knows', { policy: 'nobody' }, /there is no such policy/],
]
for (const [sentence, more, message] of unusable) {
  test(`a use ${sentence} closes its own route only`, () => {
    const made = snapshot(route('r'), route('other'), use('1', { ...r, ...more }))
    assert.equal(made.problems.length, 0)
    assert.throws(() => made.route('r')!.chain(), message)
    assert.throws(() => made.route('r')!.chain(), message)
    assert.deepEqual(slots(made, 'other'), [])
    assert.equal(made.problems.length, 1)
    assert.deepEqual([made.problems[0]!.source, made.problems[0]!.path], ['test.yaml', 'uses[1]'])
    made.apply([use('1', r)])
    assert.deepEqual(slots(made), ['a:1'])
    assert.deepEqual(made.problems, [])
  })
}

test('a route with an expression that can not be used is a problem and no door', () => {
  const bad: TextMatch = { ...anyPath, path: { kind: 'regex', value: '/(?!x)' } }
  const made = snapshot(route('r', { matches: [bad] }))
  assert.equal(made.match(request), null)
  assert.match(made.problems[0]!.message, /not a usable expression/)
  made.apply([route('r')])
  assert.notEqual(made.match(request), null)
  assert.deepEqual(made.problems, [])
})

test('identity headers are those of all uses, another set only when the names change', () => {
  const made = snapshot(use('1', { config: { tag: 'One' } }))
  const first = made.identityHeaders
  assert.deepEqual([...first], ['x-one'])
  made.apply([use('2', { config: { tag: 'One' } })])
  made.apply([use('1', { config: { tag: 'One' }, order: 3 })])
  assert.equal(made.identityHeaders, first)
  made.apply([use('2', { config: { tag: 'Two' } })])
  assert.deepEqual([...made.identityHeaders].sort(), ['x-one', 'x-two'])
  made.apply([{ op: 'delete', kind: 'use', id: '1' }])
  assert.deepEqual([...made.identityHeaders], ['x-two'])
})

test('where callers put credentials is what all uses say, for as long as one says so', () => {
  const made = snapshot(use('1', { config: { tag: 'One' } }), use('2', { config: { tag: 'One' }, ...r }))
  const known = () => [made.isCredentialHeader('key-one'), made.isCredentialArgument('Key-One')]
  assert.deepEqual(known(), [true, true])
  assert.deepEqual([made.isCredentialHeader('Key-One'), made.isCredentialArgument('key-one')], [false, false])
  made.apply([{ op: 'delete', kind: 'use', id: '1' }])
  assert.deepEqual(known(), [true, true])
  made.apply([use('2', { config: { tag: 'Two' }, ...r })])
  assert.deepEqual(known(), [false, false])
})

test('a route may come before its service, and a service may change under it', () => {
  const made = snapshot(route('r'))
  const before = made.match(request)!
  assert.equal(before.route.service, null)
  made.apply([service('s', { host: 'one' })])
  const first = made.match(request)!
  assert.equal(first.route.service?.spec.host, 'one')
  assert.equal(made.match(request), first)
  made.apply([service('s', { host: 'two' })])
  assert.equal(made.match(request)?.route.service?.spec.host, 'two')
  assert.equal(first.route.service?.spec.host, 'one')
  made.apply([{ op: 'delete', kind: 'service', id: 's' }])
  assert.equal(made.match(request)?.route.service, null)
})

test('routes of a service that is switched off match nothing, until it is on again', () => {
  const made = snapshot(service('s', { enabled: false }), route('r'))
  assert.equal(made.match(request), null)
  made.apply([service('s')])
  assert.notEqual(made.match(request), null)
  made.apply([service('s', { enabled: false })])
  assert.equal(made.match(request), null)
  made.apply([{ op: 'delete', kind: 'service', id: 's' }])
  assert.notEqual(made.match(request), null)
})

test('a match says how much of the path matched, and which groups', () => {
  const plain = snapshot(route('r', { matches: [{ ...anyPath, path: { kind: 'prefix', value: '/a' } }] }))
  assert.equal(plain.match(request)?.matchedLength, 2)
  assert.equal(plain.match(request)?.captures(), null)
  const expression = snapshot(
    route('r', { matches: [{ ...anyPath, path: { kind: 'regex', value: '/(?<one>\\w)/(.)' } }] }),
  )
  const match = expression.match({ ...request, path: '/a/bc' })!
  assert.equal(match.matchedLength, 4)
  assert.deepEqual({ ...match.captures() }, { 0: '/a/b', 1: 'a', 2: 'b', one: 'a' })
})

test('certificates are found by exact name, then wildcards', () => {
  const certificate = (id: string, ...snis: string[]): Change => {
    return { op: 'put', kind: 'certificate', value: { id, cert: '', key: '', snis } }
  }
  const made = snapshot(certificate('1', 'a.test', 'b.*'), certificate('2', '*.test'), certificate('3', '*'))
  const rows = { 'A.test.': '1', 'x.test': '2', 'x.y.test': '3', 'b.example': '1', 'b.co.uk': '3', localhost: '3' }
  for (const [name, id] of Object.entries(rows)) assert.equal(made.certificateFor(name)?.id, id, name)
  made.apply([certificate('1', 'c.test')])
  assert.equal(made.certificateFor('a.test')?.id, '2')
  assert.equal(made.certificate('1')?.snis[0], 'c.test')
})

test('whoever watches upstreams hears of those there are, of changes and of their end', () => {
  const made = snapshot()
  const heard: string[] = []
  const hear = (id: string, spec: { readonly name: string } | null) => heard.push(`${id} ${spec?.name ?? 'gone'}`)
  made.apply([upstreamCalled('one')])
  made.watchUpstreams(hear)
  made.apply([upstreamCalled('two'), { op: 'delete', kind: 'upstream', id: 'u' }])
  made.apply([{ op: 'delete', kind: 'upstream', id: 'u' }])
  assert.deepEqual(heard, ['u one', 'u two', 'u gone'])
})

test('upstreams are found by their name of now', () => {
  const made = snapshot(upstreamCalled('one'))
  made.apply([upstreamCalled('two')])
  assert.equal(made.upstreamNamed('one'), null)
  assert.equal(made.upstreamNamed('two')?.id, 'u')
  made.apply([{ op: 'delete', kind: 'upstream', id: 'u' }])
  assert.equal(made.upstreamNamed('two'), null)
})

function upstreamCalled(name: string): Change {
  const limits = {
    ...{ healthyStatuses: [], unhealthyStatuses: [], successes: 0, tcpFailures: 0, timeouts: 0, httpFailures: 0 },
  }
  const active = {
    ...{ ...limits, type: 'http' as const, timeout: 1000, concurrency: 1, path: '/', headers: {}, sni: null },
    ...{ verify: true, healthyInterval: 0, unhealthyInterval: 0 },
  }
  const value = {
    ...{ id: 'u', name, hostHeader: null, certificateId: null, targets: [] },
    ...{ algorithm: { kind: 'round-robin' as const }, health: { active, passive: limits, threshold: 0 } },
  }
  return { op: 'put', kind: 'upstream', value }
}

test('a route that lists its chain runs that and nothing else, in the order of the list', () => {
  const listed = { routeId: null, serviceId: null, listed: true }
  const of = snapshot(
    route('r', { uses: ['second', 'first', 'again'] }),
    service('s'),
    use('first', { ...listed, policy: 'a' }),
    use('second', { ...listed, policy: 'b' }),
    use('again', { ...listed, policy: 'b', config: {} }),
    use('everywhere', { policy: 'watcher' }),
  )
  assert.deepEqual(
    of
      .route('r')!
      .chain()
      .slots.map(({ use }) => use!.id),
    ['second', 'first', 'again'],
  )
})

test('a listed use stands nowhere else', () => {
  const of = snapshot(route('r'), service('s'), use('u', { listed: true }))
  assert.deepEqual(of.route('r')!.chain().slots, [])
})

test('a route that lists a use which is not there is closed', () => {
  const of = snapshot(route('r', { uses: ['missing'] }), service('s'))
  assert.throws(() => of.route('r')!.chain(), /there is no policy use missing/)
})

test('services share a route, each with what it adds to the chain', () => {
  const backend = (serviceId: string, uses: string[]) => ({ serviceId, weight: 1, uses })
  const of = snapshot(
    route('r', { serviceId: null, uses: ['u'], backends: [backend('s', []), backend('t', ['v'])] }),
    service('s'),
    service('t'),
    use('u', { listed: true }),
    use('v', { listed: true }),
  )
  const seen = new Set<string>()
  for (let n = 0; n < 200; n++) {
    const { route } = of.match(request)!
    seen.add(`${route.service!.id}: ${route.chain().slots.map(({ use }) => use!.id)}`)
  }
  assert.deepEqual([...seen].sort(), ['s: u', 't: u,v'])
})
