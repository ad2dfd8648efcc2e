import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Outcome } from '../../policy/outcome.ts'
import type { CompiledRoute } from '../../snapshot/route.ts'
import type { HttpExchange, ResponseSeen } from '../exchange.ts'
import { quoted } from './quoted.ts'
import { BUCKETS, type Latencies, RouteFigures, RouteLatencies } from './route-figures.ts'

/**
 * What `/metrics` shows. Labels are names of routes, services, policies and reasons; never anything a client chose.
 *
 * Requests only add to plain numbers; the text is made when somebody scrapes. (A metrics library's label hashing cost a
 * sixth of our own time per request; the process's own figures still come from one.)
 */
export class Metrics {
  readonly #process = new Registry()
  /**
   * By the names of route and service, since these are the labels: rules of one HTTPRoute share a name, shares of one rule
   * don't share a service, and a scraper takes each series once.
   */
  readonly #figures = new Map<string, RouteFigures>()
  readonly #latencies = new Map<string, RouteLatencies>()
  /** The same figures, found without making text of names for every request. */
  readonly #ofRoute = new WeakMap<CompiledRoute, RouteFigures>()
  /** Counts by policy, then reason. */
  readonly #refusals = new Map<string, Map<string, number>>()
  readonly #identified = new Map<string, number>()

  readonly #ofPolicies: (requests: number) => string
  #requests = 0

  /** @param ofPolicies what policies have to show; Prometheus text, given how many requests there were. */
  constructor(openConnections: () => number, ofPolicies: (requests: number) => string = () => '') {
    this.#ofPolicies = ofPolicies
    collectDefaultMetrics({ register: this.#process })
    new Gauge({
      name: 'sallyport_client_connections',
      help: 'Open connections with clients.',
      registers: [this.#process],
      collect() {
        this.set(openConnections())
      },
    })
  }

  record(exchange: HttpExchange, response: ResponseSeen, outcome: Outcome): void {
    this.#requests++
    const figures = this.#figuresOf(exchange.route)
    const status = response.status - 100
    if (status >= 0 && status < 500) figures.byStatus[status]!++
    figures.latencies.total.observe(outcome.totalMs)
    if (outcome.upstreamMs !== null) figures.latencies.upstream.observe(outcome.upstreamMs)
    if (exchange.reasonCode !== null || exchange.refusedBy !== null) {
      this.#refused(exchange.refusedBy ?? '', exchange.reasonCode ?? 'answered')
    }
    const identity = exchange.principal.current
    if (identity !== null) this.#identified.set(identity.policy, (this.#identified.get(identity.policy) ?? 0) + 1)
  }

  #figuresOf(route: CompiledRoute | null): RouteFigures {
    const known = route === null ? undefined : this.#ofRoute.get(route)
    if (known !== undefined) return known
    const routeName = nameOf(route)
    const service = nameOf(route?.service ?? null)
    const key = JSON.stringify([routeName, service])
    let figures = this.#figures.get(key)
    if (figures === undefined) {
      let latencies = this.#latencies.get(routeName)
      if (latencies === undefined) this.#latencies.set(routeName, (latencies = new RouteLatencies()))
      this.#figures.set(key, (figures = new RouteFigures(routeName, service, latencies)))
    }
    if (route !== null) this.#ofRoute.set(route, figures)
    return figures
  }

  #refused(policy: string, reason: string): void {
    let reasons = this.#refusals.get(policy)
    if (reasons === undefined) this.#refusals.set(policy, (reasons = new Map()))
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }

  /** Prometheus text (version 0.0.4). */
  async text(): Promise<string> {
    const latencies = [...this.#latencies]
    const lines = [
      ...family('sallyport_requests_total', 'counter', 'Exchanges by route, service and status.'),
      ...[...this.#figures.values()].flatMap(requestLines),
      ...family('sallyport_request_seconds', 'histogram', 'Seconds from the request head to the end of the answer.'),
      ...latencies.flatMap(([route, { total }]) => histogramLines('sallyport_request_seconds', route, total)),
      ...family('sallyport_upstream_seconds', 'histogram', 'Seconds until the service began to answer.'),
      ...latencies.flatMap(([route, { upstream }]) => histogramLines('sallyport_upstream_seconds', route, upstream)),
      ...family(
        'sallyport_refusals_total',
        'counter',
        'Exchanges ended by a policy (empty: the gateway) and its reason.',
      ),
      ...[...this.#refusals].flatMap(([policy, reasons]) =>
        [...reasons].map(
          ([reason, n]) => `sallyport_refusals_total{policy=${quoted(policy)},reason=${quoted(reason)}} ${n}`,
        ),
      ),
      ...family('sallyport_identified_total', 'counter', 'Exchanges by the policy that identified the caller.'),
      ...[...this.#identified].map(([policy, n]) => `sallyport_identified_total{policy=${quoted(policy)}} ${n}`),
    ]
    return `${await this.#process.metrics()}\n${lines.join('\n')}\n${this.#ofPolicies(this.#requests)}`
  }
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function requestLines({ route, service, byStatus }: RouteFigures): string[] {
  const lines: string[] = []
  byStatus.forEach((count, index) => {
    if (count === 0) return
    const labels = `route=${quoted(route)},service=${quoted(service)},status="${index + 100}"`
    lines.push(`sallyport_requests_total{${labels}} ${count}`)
  })
  return lines
}

function histogramLines(name: string, route: string, { counts, sumMs }: Latencies): string[] {
  let sum = 0
  const buckets = BUCKETS.map((bound, index) => {
    sum += counts[index]!
    return `${name}_bucket{le="${bound}",route=${quoted(route)}} ${sum}`
  })
  sum += counts[BUCKETS.length]!
  return [
    ...buckets,
    `${name}_bucket{le="+Inf",route=${quoted(route)}} ${sum}`,
    `${name}_sum{route=${quoted(route)}} ${sumMs / 1000}`,
    `${name}_count{route=${quoted(route)}} ${sum}`,
  ]
}

function nameOf(named: { readonly id: string; readonly name: string | null } | null): string {
  return named === null ? '' : (named.name ?? named.id)
}
