import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createAdminApi } from '../admin/admin-api.ts'
import { type AdminServer, serveAdmin } from '../admin/serve.ts'
import { makeTurns } from '../admin/turns.ts'
import type { Clock } from '../base/clock.ts'

import { DeclaredState } from '../dialects/kong/admin/config/declared-state.ts'
import type { NodeInfo } from '../dialects/kong/admin/node-info.ts'
import { nodeStatus } from '../dialects/kong/admin/node-status.ts'
import { AdminProblem } from '../dialects/kong/admin/problem.ts'

import type { TargetHealthPort } from '../dialects/kong/admin/target-health.ts'

import { kongVersion } from '../dialects/kong/version.ts'

import type { Told } from '../plane/record/status.ts'
import type { Store, StoreChange } from '../store/port.ts'
import { adminAccessProblem, readAdminAccess } from './admin-access.ts'
import { adminEvents } from './admin-events.ts'
import { logLevelOf } from './log-level.ts'
import { nodeFigures } from './node-figures.ts'
import type { Policies } from './open-policies.ts'
import { resourceEndpoints } from './resource-endpoints.ts'
import { errorText, type GatewaySettings, type Log } from './settings.ts'
import { shownConfiguration } from './shown-configuration.ts'

/** How often expired rows are removed from the store, in milliseconds. */
const PURGE_MS = 60_000

/** What the Admin API needs of those who carry requests. */
export interface AdministeredPlane {
  readonly httpPort: number | null
  readonly httpsPort: number | null
  /** How targets fare, as everybody sees it who carries requests. */
  readonly targetHealth: TargetHealthPort
  /** Figures of everybody who carries requests; Prometheus text. */
  figures(): Promise<string>
  pids(): ReturnType<NodeInfo['pids']>
}

/** The part of a gateway that takes changes. */
export interface Administration {
  /** Null when it does not listen. */
  readonly port: number | null
  /** How the node is, for its status listener. */
  readonly told: Pick<Told, 'status' | 'unready'>
  /** Reads tokens and certificates anew. What can't be read is logged, and what held stays. */
  reload(): void
  close(): Promise<void>
}

/**
 * Serves the Admin API over the store, and removes expired rows from it.
 * @param metrics Prometheus text, for those who scrape the Admin API.
 * @param publish resolves when a committed write is effective wherever requests are judged on this node.
 * @throws Error when the address can't be listened on.
 */
export async function startAdministration(
  settings: GatewaySettings,
  policies: Pick<Policies, 'current' | 'onChange'>,
  store: Store,
  publish: (changes: readonly StoreChange[], revision: number) => Promise<void>,
  plane: AdministeredPlane,
  metrics: () => Promise<string>,
  log: Log,
  clock: Clock,
): Promise<Administration> {
  const declared = settings.store === 'memory' ? new DeclaredState() : null
  const info: NodeInfo = {
    hostname: hostname(),
    nodeId: settings.nodeId ?? randomUUID(),
    // Asked for at request time: the ports are known once the plane listens.
    get configuration() {
      return shownConfiguration(settings, plane, admin)
    },
    figures: async () => nodeFigures(await plane.figures()),
    pids: () => plane.pids(),
    metrics,
    declared,
    logLevel: logLevelOf(log),
  }
  let admin: AdminServer | null = null
  const problem = adminAccessProblem(settings)
  if (problem !== null) throw new Error(problem)
  let access = readAdminAccess(settings)
  const { written, refused } = adminEvents(log)
  if (settings.admin !== null) {
    // One line of turns for all: a write that came before a policy changed is made before those that come after.
    const inTurn = makeTurns()
    const own = resourceEndpoints(settings.sources, policies, clock)
    const apiFor = (known: Policies['current']) =>
      createAdminApi({
        store,
        targetHealth: plane.targetHealth,
        policies: known,
        inTurn,
        clock,
        version: kongVersion,
        publish,
        hosts: settings.adminHosts ?? [],
        access: () => access.rules,
        audit: written,
        refused,
        own,
        info,
        logError: (error) => log.error({ error: errorText(error) }, 'the Admin API broke'),
      })
    let api = apiFor(policies.current)
    policies.onChange((next) => (api = apiFor(next)))
    admin = await serveAdmin({ fetch: (...asked) => api.fetch(...asked) }, settings.admin, access.tls)
  }
  // rows past their time are never found; this gives their space back, in the store and in every directory
  let isPurging = false
  const purging = setInterval(() => {
    if (isPurging) return
    isPurging = true
    purgeAll(store, publish)
      .catch((error: unknown) => log.error({ error: errorText(error) }, 'expired rows could not be removed'))
      .finally(() => (isPurging = false))
  }, PURGE_MS)
  purging.unref()
  return {
    port: admin?.port ?? null,
    told: {
      async status(query) {
        try {
          return await nodeStatus(store, info, query)
        } catch (error) {
          if (error instanceof AdminProblem) return null
          throw error
        }
      },
      unready: () =>
        declared?.isEmpty && settings.sources.length === 0
          ? 'no configuration available (empty configuration present)'
          : null,
    },
    reload() {
      if (admin === null) return
      try {
        const next = readAdminAccess(settings)
        if (next.tls !== null) admin.setTls(next.tls)
        access = next
      } catch (error) {
        log.error({ error: (error as Error).message }, 'access to the Admin API stays as it was')
      }
    },
    async close() {
      clearInterval(purging)
      await admin?.close()
    },
  }
}

/** Removes what is over, a bounded number at a time, until nothing is left: tokens may expire by the thousand. */
async function purgeAll(
  store: Store,
  publish: (changes: readonly StoreChange[], revision: number) => Promise<void>,
): Promise<void> {
  for (;;) {
    const outcome = await store.purge()
    if (!outcome.ok || outcome.changes.length === 0) return
    await publish(outcome.changes, outcome.revision)
  }
}
