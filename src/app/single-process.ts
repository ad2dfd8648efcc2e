import type { Clock } from '../base/clock.ts'
import type { StoreSource } from '../control/store-source.ts'
import { type StatusServer, serveStatus } from '../plane/record/status.ts'
import { type AdministeredPlane, type Administration, startAdministration } from './administration.ts'
import { listenerSockets } from './listener-sockets.ts'
import { metricsText } from './metrics-text.ts'
import { openPolicies } from './open-policies.ts'
import { openStore } from './open-store.ts'
import { makeServing } from './serving.ts'
import type { Gateway, GatewaySettings, Log } from './settings.ts'
import { openSources, type Sources } from './sources.ts'
import { localTargetHealth } from './target-health.ts'
import { storeWriter } from './written-by-policies.ts'

/** A gateway whose one process does everything. */
export async function startSingleProcess(settings: GatewaySettings, log: Log, clock: Clock): Promise<Gateway> {
  const policies = await openPolicies(settings, log)
  const store = await openStore(settings, policies, log, clock)
  const publish = (...written: Parameters<StoreSource['publish']>) => sources.stored.publish(...written)
  const write = storeWriter(policies, store, publish, clock)
  const sources: Sources = await openSources(settings, policies, store, write, log, clock).catch(
    async (error: unknown) => {
      await store.close()
      throw error
    },
  )
  const { plane, metrics, desk, prober, stop } = makeServing(
    settings,
    policies,
    sources.served,
    sources.registry,
    log,
    clock,
  )
  const administered: AdministeredPlane = {
    get httpPort() {
      return plane.httpPort
    },
    get httpsPort() {
      return plane.httpsPort
    },
    targetHealth: localTargetHealth(plane.balancers, desk!),
    figures: () => metrics.text(),
    pids: () => ({ master: process.pid, workers: [process.pid] }),
  }
  let ready = false
  let administration: Administration | null = null
  let status: StatusServer | null = null
  try {
    const figures = () => metricsText(metrics.text(), settings, store)
    administration = await startAdministration(settings, policies, store, publish, administered, figures, log, clock)
    await plane.listen()
    if (settings.status !== null) {
      const { told } = administration
      status = await serveStatus(settings.status, {
        ...{ metrics: figures, ready: () => ready, status: told.status },
        unready: () => (ready ? told.unready() : 'router builds not yet complete'),
      })
    }
  } catch (error) {
    plane.close()
    await sources.close()
    await administration?.close()
    await store.close()
    throw error
  }
  sources.watch()
  policies.watch()
  prober.start()
  // a source that never comes leaves the gateway unready; it has said why
  sources.loaded.then(
    () => (ready = true),
    () => {},
  )
  const { reload } = administration
  return {
    ports: {
      http: plane.httpPort,
      https: plane.httpsPort,
      listeners: Object.fromEntries(
        [...listenerSockets(settings).byListener].map(([listener, socket]) => [listener, plane.portOf(socket)]),
      ),
      admin: administration.port,
      status: status?.port ?? null,
    },
    reload() {
      policies.reload()
      sources.reload()
      reload()
    },
    async stop(patienceMs) {
      ready = false
      policies.close()
      await Promise.all([sources.close(), stop(patienceMs)])
      await administration.close()
      await status?.close()
      await store.close()
    },
  }
}
