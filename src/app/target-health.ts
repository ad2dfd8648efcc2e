import type { TargetHealthPort } from '../dialects/kong/admin/target-health.ts'
import type { UpstreamHealth } from '../model/upstream-health.ts'
import { addressKey } from '../plane/balance/address.ts'
import type { Balancers } from '../plane/balance/balancers.ts'
import type { LocalDesk } from '../plane/balance/local-desk.ts'

/** How targets fare, for the Admin API of a gateway that is one process. */
export function localTargetHealth(balancers: Balancers, desk: LocalDesk): TargetHealthPort {
  return {
    of: (upstreamId) => balancers.report(upstreamId),
    async set(upstreamId, addresses, healthy) {
      for (const { host, ip, port } of addresses) {
        desk.set(addressKey(upstreamId, host, ip, port), healthy ? 'healthy' : 'unhealthy')
      }
    },
  }
}

/** The same where workers know, and the supervisor keeps the desk. */
export function workersTargetHealth(
  report: (upstreamId: string) => Promise<readonly string[]>,
  set: (keys: readonly string[], state: 'healthy' | 'unhealthy') => Promise<unknown>,
): TargetHealthPort {
  return {
    async of(upstreamId) {
      const [text = 'null'] = await report(upstreamId)
      return JSON.parse(text) as UpstreamHealth | null
    },
    async set(upstreamId, addresses, healthy) {
      const keys = addresses.map(({ host, ip, port }) => addressKey(upstreamId, host, ip, port))
      await set(keys, healthy ? 'healthy' : 'unhealthy')
    },
  }
}
