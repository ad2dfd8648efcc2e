/** The families that Kong's plugin shows, by its names and labels, in the order of their names. */
import type { ProcessFacts } from '../../policy/process-facts.ts'
import type { Figures } from './figures.ts'
import type { Histogram } from './histogram.ts'
import { family, histogramSamples, labels, sample } from './prometheus-text.ts'
import type { RouteSeries } from './route-series.ts'

const WORKSPACE = 'default'

/** What one process counted, and what it knows of itself. */
export function processFamilies(figures: Figures, facts: ProcessFacts): string {
  const { nodeId, connections, requests } = facts
  const routes = [...figures.routes.values()]
  const node = { node_id: nodeId, subsystem: 'http' }
  const states = {
    ...{ accepted: connections.accepted, handled: connections.accepted, total: requests, active: connections.open },
    ...{ reading: 0, writing: connections.busy, waiting: connections.open - connections.busy },
  }
  const memory = labels({ node_id: nodeId, pid: String(process.pid), kong_subsystem: 'http' })
  return [
    family(
      'kong_bandwidth_bytes',
      'counter',
      'Bytes of requests (ingress) and answers (egress)',
      routes.flatMap(bandwidthSamples),
    ),
    family('kong_http_requests_total', 'counter', 'Requests by status and caller', routes.flatMap(requestSamples)),
    latencies('kong_kong_latency_ms', 'Milliseconds that the gateway took', routes, (series) => series.gatewayMs),
    family('kong_memory_workers_lua_vms_bytes', 'gauge', 'Bytes that the process has allocated', [
      sample('kong_memory_workers_lua_vms_bytes', memory, process.memoryUsage().heapUsed),
    ]),
    family(
      'kong_nginx_connections_total',
      'gauge',
      'Connections with clients by state',
      Object.entries(states).map(([state, n]) => sample('kong_nginx_connections_total', labels({ ...node, state }), n)),
    ),
    family('kong_nginx_metric_errors_total', 'counter', 'Observations that could not be kept as asked', [
      sample('kong_nginx_metric_errors_total', '', figures.errors),
    ]),
    family('kong_nginx_requests_total', 'gauge', 'Requests since the start', [
      sample('kong_nginx_requests_total', labels(node), requests),
    ]),
    family('kong_nginx_timers', 'gauge', 'Timers by state', timerSamples()),
    latencies('kong_request_latency_ms', 'Milliseconds of whole requests', routes, (series) => series.requestMs),
    latencies('kong_upstream_latency_ms', 'Milliseconds that services took', routes, (series) => series.upstreamMs),
    figures.healthWanted === 0 ? '' : targetHealth(facts),
  ].join('')
}

const HEALTH = ['healthchecks_off', 'healthy', 'unhealthy', 'dns_error']

/** One of each address’s states is 1. A target without addresses is one whose name could not be resolved. */
function targetHealth({ upstreams }: ProcessFacts): string {
  const name = 'kong_upstream_target_health'
  const samples: string[] = []
  for (const { name: upstream, isChecked, targets } of upstreams()) {
    for (const { host, port, addresses } of targets) {
      const shown = (address: string, is: string) => {
        for (const state of HEALTH) {
          const labelled = labels({ upstream, target: `${host}:${port}`, address, state, subsystem: 'http' })
          samples.push(sample(name, labelled, state === is ? 1 : 0))
        }
      }
      if (addresses.length === 0) shown('', 'dns_error')
      for (const address of addresses) {
        const is = isChecked ? (address.healthy ? 'healthy' : 'unhealthy') : 'healthchecks_off'
        shown(`${address.ip}:${address.port}`, is)
      }
    }
  }
  return family(name, 'gauge', 'Health of the targets of upstreams; 1 is the state it has', samples)
}

/** What is so once for the whole gateway, however many processes it has. */
export function nodeFamilies(node: {
  readonly id: string
  readonly version: string
  readonly reachable: boolean
}): string {
  const { id, version, reachable } = node
  return (
    family('kong_datastore_reachable', 'gauge', 'Whether the store can be reached, 0 is unreachable', [
      sample('kong_datastore_reachable', '', reachable ? 1 : 0),
    ]) +
    family('kong_node_info', 'gauge', 'Which gateway this is', [
      sample('kong_node_info', labels({ node_id: id, version }), 1),
    ])
  )
}

function latencies(
  name: string,
  help: string,
  routes: readonly RouteSeries[],
  pick: (series: RouteSeries) => Histogram,
): string {
  const samples = routes.flatMap((series) => {
    const { service, route } = series
    return histogramSamples(name, labels({ service, route, workspace: WORKSPACE }), pick(series))
  })
  return family(name, 'histogram', help, samples)
}

function requestSamples({ service, route, traffic }: RouteSeries): string[] {
  const samples: string[] = []
  for (const [consumer, { byService, byGateway }] of traffic) {
    for (const [source, counts] of [
      ['service', byService],
      ['kong', byGateway],
    ] as const) {
      counts.forEach((count, index) => {
        if (count === 0) return
        const labelled = labels({ service, route, code: String(index + 100), source, workspace: WORKSPACE, consumer })
        samples.push(sample('kong_http_requests_total', labelled, count))
      })
    }
  }
  return samples
}

function bandwidthSamples({ service, route, traffic }: RouteSeries): string[] {
  return [...traffic].flatMap(([consumer, { ingress, egress }]) =>
    Object.entries({ egress, ingress })
      .filter(([, bytes]) => bytes > 0)
      .map(([direction, bytes]) =>
        sample('kong_bandwidth_bytes', labels({ service, route, direction, workspace: WORKSPACE, consumer }), bytes),
      ),
  )
}

/** A timer of ours never runs beside anything else: what is not pending is over. */
function timerSamples(): string[] {
  const pending = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  return Object.entries({ pending, running: 0 }).map(([state, n]) => sample('kong_nginx_timers', labels({ state }), n))
}
