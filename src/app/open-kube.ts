import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock } from '../base/clock.ts'
import { FileSource } from '../control/file-source.ts'
import type { SecretFilter } from '../control/secret-filter.ts'
import { findAccess } from '../dialects/kgateway/kube/access/find-access.ts'
import { HttpKubeApi } from '../dialects/kgateway/kube/api/http-kube-api.ts'
import { KubeSource } from '../dialects/kgateway/kube/kube-source.ts'
import { OidcDiscovery } from '../dialects/kgateway/oidc-discovery.ts'
import { CONTROLLER } from '../dialects/kgateway/translate/names.ts'
import { notLoadedYet } from '../dialects/kgateway/translate/not-loaded-yet.ts'
import type { ConfigProblem } from '../dialects/kgateway/translate/output.ts'
import { settingsFrom } from '../dialects/kgateway/translate/settings.ts'
import { translate } from '../dialects/kgateway/translate/translate.ts'
import { type Problem, problemText } from '../model/problem.ts'
import { configProblem } from '../policy/config-problem.ts'
import { fetch } from './fetch.ts'
import { listenerSockets } from './listener-sockets.ts'
import { NewProblems } from './new-problems.ts'
import type { Policies } from './open-policies.ts'
import { errorText, type GatewaySettings, type Log } from './settings.ts'

/** Resources of an API server, being served. */
export interface OpenedKube {
  /** Resolves once everything was read for the first time, however long that takes. Until then all requests get 503. */
  readonly loaded: Promise<void>
  /** Resolves when another replica may write statuses. */
  close(): Promise<void>
}

/**
 * Follows the API server that KUBECONFIG, the pod or ~/.kube/config names: every change is translated whole, what differs
 * is served, and one replica of all writes statuses.
 *
 * @throws Error when there is nothing that says where an API server is.
 */
export function openKube(
  source: string,
  settings: GatewaySettings,
  policies: Pick<Policies, 'current'>,
  target: SecretFilter,
  log: Log,
  clock: Clock,
): OpenedKube {
  const access = findAccess(process.env, clock)
  const api = new HttpKubeApi(access)
  const kube = new KubeSource({
    api,
    source,
    controllerName: CONTROLLER,
    namespace: access.namespace,
    identity: `${hostname()}_${randomUUID()}`,
    say: (level, message) => log[level]({ source }, message),
  })
  const sockets = listenerSockets(settings).byListener
  target.apply(notLoadedYet(sockets.values()))
  const discovery = new OidcDiscovery(fetch, clock, () => reload())
  let closed = false
  const newProblems = new NewProblems<Problem>()
  const problemOf: ConfigProblem = (name, config) => configProblem(policies.current, name, config)
  const file = new FileSource(() => {
    const translated = {
      ...settingsFrom(process.env),
      ...{ ownClasses: [], withoutSlices: 'nobody' as const, discovery, sockets, problemOf },
    }
    const { changes, statuses } = translate(kube.resources(), translated, kube.refused())
    kube.writeStatuses(statuses)
    for (const problem of newProblems.of(kube.problems())) {
      log.warn({ source, problem: problemText(problem) }, 'a resource is not taken')
    }
    return { changes, problems: [] }
  }, target)
  const broke = (error: unknown) =>
    log.error({ source, error: errorText(error) }, 'a change could not be taken over; what was serving stays')
  const reload = () => {
    try {
      Promise.resolve(file.reload()).catch(broke)
    } catch (error) {
      broke(error)
    }
  }
  const load = async (): Promise<void> => {
    await kube.start()
    await file.load()
    target.apply(notLoadedYet(sockets.values()).map(({ kind, value }) => ({ op: 'delete', kind, id: value.id })))
    kube.onChange(reload)
    log.info({ source, server: access.words }, 'resources are followed')
  }
  const loaded = load().catch((error: unknown) => {
    if (!closed) log.error({ source, error: errorText(error) }, 'resources could not be read')
    throw error
  })
  // whoever waits for it hears of it too
  loaded.catch(() => {})
  return {
    loaded,
    async close() {
      closed = true
      file.close()
      discovery.close()
      await kube.close()
      api.close()
    },
  }
}
