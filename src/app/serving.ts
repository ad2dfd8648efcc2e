import type { Clock } from '../base/clock.ts'
import type { HealthDesk } from '../plane/balance/balancer.ts'
import { LocalDesk } from '../plane/balance/local-desk.ts'
import { probe } from '../plane/balance/probe.ts'
import { Prober } from '../plane/balance/prober.ts'
import { systemTimers } from '../plane/balance/timers.ts'
import { Plane } from '../plane/plane.ts'
import { AccessLog } from '../plane/record/access-log.ts'
import { Metrics } from '../plane/record/metrics.ts'
import { targetFigures } from '../plane/record/target-figures.ts'
import type { ServedSource } from '../plane/site.ts'
import type { ProcessFacts } from '../policy/process-facts.ts'
import type { Registry } from '../policy/registry.ts'
import { listenerSockets } from './listener-sockets.ts'
import type { Policies } from './open-policies.ts'
import { errorText, type GatewaySettings, type Log } from './settings.ts'

/** The part of a gateway that carries requests. */
export interface Serving {
  readonly plane: Plane
  readonly metrics: Metrics
  /** Counts how targets fare; null where another process does. */
  readonly desk: LocalDesk | null
  /** Checks targets of its own accord, once started. */
  readonly prober: Prober
  /** @param patienceMs for requests under way. */
  stop(patienceMs: number): Promise<void>
}

/**
 * Puts a plane in front of the sources, with access log and metrics; it does not listen yet.
 * @param otherDesk where another process counts how targets fare; by default this one does.
 */
export function makeServing(
  settings: GatewaySettings,
  policies: Pick<Policies, 'current'>,
  sources: readonly ServedSource[],
  registry: Registry,
  log: Log,
  clock: Clock,
  otherDesk: HealthDesk | null = null,
): Serving {
  const facts = (requests: number): ProcessFacts => ({
    nodeId: settings.nodeId ?? '',
    connections: { accepted: plane.acceptedConnections, open: plane.openConnections, busy: plane.busyConnections },
    requests,
    upstreams: () => plane.balancers.reports(),
  })
  const figures = (requests: number) =>
    targetFigures(plane.balancers.reports()) +
    policies.current.map((policy) => policy.figures?.(registry, facts(requests)) ?? '').join('')
  const metrics: Metrics = new Metrics(() => plane.openConnections, figures)
  const accessLog = settings.accessLog === null ? null : new AccessLog(settings.accessLog)
  const desk = otherDesk === null ? new LocalDesk((key, state) => plane.balancers.setState(key, state)) : null
  const plane: Plane = new Plane({
    health: desk ?? otherDesk!,
    sources,
    clock,
    http: settings.proxyHttp,
    https: settings.proxyHttps,
    more: listenerSockets(settings).sockets,
    trustedIps: settings.trustedIps,
    proxyProtocol: settings.proxyProtocol,
    http2PriorKnowledge: settings.http2PriorKnowledge,
    timeouts: settings.timeouts ?? {},
    upgrades: settings.upgrades ?? ['websocket'],
    record(exchange, response, outcome) {
      metrics.record(exchange, response, outcome)
      accessLog?.record(exchange, response, outcome)
    },
    broke(error, exchange) {
      const route = exchange.route?.name ?? exchange.route?.id
      log.error({ id: exchange.id, route, error: errorText(error) }, 'a request could not be judged and was refused')
    },
  })
  const certificate = (id: string) => {
    for (const { snapshot } of sources) {
      const found = snapshot.certificate(id)
      if (found !== null) return found
    }
    return null
  }
  const prober = new Prober(plane.balancers, probe, systemTimers, certificate)
  return {
    plane,
    metrics,
    desk,
    prober,
    async stop(patienceMs) {
      prober.stop()
      await plane.drain(patienceMs)
      await registry.end()
      accessLog?.close()
    },
  }
}
