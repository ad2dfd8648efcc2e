import type { Clock } from '../base/clock.ts'
import type { Supervisor } from './child.ts'
import { makeServing } from './serving.ts'
import type { GatewaySettings, Log } from './settings.ts'
import { openSources, openStore } from './sources.ts'

/** A process that carries requests: it loads everything once, then follows the store revision by revision. */
export async function startWorker(
  settings: GatewaySettings,
  supervisor: Supervisor,
  log: Log,
  clock: Clock,
): Promise<void> {
  const store = openStore(settings.store, clock)
  const sources = await openSources(settings, store, log, clock)
  const { plane, metrics, stop } = makeServing(settings, sources.served, log, clock)

  const follow = async (id: number) => {
    if (await sources.stored.catchUp(store)) return supervisor.report({ type: 'followed', id })
    log.warn({}, 'too far behind the store to follow; a new worker loads it anew')
    process.exit(1)
  }
  const end = async (patienceMs: number) => {
    sources.close()
    await stop(patienceMs)
    await store.close()
    process.exit(0)
  }

  // what was committed between loading and listening comes first
  await sources.stored.catchUp(store)
  await plane.listen({ connectionsHandedIn: true })
  sources.watch()
  supervisor.onOrder((order, socket) => {
    switch (order.type) {
      case 'connection':
        supervisor.report({ type: 'taken', number: order.number })
        if (socket !== null) plane.take(order.listener, socket)
        break
      case 'follow':
        void follow(order.id)
        break
      case 'figures':
        void metrics.text().then((text) => supervisor.report({ type: 'figures', id: order.id, text }))
        break
      case 'reload':
        sources.reload()
        break
      case 'stop':
        void end(order.patienceMs)
        break
    }
  })
  supervisor.report({ type: 'ready', ports: {} })
}
