/**
 * The composition root: the only file that knows everybody. It joins store, sources, Admin API, plane and status
 * listener into one gateway, and takes them apart again.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { createAdminApi } from './admin/admin-api.ts'
import { type AdminServer, serveAdmin } from './admin/serve.ts'
import { type Clock, systemClock } from './base/clock.ts'
import { FileSource } from './control/file-source.ts'
import { StoreSource } from './control/store-source.ts'
import { entityKinds } from './dialects/kong/entities/kinds.ts'
import { readKongFile } from './dialects/kong/file.ts'
import { kongVersion } from './dialects/kong/version.ts'
import { kongWire } from './dialects/kong/wire.ts'
import { type Problem, problemText } from './model/problem.ts'
import type { ClientTimeouts } from './plane/http1/client-connection.ts'
import { type Address, Plane } from './plane/plane.ts'
import { AccessLog } from './plane/record/access-log.ts'
import { Metrics } from './plane/record/metrics.ts'
import { type StatusServer, serveStatus } from './plane/record/status.ts'
import type { ServedSource } from './plane/site.ts'
import { policies } from './policies/index.ts'
import { Registry } from './policy/registry.ts'
import { Snapshot } from './snapshot/snapshot.ts'
import type { Store } from './store/port.ts'
import { openSqliteStore } from './store/sqlite/store.ts'

/** How often expired rows are removed from the store, in milliseconds. */
const PURGE_MS = 60_000

export interface GatewaySettings {
  /** `DIALECT:PATH` each, asked in this order, the store last. */
  readonly sources: readonly string[]
  /** `memory` or `sqlite:FILE`. */
  readonly store: string
  readonly proxyHttp: Address | null
  readonly proxyHttps: Address | null
  readonly admin: Address | null
  readonly status: Address | null
  readonly trustedIps: readonly string[]
  readonly proxyProtocol: boolean
  readonly http2PriorKnowledge: boolean
  /** Limits on what clients may make the gateway wait for; what is left out stays as it is by default. */
  readonly timeouts?: Partial<ClientTimeouts>
  /** Protocols that clients may be switched to, lower case. Default: websocket. */
  readonly upgrades?: readonly string[]
  /** Kong's exact reading of Host headers (case, trailing dot) in place of the safe one. */
  readonly exactHosts: boolean
  /** Null for none. */
  readonly accessLog: Writable | null
}

/** Where the gateway tells what happens to it; `fields` never hold secrets. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** A configuration that can't be served. */
export class BadConfiguration extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'))
    this.problems = problems
  }
}

export interface Gateway {
  /** Ports that are really listened on; null for those that are off. */
  readonly ports: {
    readonly http: number | null
    readonly https: number | null
    readonly admin: number | null
    readonly status: number | null
  }
  /** Re-reads all files. What can't be read leaves what is being served, and is logged. */
  reload(): void
  /** @param patienceMs for requests under way. */
  stop(patienceMs: number): Promise<void>
}

