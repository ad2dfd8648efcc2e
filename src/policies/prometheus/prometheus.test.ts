import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../policy/outcome.ts'
import { Registry } from '../../policy/registry.ts'
import {
  compilePolicy,
  FakeDirectory,
  FakeExchange,
  type FakeRequest,
  FakeResponse,
  fakeIdentity,
  fakeOutcome,
} from '../../policy/test-kit.ts'
import { nodeFamilies } from './families.ts'
import { Figures } from './figures.ts'
import { prometheus } from './handler.ts'

const all = { status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true }
const upstreams = [
  {
    ...{ id: 'u', name: 'pool', isChecked: true, healthy: true, weight: { total: 20, available: 10 } },
    targets: [
      {
        ...{ host: 'a.test', port: 80, weight: 10, dns: 'A' },
        addresses: [
          { ip: '10.0.0.1', port: 80, weight: 10, healthy: true },
          { ip: '10.0.0.2', port: 80, weight: 10, healthy: false },
        ],
      },
      { host: 'gone.test', port: 80, weight: 10, dns: 'dns server error: 3 name error', addresses: [] },
    ],
  },
]
const facts = {
  nodeId: 'node',
  connections: { accepted: 9, open: 4, busy: 1 },
  requests: 7,
  upstreams: () => upstreams,
}
const route = { id: 'r-id', name: 'r', service: { id: 's-id', name: 's', host: 'h.test' } }
const alice = new FakeDirectory().addConsumer({ username: 'alice' })

interface Seen extends FakeRequest {
  readonly status?: number
  readonly generated?: boolean
  readonly outcome?: Partial<Outcome>
}

/** What `/metrics` shows of these exchanges, by series. */
function shown(config: object, seen: readonly Seen[], registry = new Registry()): Map<string, string> {
  const { record } = compilePolicy(prometheus, config, { registry })
  for (const { status, generated, outcome, ...request } of seen) {
    const exchange = new FakeExchange({ route, ...request })
    record?.(exchange, new FakeResponse(status, {}, generated), fakeOutcome(outcome))
  }
  const lines = prometheus.figures!(registry, facts).split('\n')
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/ (?=[^ ]*$)/) as [string, string]),
  )
}

const counted: [sentence: string, config: object, seen: Seen, series: string, value: string][] = [
  [
    'an answer of the service',
    all,
    {},
    'kong_http_requests_total{service="s",route="r",code="200",source="service",workspace="default",consumer=""}',
    '1',
  ],
  [
    'an answer of the gateway',
    all,
    { status: 401, generated: true },
    'kong_http_requests_total{service="s",route="r",code="401",source="kong",workspace="default",consumer=""}',
    '1',
  ],
  [
    'a consumer, where asked for',
    { ...all, per_consumer: true },
    { identities: [fakeIdentity({ consumer: alice })] },
    'kong_http_requests_total{service="s",route="r",code="200",source="service",workspace="default",consumer="alice"}',
    '1',
  ],
  [
    'no consumer where not asked for',
    all,
    { identities: [fakeIdentity({ consumer: alice })] },
    'kong_http_requests_total{service="s",route="r",code="200",source="service",workspace="default",consumer=""}',
    '1',
  ],
  [
    'a route and a service without names',
    all,
    { route: { id: 'r-id', name: null, service: { id: 's-id', name: null, host: 'h.test' } } },
    'kong_http_requests_total{service="h.test",route="r-id",code="200",source="service",workspace="default",consumer=""}',
    '1',
  ],
  [
    'a route without a service',
    all,
    { route: { id: 'r-id', name: 'a"b\\c', service: null } },
    'kong_http_requests_total{service="",route="a\\"b\\\\c",code="200",source="service",workspace="default",consumer=""}',
    '1',
  ],
  [
    'bytes in',
    all,
    {},
    'kong_bandwidth_bytes{service="s",route="r",direction="ingress",workspace="default",consumer=""}',
    '100',
  ],
  [
    'bytes out',
    all,
    {},
    'kong_bandwidth_bytes{service="s",route="r",direction="egress",workspace="default",consumer=""}',
    '200',
  ],
  ['the gateway’s time', all, {}, 'kong_kong_latency_ms_bucket{service="s",route="r",workspace="default",le="5"}', '1'],
  [
    'the gateway’s time, below',
    all,
    {},
    'kong_kong_latency_ms_bucket{service="s",route="r",workspace="default",le="2"}',
    '0',
  ],
  [
    'a bound belongs to its bucket',
    all,
    { outcome: { upstreamMs: 80 } },
    'kong_upstream_latency_ms_bucket{service="s",route="r",workspace="default",le="80"}',
    '1',
  ],
  [
    'slower than every bound',
    all,
    { outcome: { totalMs: 60_001 } },
    'kong_request_latency_ms_bucket{service="s",route="r",workspace="default",le="60000"}',
    '0',
  ],
  [
    'and counted nevertheless',
    all,
    { outcome: { totalMs: 60_001 } },
    'kong_request_latency_ms_bucket{service="s",route="r",workspace="default",le="+Inf"}',
    '1',
  ],
  ['the sum', all, {}, 'kong_request_latency_ms_sum{service="s",route="r",workspace="default"}', '12'],
]
for (const [sentence, config, seen, series, value] of counted) {
  test(`counted: ${sentence}`, () => assert.equal(shown(config, [seen]).get(series), value))
}

