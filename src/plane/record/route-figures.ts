/** Upper bounds of the latency buckets, in seconds. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const
const BOUNDS_MS = Float64Array.from(BUCKETS, (seconds) => seconds * 1000)

/** A histogram as plain numbers: an observation is a short walk and two additions. */
export class Latencies {
  /** Observations per bucket, not yet summed up; the last is for what is slower than every bound. */
  readonly counts = new Float64Array(BUCKETS.length + 1)
  sumMs = 0

  observe(ms: number): void {
    let bucket = 0
    while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++
    this.counts[bucket]!++
    this.sumMs += ms
  }
}

/** What is counted of all routes of one name. */
export class RouteLatencies {
  readonly total = new Latencies()
  readonly upstream = new Latencies()
}

/** What is counted of all routes of one name that lead to a service of one name. */
export class RouteFigures {
  readonly route: string
  readonly service: string
  /** Exchanges by status, 100 to 599. */
  readonly byStatus = new Float64Array(500)
  readonly latencies: RouteLatencies

  constructor(route: string, service: string, latencies: RouteLatencies) {
    this.route = route
    this.service = service
    this.latencies = latencies
  }
}
