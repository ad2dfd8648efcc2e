import type { Clock } from '../base/clock.ts'
import { mergedFigures } from '../plane/record/merged-figures.ts'
import { serveStatus } from '../plane/record/status.ts'
import type { EntityOutcome, EntityWrite } from '../policy/entities.ts'
import { type AdministeredPlane, startAdministration } from './administration.ts'
import type { Supervisor } from './child.ts'
import type { Report } from './messages.ts'
import { metricsText } from './metrics-text.ts'
import { openPolicies } from './open-policies.ts'
import { openStore } from './open-store.ts'

import { errorText, type GatewaySettings, type Log, type Ports } from './settings.ts'

import { workersTargetHealth } from './target-health.ts'
import { storeWriter } from './written-by-policies.ts'

/**
 * The process that takes changes: store, Admin API and status listener. Requests do not pass through it, so its death
 * harms none; a new one takes over, and workers catch up with what was committed but not told.
 */
export async function startControl(
  settings: GatewaySettings,
  supervisor: Supervisor,
  log: Log,
  clock: Clock,
): Promise<void> {
  const policies = await openPolicies(settings, log)
  const store = await openStore(settings, policies, log, clock)
  const waiting = new Map<number, (texts: readonly string[]) => void>()
  let asked = 0
  const question = (report: (id: number) => Report) =>
    new Promise<readonly string[]>((resolve) => {
      waiting.set(++asked, resolve)
      supervisor.report(report(asked))
    })
  const ask = (type: 'publish' | 'figures-wanted') => question((id) => ({ type, id }))
  const answer = (id: number, texts: readonly string[]) => {
    waiting.get(id)?.(texts)
    waiting.delete(id)
  }

  let ports: Pick<Ports, 'http' | 'https'> = { http: null, https: null }
  let pids: readonly number[] = []
  let serving = false
  const publish = async () => {
    await ask('publish')
  }
  const ofWorkers = async () => mergedFigures(await ask('figures-wanted'))
  const workers: AdministeredPlane = {
    get httpPort() {
      return ports.http
    },
    get httpsPort() {
      return ports.https
    },
    targetHealth: workersTargetHealth(
      (upstreamId) => question((id) => ({ type: 'health-wanted', id, upstreamId })),
      (keys, state) => question((id) => ({ type: 'health-set', id, keys, state })),
    ),
    figures: ofWorkers,
    pids: () => ({ master: process.ppid, workers: pids }),
  }
  const metrics = () => metricsText(ofWorkers(), settings, store)
  const administration = await startAdministration(settings, policies, store, publish, workers, metrics, log, clock)
  const writeEntity = storeWriter(policies, store, publish, clock)
  const write = async (id: number, wanted: EntityWrite) => {
    const outcome = await writeEntity(wanted).catch((error: unknown): EntityOutcome => {
      log.error({ kind: wanted.kind, error: errorText(error) }, "a policy's write could not be made")
      return { kind: 'unavailable', why: 'the write broke' }
    })
    supervisor.report({ type: 'written', id, outcome })
  }
  const status =
    settings.status === null
      ? null
      : await serveStatus(settings.status, {
          ...{ metrics, ready: () => serving, status: administration.told.status },
          unready: () => (serving ? administration.told.unready() : 'router builds not yet complete'),
        })

  policies.watch()
  const end = async () => {
    policies.close()
    await administration.close()
    await status?.close()
    await store.close()
    process.exit(0)
  }
  supervisor.onOrder((order) => {
    switch (order.type) {
      case 'workers':
        serving = order.serving
        ports = order.ports
        pids = order.pids
        break
      case 'write':
        void write(order.id, order.write)
        break
      case 'published':
        answer(order.id, [])
        break
      case 'figures-of-all':
        answer(order.id, order.texts)
        break
      case 'reload':
        administration.reload()
        policies.reload()
        break
      case 'stop':
        void end()
        break
    }
  })
  supervisor.report({ type: 'ready', ports: { admin: administration.port, status: status?.port ?? null } })
}
