import { StoreUnavailable } from '../../../store/port.ts'
import type { Values } from '../entities/kind.ts'
import { priorityOf } from '../priorities.ts'
import { kongVersion } from '../version.ts'
import type { AdminContext } from './context.ts'
import { type Endpoint, ok } from './endpoint.ts'
import { readCount, readSize } from './paging.ts'
import { badRequest } from './problem.ts'

/** What the node says of itself beyond its entities. */
export interface NodeInfo {
  readonly hostname: string
  readonly nodeId: string
  /** Shown under `configuration`, beside what clients of Kong need there. No secrets. */
  readonly configuration: Readonly<Values>
  /** Numbers of connections and requests, for `/status`. */
  connections(): { readonly active: number; readonly accepted: number; readonly requests: number }
  /** Prometheus text, for `/metrics`. */
  metrics?(): Promise<string>
}

const PAGE = 1000
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `/`, `/status`, `/plugins/enabled`, `/tags`, and the few that only say what this gateway is not. */
export function nodeEndpoints(context: AdminContext, info: NodeInfo): Endpoint[] {
  const names = context.policies.map((policy) => policy.name).sort()
  return [
    { path: '/', methods: { GET: async () => ok(await nodeInformation(context, info)) } },
    { path: '/status', methods: { GET: async ({ query }) => ok(await status(context, info, query)) } },
    { path: '/plugins/enabled', methods: { GET: async () => ok({ enabled_plugins: names }) } },
    ...metricsEndpoint(context, info),
    { path: '/tags', methods: { GET: ({ query }) => listTags(context, query, null, '/tags') } },
    {
      path: '/tags/:tags',
      methods: {
        GET: ({ query, params }) =>
          listTags(context, query, params['tags']!, `/tags/${encodeURIComponent(params['tags']!)}`),
      },
    },
    {
      path: '/config',
      methods: {
        GET: async () => {
          throw badRequest('this endpoint is only available when Kong is configured to not use a database')
        },
        POST: async () => {
          throw badRequest('this endpoint is only available when Kong is configured to not use a database')
        },
      },
    },
  ]
}

/** There only where the policy of that name is, as Kong has it. */
function metricsEndpoint({ policies }: AdminContext, { metrics }: NodeInfo): Endpoint[] {
  if (metrics === undefined || !policies.some(({ name }) => name === 'prometheus')) return []
  return [{ path: '/metrics', methods: { GET: async () => ({ status: 200, body: null, text: await metrics() }) } }]
}

async function nodeInformation(context: AdminContext, info: NodeInfo): Promise<Values> {
  const available = context.policies.map((policy) => [
    policy.name,
    { version: kongVersion, priority: priorityOf(policy.name, policy) },
  ])
  return {
    version: kongVersion,
    tagline: 'Welcome to kong',
    edition: 'community',
    hostname: info.hostname,
    node_id: info.nodeId,
    lua_version: 'none',
    pids: { master: process.pid, workers: [process.pid] },
    timers: { running: 0, pending: 0 },
    plugins: {
      available_on_server: Object.fromEntries(available),
      enabled_in_cluster: await pluginsInUse(context),
    },
    // Clients write entities only where they believe there is a database.
    configuration: { database: 'postgres', router_flavor: 'traditional_compatible', ...info.configuration },
  }
}

async function pluginsInUse(context: AdminContext): Promise<string[]> {
  const names = new Set<string>()
  let after: string | null = null
  do {
    const page = await context.store.page({ kind: 'plugins', size: PAGE, after })
    for (const plugin of page.entities) names.add(String(plugin.json['name']))
    after = page.after
  } while (after !== null)
  return [...names]
}

async function status(context: AdminContext, info: NodeInfo, query: URLSearchParams): Promise<Values> {
  const unit = (query.get('unit') ?? 'm').toLowerCase()
  const scale = Number(query.get('scale') ?? 2)
  const divisor = Object.hasOwn(UNITS, unit) ? UNITS[unit]! : null
  if (divisor === null) throw badRequest(`invalid unit '${unit}' (expected 'k/K', 'm/M', or 'g/G')`)
  if (!Number.isInteger(scale) || scale < 0 || scale > 100) throw badRequest('scale must be equal or greater than 0')
  const used = process.memoryUsage().heapUsed
  const size = unit === 'b' ? used : `${(used / divisor).toFixed(scale)} ${unit.toUpperCase()}iB`
  const { active, accepted, requests } = info.connections()
  return {
    memory: { workers_lua_vms: [{ pid: process.pid, http_allocated_gc: size }], lua_shared_dicts: {} },
    server: {
      connections_accepted: accepted,
      connections_active: active,
      connections_handled: accepted,
      connections_reading: 0,
      connections_waiting: 0,
      connections_writing: active,
      total_requests: requests,
    },
    database: { reachable: await isReachable(context) },
  }
}

async function isReachable({ store }: Pick<AdminContext, 'store'>): Promise<boolean> {
  try {
    await store.tags({ tag: null, size: 1, offset: 0 })
    return true
  } catch (error) {
    if (error instanceof StoreUnavailable) return false
    throw error
  }
}

async function listTags(context: AdminContext, query: URLSearchParams, tag: string | null, path: string) {
  const [size, start] = [readSize(query), readCount(query)]
  const rows = await context.store.tags({ tag, size: size + 1, offset: start })
  const data = rows.slice(0, size).map((row) => ({ entity_name: row.kind, entity_id: row.id, tag: row.tag }))
  if (rows.length <= size) return ok({ data, next: null })
  const offset = String(start + size)
  return ok({ data, offset, next: `${path}?offset=${offset}` })
}