/** @throws BadConfiguration, or Error when an address can't be listened on or the store can't be opened. */
export async function startGateway(settings: GatewaySettings, log: Log, clock: Clock = systemClock): Promise<Gateway> {
  const registry = new Registry()
  const snapshotOf = (source: string) =>
    new Snapshot({ source, policies, clock, registry, exactHosts: settings.exactHosts })

  const served: ServedSource[] = []
  const files: { readonly name: string; readonly source: FileSource }[] = []
  for (const source of settings.sources) {
    const snapshot = snapshotOf(source)
    const path = kongPath(source)
    const file = new FileSource(() => readKongFile(path, policies, clock), snapshot)
    const problems = file.load()
    if (problems.length > 0) throw new BadConfiguration(problems)
    served.push({ snapshot, wire: kongWire })
    files.push({ name: path, source: file })
  }

  const store = openStore(settings.store, clock)
  const stored = snapshotOf('store')
  const storeSource = new StoreSource(policies, stored)
  await storeSource.load(store, [...entityKinds(policies, () => clock.now()).keys()])
  served.push({ snapshot: stored, wire: kongWire })

  const metrics: Metrics = new Metrics(() => plane.openConnections)
  const accessLog = settings.accessLog === null ? null : new AccessLog(settings.accessLog)
  const plane: Plane = new Plane({
    sources: served,
    clock,
    http: settings.proxyHttp,
    https: settings.proxyHttps,
    trustedIps: settings.trustedIps,
    proxyProtocol: settings.proxyProtocol,
    http2PriorKnowledge: settings.http2PriorKnowledge,
    timeouts: settings.timeouts ?? {},
    upgrades: settings.upgrades ?? ['websocket'],
    record(exchange, response, outcome) {
      metrics.record(exchange, response, outcome)
      accessLog?.record(exchange, response, outcome)
    },
    broke(error, exchange) {
      log.error(
        { id: exchange.id, route: exchange.route?.name ?? exchange.route?.id, error: errorText(error) },
        'a request could not be judged and was refused',
      )
    },
  })

  const reload = () => {
    for (const { name, source } of files) {
      const problems = source.load()
      if (problems.length === 0) log.info({ source: name }, 'source re-read')
      else
        log.error(
          { source: name, problems: problems.map(problemText) },
          'source not taken over; what was serving stays',
        )
    }
  }
  for (const { name, source } of files) source.watch(name, reload)

  // rows past their time are never found; this gives their space back, here and in the directory
  const purging = setInterval(() => {
    store.purge().then(
      (outcome) => {
        if (outcome.ok && outcome.changes.length > 0) storeSource.publish(outcome.changes, outcome.revision)
      },
      (error: unknown) => log.error({ error: errorText(error) }, 'expired rows could not be removed'),
    )
  }, PURGE_MS)
  purging.unref()

  let ready = false
  let admin: AdminServer | null = null
  let status: StatusServer | null = null
  try {
    if (settings.admin !== null) {
      const app = createAdminApi({
        store,
        policies,
        clock,
        version: kongVersion,
        publish: async (changes, revision) => storeSource.publish(changes, revision),
        info: {
          hostname: hostname(),
          nodeId: randomUUID(),
          configuration: {
            database: settings.store.startsWith('postgres') ? 'postgres' : 'sqlite',
            role: 'traditional',
            // Asked for at request time: the ports are known once the plane listens.
            get proxy_listeners() {
              return [
                ...shownListener(settings.proxyHttp, plane.httpPort, false),
                ...shownListener(settings.proxyHttps, plane.httpsPort, true),
              ]
            },
          },
          connections: () => ({ active: plane.openConnections, accepted: 0, requests: 0 }),
        },
        logError: (error) => log.error({ error: errorText(error) }, 'the Admin API broke'),
      })
      admin = await serveAdmin(app, settings.admin)
    }
    await plane.listen()
    if (settings.status !== null) status = await serveStatus(settings.status, metrics, () => ready)
    ready = true
  } catch (error) {
    clearInterval(purging)
    plane.close()
    await admin?.close()
    await store.close()
    for (const { source } of files) source.close()
    throw error
  }

  return {
    ports: {
      http: plane.httpPort,
      https: plane.httpsPort,
      admin: admin?.port ?? null,
      status: status?.port ?? null,
    },
    reload,
    async stop(patienceMs) {
      ready = false
      clearInterval(purging)
      for (const { source } of files) source.close()
      await plane.drain(patienceMs)
      await admin?.close()
      await status?.close()
      await store.close()
      accessLog?.close()
    },
  }
}

/** @throws Error that says which dialects there are. */
function kongPath(source: string): string {
  const colon = source.indexOf(':')
  const dialect = source.slice(0, colon)
  if (colon < 0 || dialect !== 'kong') {
    throw new Error(`source '${source}': expected kong:FILE (a Kong declarative file, YAML or JSON)`)
  }
  return source.slice(colon + 1)
}

/** @throws Error in words for the operator. */
function openStore(store: string, clock: Clock): Store {
  if (store === 'memory') return openSqliteStore({ file: ':memory:', clock })
  if (!store.startsWith('sqlite:')) throw new Error(`store '${store}': expected memory or sqlite:FILE`)
  const file = store.slice('sqlite:'.length)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return openSqliteStore({ file, clock })
}

/** A listener of the proxy, as the Admin API tells it. */
function shownListener(address: Address | null, port: number | null, ssl: boolean): object[] {
  if (address === null || port === null) return []
  return [{ ip: address.host, port, ssl, listener: `${address.host}:${port}${ssl ? ' ssl' : ''}` }]
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
