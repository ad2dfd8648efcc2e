import { isIPv6 } from 'node:net'
import type { TargetHealth, UpstreamHealth } from '../../../model/upstream-health.ts'
import type { Values } from '../entities/kind.ts'

/** Who knows how targets fare, and lets it be set by hand. */
export interface TargetHealthPort {
  /** Null for an upstream that nobody serves. */
  of(upstreamId: string): Promise<UpstreamHealth | null>
  /** Resolves when all who serve go by it. */
  set(upstreamId: string, addresses: readonly TargetAddress[], healthy: boolean): Promise<void>
}
export interface TargetAddress {
  /** The target's name. */
  readonly host: string
  readonly ip: string
  readonly port: number
}

/** What is shown of a target beside its row. @param target `host:port`, as stored. */
export function shownTarget(health: UpstreamHealth | null, target: string): Values {
  const found = health?.targets.find((each) => targetName(each) === target)
  if (health === null) return { health: 'HEALTHCHECKS_OFF' }
  if (found === undefined || found.addresses.length === 0) {
    return { health: 'DNS_ERROR', ...(found !== undefined && { data: targetData(health, found) }) }
  }
  const healths = found.addresses.map(({ healthy }) => addressHealth(health, healthy))
  return { health: healths.find((each) => each === 'HEALTHY') ?? healths.at(-1)!, data: targetData(health, found) }
}

/** `balancer_health=1`. */
export function shownBalancer(health: UpstreamHealth | null, id: string): Values {
  if (health === null || !health.isChecked) return { health: 'HEALTHCHECKS_OFF', id }
  const hosts = health.targets.map((target) => ({
    ...targetFacts(target),
    addresses: target.addresses.map(({ ip, port, weight, healthy }) => ({ ip, port, weight, healthy })),
  }))
  const { total, available } = health.weight
  const weight = { total, unavailable: total - available, available }
  return { health: addressHealth(health, health.healthy), id, details: { healthy: health.healthy, weight, hosts } }
}

export function targetName({ host, port }: TargetHealth): string {
  return addressName(host, port)
}

/** As targets are stored. */
export function addressName(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

function targetData(health: UpstreamHealth, target: TargetHealth): Values {
  const addresses = target.addresses.map(({ ip, port, weight, healthy }) => {
    return { ip, port, weight, health: addressHealth(health, healthy) }
  })
  return { ...targetFacts(target), addresses }
}

function targetFacts({ host, port, weight, dns, addresses }: TargetHealth): Values {
  const total = addresses.reduce((sum, address) => sum + address.weight, 0)
  const available = addresses.reduce((sum, address) => sum + (address.healthy ? address.weight : 0), 0)
  return { host, port, dns, nodeWeight: weight, weight: { total, unavailable: total - available, available } }
}

function addressHealth({ isChecked }: UpstreamHealth, healthy: boolean): string {
  return isChecked ? (healthy ? 'HEALTHY' : 'UNHEALTHY') : 'HEALTHCHECKS_OFF'
}
