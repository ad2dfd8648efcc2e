import type { RouteInfo } from '../../policy/exchange.ts'
import type { Registry } from '../../policy/registry.ts'
import { RouteSeries, Traffic } from './route-series.ts'

/**
 * Consumers told apart, over all routes. Each costs some 8 KiB a route, so a million of them would cost the process its
 * memory: those beyond are counted together, and each of their requests in `kong_nginx_metric_errors_total`.
 */
const CONSUMER_LIMIT = 5000

/** What all uses of the policy count in this process; outlives every change of configuration. */
export class Figures {
  /** By service and route. Names, not ids: a route that is deleted and made anew goes on counting. */
  readonly routes = new Map<string, RouteSeries>()
  /** Uses that want the health of targets shown. */
  healthWanted = 0
  /** Observations that could not be kept as asked. */
  errors = 0
  readonly #consumerLimit: number
  #consumers = 0
  /** A changed route is another object, so that a request looks nothing up by name. */
  readonly #known = new WeakMap<RouteInfo, RouteSeries>()

  constructor(consumerLimit = CONSUMER_LIMIT) {
    this.#consumerLimit = consumerLimit
  }

  static of(registry: Registry): Figures {
    return registry.get('prometheus', () => new Figures())
  }

  ofRoute(route: RouteInfo): RouteSeries {
    let series = this.#known.get(route)
    if (series === undefined) {
      const service = route.service === null ? '' : (route.service.name ?? route.service.host ?? '')
      const name = route.name ?? route.id
      const key = JSON.stringify([service, name])
      series = this.routes.get(key)
      if (series === undefined) this.routes.set(key, (series = new RouteSeries(service, name)))
      this.#known.set(route, series)
    }
    return series
  }

  /** @param consumer empty for nobody in particular. */
  trafficOf(series: RouteSeries, consumer: string): Traffic {
    const known = series.traffic.get(consumer)
    if (known !== undefined) return known
    if (consumer !== '') {
      if (this.#consumers >= this.#consumerLimit) {
        this.errors++
        return this.trafficOf(series, '')
      }
      this.#consumers++
    }
    const traffic = new Traffic()
    series.traffic.set(consumer, traffic)
    return traffic
  }
}
