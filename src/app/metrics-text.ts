import { isReachable } from '../dialects/kong/admin/node-status.ts'
import { kongVersion } from '../dialects/kong/version.ts'
import { nodeFamilies } from '../policies/prometheus/families.ts'
import type { Store } from '../store/port.ts'
import type { GatewaySettings } from './settings.ts'

/** What `/metrics` shows: the figures of everybody who carries requests, and what is so once for the whole gateway. */
export async function metricsText(
  ofWorkers: Promise<string>,
  settings: GatewaySettings,
  store: Store,
): Promise<string> {
  const [figures, reachable] = await Promise.all([ofWorkers, isReachable(store)])
  return figures + nodeFamilies({ id: settings.nodeId ?? '', version: kongVersion, reachable })
}
