import type { Clock } from '../base/clock.ts'
import { FileSource, type ReadModel } from '../control/file-source.ts'
import { SecretFilter } from '../control/secret-filter.ts'
import { StoreSource } from '../control/store-source.ts'
import { ManifestSource } from '../dialects/kgateway/manifest-source.ts'
import { OidcDiscovery } from '../dialects/kgateway/oidc-discovery.ts'
import type { ResourceProblem } from '../dialects/kgateway/resources/resource-problem.ts'
import { statusProblems } from '../dialects/kgateway/status-problems.ts'
import type { ConfigProblem } from '../dialects/kgateway/translate/output.ts'
import { settingsFrom } from '../dialects/kgateway/translate/settings.ts'
import { kgatewayWire } from '../dialects/kgateway/wire.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { readKongFile } from '../dialects/kong/file.ts'
import { kongWire } from '../dialects/kong/wire.ts'
import { type Problem, problemText } from '../model/problem.ts'
import type { ServedSource } from '../plane/site.ts'
import { configProblem } from '../policy/config-problem.ts'
import type { WriteEntity } from '../policy/entities.ts'
import { Registry } from '../policy/registry.ts'
import type { Wire } from '../policy/wire.ts'
import { Snapshot } from '../snapshot/snapshot.ts'
import { type Store, StoreUnavailable } from '../store/port.ts'
import { fetch } from './fetch.ts'
import { listenerSockets } from './listener-sockets.ts'
import { NewProblems } from './new-problems.ts'
import { type OpenedKube, openKube } from './open-kube.ts'
import type { Policies } from './open-policies.ts'
import { openSecrets } from './open-secrets.ts'
import { BadConfiguration, errorText, type GatewaySettings, type Log } from './settings.ts'
import { fileWriter } from './written-by-policies.ts'

/** All sources of a gateway, loaded. */
export interface Sources {
  /** In the order they are asked: files as given, the store last. */
  readonly served: readonly ServedSource[]
  readonly stored: StoreSource
  /** What policies keep over recompiles. */
  readonly registry: Registry
  /** Resolves once every source has been read; one that waits for its server is served as 503 meanwhile. */
  readonly loaded: Promise<void>
  /** Re-reads all files; what can't be read is logged, and what was serving stays. */
  reload(): void
  /** Re-reads files whenever they change, and takes over what other nodes write to the store. */
  watch(): void
  /** Resolves when nothing is left to be handed over to others. */
  close(): Promise<void>
}

/**
 * @param writeEntity for policies that the store's configuration places.
 * @throws BadConfiguration, or Error when a source is none we know.
 */
