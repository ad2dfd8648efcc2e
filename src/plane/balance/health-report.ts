import { isIPv6 } from 'node:net'
import type { UpstreamHealth } from '../../model/upstream-health.ts'
import type { Balancer, TargetAddresses } from './balancer.ts'

/** How an upstream fares. */
export function healthReport(balancer: Balancer): UpstreamHealth {
  const { id, name } = balancer.spec
  const { isChecked, healthy, weight } = balancer
  const targets = balancer.targets.map((target) => {
    const { host, port } = target.spec
    const addresses = target.addresses.map(({ ip, available, ...address }) => {
      return { ip, port: address.port, weight: address.weight, healthy: available }
    })
    return { host, port, weight: target.spec.weight, dns: dnsOf(balancer, target), addresses }
  })
  return { id, name, isChecked, healthy, weight, targets }
}

function dnsOf(balancer: Balancer, { spec, addresses }: TargetAddresses): string {
  const first = addresses[0]
  if (first !== undefined) return isIPv6(first.ip) ? 'AAAA' : 'A'
  const error = balancer.nameError(spec.host)
  return error === null || error === 'ENOTFOUND' ? 'dns server error: 3 name error' : `dns client error: ${error}`
}
