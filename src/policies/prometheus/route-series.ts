import { Histogram } from './histogram.ts'

/** Kong's bounds, in milliseconds: its own time, and times that include the service's. */
const GATEWAY = [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000]
const SERVICE = [25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000]

const STATUSES = 500

/** Requests by status (100 to 599), those the service answered apart from those the gateway did; and bytes. */
export class Traffic {
  readonly byService = new Float64Array(STATUSES)
  readonly byGateway = new Float64Array(STATUSES)
  ingress = 0
  egress = 0

  count(status: number, generated: boolean): void {
    const counts = generated ? this.byGateway : this.byService
    if (status >= 100 && status < 100 + STATUSES) counts[status - 100]!++
  }
}

/** Everything counted of one route under its present names. */
export class RouteSeries {
  readonly service: string
  readonly route: string
  readonly gatewayMs = new Histogram(GATEWAY)
  readonly upstreamMs = new Histogram(SERVICE)
  readonly requestMs = new Histogram(SERVICE)
  /** By consumer; empty for those that are not told apart. */
  readonly traffic = new Map<string, Traffic>()

  constructor(service: string, route: string) {
    this.service = service
    this.route = route
  }
}