export async function openSources(
  settings: GatewaySettings,
  policies: Pick<Policies, 'current' | 'onChange'>,
  store: Store,
  writeEntity: WriteEntity,
  log: Log,
  clock: Clock,
): Promise<Sources> {
  const registry = new Registry()
  const exact = new Set([...(settings.exact ?? []), ...(settings.exactHosts ? (['hosts'] as const) : [])])
  const snapshotOf = (source: string, writeEntity: WriteEntity, matching: 'text' | 'segments' = 'text') =>
    new Snapshot({
      ...{ source, matching },
      policies: policies.current,
      clock,
      registry,
      log,
      fetch,
      writeEntity,
      exact,
    })

  const { secrets, close: closeSecrets } = openSecrets(log, clock)
  const filters: { readonly source: string; readonly snapshot: Snapshot; readonly filter: SecretFilter }[] = []
  const withSecrets = (source: string, snapshot: Snapshot): SecretFilter => {
    const filter = new SecretFilter(snapshot, {
      ...{ policies: policies.current, secrets, env: process.env, now: () => clock.now() },
      tell: (reference, reason) => log.warn({ reference, reason }, 'a secret cannot be used; what needs it is refused'),
    })
    filters.push({ source, snapshot, filter })
    return filter
  }

  const takenOver = (path: string, problems: readonly Problem[]) => {
    if (problems.length === 0) return log.info({ source: path }, 'source re-read')
    const told = problems.map(problemText)
    log.error({ source: path, problems: told }, 'source not taken over; what was serving stays')
  }
  const reloadFile = (path: string, file: FileSource) => {
    const outcome = file.reload()
    if (!(outcome instanceof Promise)) return takenOver(path, outcome)
    outcome.then(
      (problems) => takenOver(path, problems),
      (error: unknown) => log.error({ source: path, error: errorText(error) }, 'source not taken over'),
    )
  }

  const served: ServedSource[] = []
  const closers: (() => void)[] = []
  const files: { readonly path: string; readonly source: FileSource }[] = []
  const followed: OpenedKube[] = []
  for (const source of settings.sources) {
    if (source === KUBE) {
      const snapshot = snapshotOf(source, fileWriter(source, log), 'segments')
      followed.push(openKube(source, settings, policies, withSecrets(source, snapshot), log, clock))
      served.push({ snapshot, wire: kgatewayWire })
      continue
    }
    const reread = () => void reloadFile(path, file)
    const { path, wire, matching, read, close } = openFile(source, settings, policies, log, clock, reread)
    const snapshot = snapshotOf(source, fileWriter(path, log), matching)
    const file = new FileSource(read, withSecrets(path, snapshot))
    const problems = await file.load()
    if (problems.length > 0) {
      closeSecrets()
      throw new BadConfiguration(problems)
    }
    served.push({ snapshot, wire })
    files.push({ path, source: file })
    if (close !== undefined) closers.push(close)
  }

  const snapshot = snapshotOf('store', writeEntity)
  const kindNames = () => [...entityKinds(policies.current, () => clock.now()).keys()]
  const stored = new StoreSource(policies.current, withSecrets('store', snapshot), store, kindNames())
  await stored.load()
  served.push({ snapshot, wire: kongWire })

  const reload = () => {
    for (const { path, source } of files) reloadFile(path, source)
  }
  policies.onChange((next) => {
    for (const { source, snapshot, filter } of filters) {
      filter.takePolicies(next)
      for (const { message } of snapshot.takePolicies(next)) {
        log.error({ source, error: message }, 'a use of an edited policy stays what it was')
      }
    }
    // Configurations may read differently now: other fields, other defaults, another order.
    reload()
    stored.takePolicies(next, kindNames()).catch((error: unknown) => {
      log.error({ error: errorText(error) }, 'the store could not be read by the policies that changed')
    })
  })
  let following: { close(): void } | null = null
  const follow = () => {
    following =
      store.follow?.((revision) => {
        if (revision === stored.revision) return
        stored.catchUp().catch((error: unknown) => {
          // whoever follows is told again when the store is back
          if (error instanceof StoreUnavailable) log.warn({ reason: error.message }, 'changes could not be read')
          else log.error({ error: errorText(error) }, 'changes could not be taken over')
        })
      }) ?? null
  }
  return {
    served,
    stored,
    registry,
    loaded: Promise.all(followed.map(({ loaded }) => loaded)).then(() => {}),
    reload,
    watch: () => {
      for (const { path, source } of files) source.watch(path, reload)
      follow()
    },
    close: async () => {
      following?.close()
      closeSecrets()
      for (const { source } of files) source.close()
      for (const close of closers) close()
      await Promise.all(followed.map((each) => each.close()))
    },
  }
}

/** Resources of an API server in place of files. */
const KUBE = 'kgateway:kube'

/** A file (or folder) in some dialect. */
interface OpenedFile {
  readonly path: string
  readonly wire: Wire
  readonly matching: 'text' | 'segments'
  readonly read: ReadModel
  readonly close?: () => void
}

/** @throws Error that says which dialects there are. */
function openFile(
  source: string,
  settings: GatewaySettings,
  policies: Pick<Policies, 'current'>,
  log: Log,
  clock: Clock,
  reread: () => void,
): OpenedFile {
  const colon = source.indexOf(':')
  const path = source.slice(colon + 1)
  switch (source.slice(0, Math.max(colon, 0))) {
    case 'kong': {
      const read = () => readKongFile(path, policies.current, clock, settings.seed)
      return { path, wire: kongWire, matching: 'text', read }
    }
    case 'kgateway': {
      const discovery = new OidcDiscovery(fetch, clock, reread)
      const sockets = listenerSockets(settings).byListener
      const problemOf: ConfigProblem = (name, config) => configProblem(policies.current, name, config)
      const ofObjects = new NewProblems<ResourceProblem>()
      const ofStatuses = new NewProblems<Problem>()
      const translated = { ...settingsFrom(process.env), discovery, sockets, problemOf }
      const manifests = new ManifestSource(path, translated, (view) => {
        for (const each of ofObjects.of(view.manifests.problems))
          log[each.severity === 'error' ? 'error' : 'warn']({ source }, problemText(each))
        for (const each of ofStatuses.of(statusProblems(view.manifests.resources, view.statuses)))
          log.warn({ source }, problemText(each))
      })
      const close = () => discovery.close()
      return { path, wire: kgatewayWire, matching: 'segments', read: () => manifests.read(), close }
    }
    default:
      throw new Error(`source '${source}': expected kong:FILE or kgateway:FILE_OR_FOLDER`)
  }
}