const PER_ROUTE = /^kong_(http_requests|bandwidth|kong_latency|upstream_latency|request_latency)/
const groups: [field: string, families: string[]][] = [
  ['status_code_metrics', ['kong_http_requests_total']],
  ['bandwidth_metrics', ['kong_bandwidth_bytes']],
  ['latency_metrics', ['kong_kong_latency_ms', 'kong_request_latency_ms', 'kong_upstream_latency_ms']],
  ['ai_metrics', []],
  ['wasm_metrics', []],
  ['per_consumer', []],
]
for (const [field, families] of groups) {
  test(`${field} shows ${families.join(', ') || 'nothing'} of a route`, () => {
    const series = [...shown({ [field]: true }, [{}]).keys()].filter((name) => PER_ROUTE.test(name))
    const names = series.map((name) => name.replace(/\{.*$/, '').replace(/_(bucket|count|sum)$/, ''))
    assert.deepEqual([...new Set(names)], families)
  })
}

test('Kong’s bounds', () => {
  const bounds = (family: string) =>
    [...shown(all, [{}]).keys()].flatMap((series) => new RegExp(`^${family}_bucket.*le="(.*)"`).exec(series)?.[1] ?? [])
  assert.equal(bounds('kong_kong_latency_ms').join(), '1,2,5,7,10,15,20,30,50,75,100,200,500,750,1000,3000,6000,+Inf')
  const service = '25,50,80,100,250,400,700,1000,2000,5000,10000,30000,60000,+Inf'
  assert.equal(bounds('kong_upstream_latency_ms').join(), service)
  assert.equal(bounds('kong_request_latency_ms').join(), service)
})

test('a request without a route is not counted, nor service time that there was none of', () => {
  const registry = new Registry()
  const { record } = compilePolicy(prometheus, all, { registry })
  record!(new FakeExchange(), new FakeResponse(404, {}, true), fakeOutcome())
  assert.equal(Figures.of(registry).routes.size, 0)
  const series = shown(all, [{ outcome: { upstreamMs: null } }]).keys()
  assert.ok(![...series].some((name) => name.startsWith('kong_upstream_latency_ms')))
})

test('counts outlive a recompile and a route that is made anew', () => {
  const registry = new Registry()
  shown(all, [{}], registry)
  const series = shown(all, [{ route: { ...route, id: 'other' } }], registry)
  const key =
    'kong_http_requests_total{service="s",route="r",code="200",source="service",workspace="default",consumer=""}'
  assert.equal(series.get(key), '2')
})

test('consumers beyond the limit are counted together, and that is told', () => {
  const figures = new Figures(1)
  const series = figures.ofRoute(route)
  const first = figures.trafficOf(series, 'a')
  assert.equal(figures.trafficOf(series, 'a'), first)
  assert.equal(figures.trafficOf(series, 'b'), figures.trafficOf(series, ''))
  assert.equal(figures.errors, 1)
})

test('the health of targets is shown where a use asks for it', () => {
  const health = (config: object) => {
    const found = [...shown(config, [])].filter(([name]) => name.startsWith('kong_upstream_target_health'))
    return found.map(([name, value]) => [name.replace(/^.*?\{|,subsystem="http"\}$/g, '').replaceAll('"', ''), value])
  }
  assert.deepEqual(health({}), [])
  assert.deepEqual(
    health({ upstream_health_metrics: true }).filter(([, value]) => value === '1'),
    [
      ['upstream=pool,target=a.test:80,address=10.0.0.1:80,state=healthy', '1'],
      ['upstream=pool,target=a.test:80,address=10.0.0.2:80,state=unhealthy', '1'],
      ['upstream=pool,target=gone.test:80,address=,state=dns_error', '1'],
    ],
  )
  assert.equal(health({ upstream_health_metrics: true }).length, 12, 'every state is said of each')
})

test('what the process knows of itself', () => {
  const series = shown({}, [])
  const states = ['accepted', 'handled', 'total', 'active', 'reading', 'writing', 'waiting'].map((state) =>
    series.get(`kong_nginx_connections_total{node_id="node",subsystem="http",state="${state}"}`),
  )
  assert.deepEqual(states, ['9', '9', '7', '4', '0', '1', '3'])
  assert.equal(series.get('kong_nginx_requests_total{node_id="node",subsystem="http"}'), '7')
  assert.equal(series.get('kong_nginx_metric_errors_total'), '0')
  assert.ok(series.has(`kong_memory_workers_lua_vms_bytes{node_id="node",pid="${process.pid}",kong_subsystem="http"}`))
})

test('what the gateway knows of itself', () => {
  const text = nodeFamilies({ id: 'node', version: '3.9.0', reachable: false })
  assert.match(text, /^kong_datastore_reachable 0$/m)
  assert.match(text, /^kong_node_info\{node_id="node",version="3\.9\.0"\} 1$/m)
})
