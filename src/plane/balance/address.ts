import type { ServiceSpec } from '../../model/model.ts'
import type { Destination } from '../upstream/upstreams.ts'
import type { Balancer } from './balancer.ts'
import type { HealthState } from './health-ledger.ts'

/** One address of a target: what is chosen, counted and found (un)healthy. */
export class Address {
  readonly balancer: Balancer
  /** Host name or address, as the target was written. */
  readonly host: string
  readonly ip: string
  readonly port: number
  /** By this all processes of a gateway know it. */
  readonly key: string
  weight: number
  state: HealthState = 'healthy'
  /** False while it is unhealthy: it is not chosen. */
  available = true
  /** Requests under way, and its place among others by that; see `LeastConnections`. */
  busy = 0
  place = -1
  /** Smoothed milliseconds an answer takes, and when that was last added to; see `Latency`. */
  smoothedMs = 0
  touchedAt = 0
  /** How each service reaches it; made when it is first chosen for one. */
  readonly destinations = new WeakMap<ServiceSpec, Destination>()

  constructor(balancer: Balancer, host: string, ip: string, port: number, weight: number) {
    this.balancer = balancer
    this.host = host
    this.ip = ip
    this.port = port
    this.weight = weight
    this.key = addressKey(balancer.spec.id, host, ip, port)
  }
}

export function addressKey(upstreamId: string, host: string, ip: string, port: number): string {
  return `${upstreamId} ${host} ${ip} ${port}`
}
