import { kongVersion } from '../dialects/kong/version.ts'
import { nodeFamilies } from '../policies/prometheus/families.ts'
import { type Store, StoreUnavailable } from '../store/port.ts'
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

async function isReachable(store: Store): Promise<boolean> {
  try {
    await store.tags({ tag: null, size: 1, offset: 0 })
    return true
  } catch (error) {
    if (error instanceof StoreUnavailable) return false
    throw error
  }
}
