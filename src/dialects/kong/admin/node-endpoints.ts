import { configEndpoint } from './config/config-endpoint.ts'
import type { AdminContext } from './context.ts'
import { diagnosticEndpoints } from './diagnostic-endpoints.ts'
import { type Endpoint, ok } from './endpoint.ts'
import type { NodeInfo } from './node-info.ts'
import { nodeInformation } from './node-information.ts'
import { nodeStatus } from './node-status.ts'
import { readCount, readSize } from './paging.ts'

/** `/`, `/status`, `/plugins/enabled`, `/tags`, `/config`, and what is about the node itself. */
export function nodeEndpoints(context: AdminContext, info: NodeInfo): Endpoint[] {
  const names = context.policies.map((policy) => policy.name).sort()
  return [
    { path: '/', methods: { GET: async () => ok(await nodeInformation(context, info)) } },
    {
      path: '/status',
      query: ['unit', 'scale'],
      methods: { GET: async ({ query }) => ok(await nodeStatus(context.store, info, query)) },
    },
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
    configEndpoint(context, info.declared ?? null),
    ...diagnosticEndpoints(info),
  ]
}

/** There only where the policy of that name is, as Kong has it. */
function metricsEndpoint({ policies }: AdminContext, { metrics }: NodeInfo): Endpoint[] {
  if (metrics === undefined || !policies.some(({ name }) => name === 'prometheus')) return []
  return [{ path: '/metrics', methods: { GET: async () => ({ status: 200, body: null, text: await metrics() }) } }]
}

async function listTags(context: AdminContext, query: URLSearchParams, tag: string | null, path: string) {
  const [size, start] = [readSize(query), readCount(query)]
  const rows = await context.store.tags({ tag, size: size + 1, offset: start })
  const data = rows.slice(0, size).map((row) => ({ entity_name: row.kind, entity_id: row.id, tag: row.tag }))
  if (rows.length <= size) return ok({ data, next: null })
  const offset = String(start + size)
  return ok({ data, offset, next: `${path}?offset=${offset}` })
}
