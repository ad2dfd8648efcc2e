import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { HttpExchange, ResponseSeen } from '../exchange.ts'
import type { ExchangeOutcome } from '../site.ts'

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

type RequestChild = Counter.Internal
type LatencyChild = Histogram.Internal<string>

/** The handles of one route, looked up once and kept: a request costs increments, not label hashing. */
interface RouteHandles {
  readonly byStatus: Map<number, RequestChild>
  readonly total: LatencyChild
  readonly upstream: LatencyChild
}

/** What `/metrics` shows. Labels are names of routes, services, policies and reasons; never anything a client chose. */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({
    name: 'sallyport_requests_total',
    help: 'Exchanges by route, service and status.',
    labelNames: ['route', 'service', 'status'],
    registers: [this.registry],
  })
  readonly #latency = new Histogram({
    name: 'sallyport_request_seconds',
    help: 'Seconds from the request head to the end of the answer.',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers: [this.registry],
  })
  readonly #upstreamLatency = new Histogram({
    name: 'sallyport_upstream_seconds',
    help: 'Seconds until the service began to answer.',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers: [this.registry],
  })
  readonly #verdicts = new Counter({
    name: 'sallyport_refusals_total',
    help: 'Refused or answered exchanges by policy (empty: the gateway itself) and reason.',
    labelNames: ['policy', 'reason'],
    registers: [this.registry],
  })
  readonly #identified = new Counter({
    name: 'sallyport_identified_total',
    help: 'Exchanges by the policy that identified the caller.',
    labelNames: ['policy'],
    registers: [this.registry],
  })
  readonly #routes = new Map<string, RouteHandles>()

  constructor(openConnections: () => number) {
    collectDefaultMetrics({ register: this.registry })
    new Gauge({
      name: 'sallyport_client_connections',
      help: 'Open connections with clients.',
      registers: [this.registry],
      collect() {
        this.set(openConnections())
      },
    })
  }

  record(exchange: HttpExchange, response: ResponseSeen, outcome: ExchangeOutcome): void {
    const handles = this.#handles(exchange)
    let requests = handles.byStatus.get(response.status)
    if (requests === undefined) {
      const route = exchange.route
      requests = this.#requests.labels(
        nameOf(route),
        nameOf(route?.service ?? null),
        String(response.status),
      ) as unknown as RequestChild
      handles.byStatus.set(response.status, requests)
    }
    requests.inc()
    handles.total.observe(outcome.totalMs / 1000)
    if (outcome.upstreamMs !== null) handles.upstream.observe(outcome.upstreamMs / 1000)
    if (exchange.reasonCode !== null || exchange.refusedBy !== null) {
      this.#verdicts.inc({ policy: exchange.refusedBy ?? '', reason: exchange.reasonCode ?? 'answered' })
    }
    const identity = exchange.principal.current
    if (identity !== null) this.#identified.inc({ policy: identity.policy })
  }

  #handles(exchange: HttpExchange): RouteHandles {
    const route = exchange.route
    const name = nameOf(route)
    let handles = this.#routes.get(name)
    if (handles === undefined) {
      handles = {
        byStatus: new Map(),
        total: this.#latency.labels(name) as LatencyChild,
        upstream: this.#upstreamLatency.labels(name) as LatencyChild,
      }
      this.#routes.set(name, handles)
    }
    return handles
  }
}

function nameOf(named: { readonly id: string; readonly name: string | null } | null): string {
  return named === null ? '' : (named.name ?? named.id)
}
