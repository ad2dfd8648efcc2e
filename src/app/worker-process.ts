import type { Clock } from '../base/clock.ts'
import type { HealthDesk } from '../plane/balance/balancer.ts'
import { StoreUnavailable } from '../store/port.ts'
import type { Supervisor } from './child.ts'
import { EntityRequests } from './entity-requests.ts'
import { openPolicies } from './open-policies.ts'
import { openStore } from './open-store.ts'
import { makeServing } from './serving.ts'
import type { GatewaySettings, Log } from './settings.ts'
import { openSources } from './sources.ts'

/** A process that carries requests: it loads everything once, then follows the store revision by revision. */
export async function startWorker(
  settings: GatewaySettings,
  supervisor: Supervisor,
  log: Log,
  clock: Clock,
): Promise<void> {
  const policies = await openPolicies(settings, log)
  const store = await openStore(settings, policies, log, clock)
  const requests = new EntityRequests((id, write) => supervisor.report({ type: 'write', id, write }))
  const sources = await openSources(settings, policies, store, requests.write, log, clock)
  const desk: HealthDesk = {
    count: (key, event, limit) => supervisor.report({ type: 'health-count', key, event, limit }),
    forget: (key) => supervisor.report({ type: 'health-forget', key }),
  }
  const { plane, metrics, prober, stop } = makeServing(
    settings,
    policies,
    sources.served,
    sources.registry,
    log,
    clock,
    desk,
  )

  const follow = async (id: number) => {
    try {
      await sources.stored.catchUp()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      // a store that went away just now is no reason to be replaced: a new worker could not load from it
      log.warn({ reason: error.message }, 'the last changes could not be read; they will be when the store is back')
    }
    supervisor.report({ type: 'followed', id })
  }
  const end = async (patienceMs: number) => {
    policies.close()
    await Promise.all([sources.close(), stop(patienceMs)])
    await store.close()
    process.exit(0)
  }

  // what was committed between loading and listening comes first
  await sources.stored.catchUp()
  await plane.listen({ connectionsHandedIn: true })
  sources.watch()
  policies.watch()
  supervisor.onOrder((order, socket) => {
    switch (order.type) {
      case 'connection':
        supervisor.report({ type: 'taken', number: order.number })
        if (socket !== null) plane.take(order.listener, socket)
        break
      case 'follow':
        void follow(order.id)
        break
      case 'written':
        requests.answered(order.id, order.outcome)
        break
      case 'figures':
        void metrics.text().then((text) => supervisor.report({ type: 'figures', id: order.id, text }))
        break
      case 'health':
        for (const [key, state] of order.states) plane.balancers.setState(key, state)
        break
      case 'health-of':
        void plane.balancers
          .report(order.upstreamId)
          .then((health) => supervisor.report({ type: 'figures', id: order.id, text: JSON.stringify(health) }))
        break
      case 'probe':
        prober.start()
        break
      case 'reload':
        policies.reload()
        sources.reload()
        break
      case 'stop':
        void end(order.patienceMs)
        break
    }
  })
  await sources.loaded
  supervisor.report({ type: 'ready', ports: {} })
}
