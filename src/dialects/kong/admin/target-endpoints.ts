import type { StoredEntity } from '../../../store/port.ts'
import type { Values } from '../entities/kind.ts'
import { formattedTarget } from '../entities/target.ts'
import { answerWith, create, patch, remove } from './actions.ts'
import type { AdminContext } from './context.ts'
import { type AdminRequest, created, type Endpoint, noContent, ok } from './endpoint.ts'
import { inputFor } from './input.ts'
import { find, findChild } from './lookup.ts'
import { readCount, readSize } from './paging.ts'
import { notFound, schemaViolation } from './problem.ts'

const PAGE = 1000

/**
 * Targets under their upstream. They differ from other children: newest first, paged by number, and PUT only changes
 * what exists.
 */
export function targetEndpoints(context: AdminContext, healthOf: (target: StoredEntity) => string): Endpoint[] {
  const kind = context.kinds.get('targets')!
  const upstreams = context.kinds.get('upstreams')!
  const upstreamRow = async (request: AdminRequest) => {
    const row = await find(context, upstreams, request.params['upstreams']!)
    if (!row) throw notFound()
    return row
  }
  const targetRow = async (request: AdminRequest) => {
    const { id } = await upstreamRow(request)
    const row = await findChild(context, kind, request.params['targets']!, 'upstream', id)
    if (!row) throw notFound()
    return row
  }
  const list = async (request: AdminRequest, last: string, more: (target: StoredEntity) => Values = () => ({})) => {
    const { id } = await upstreamRow(request)
    const [size, start] = [readSize(request.query), readCount(request.query)]
    const all = await newestFirst(context, id)
    const data = all.slice(start, start + size)
    const body: Values = { data: [], next: null }
    body['data'] = await Promise.all(
      data.map(async (row) => ({ ...(await answerWith(context, kind, row)), ...more(row) })),
    )
    if (all.length > start + size) {
      body['offset'] = String(start + size)
      body['next'] = `/upstreams/${encodeURIComponent(request.params['upstreams']!)}/${last}?offset=${start + size}`
    }
    return body
  }
  const change = async (request: AdminRequest) => {
    const row = await targetRow(request)
    const input = inputFor(kind, request.body, row.json)
    return ok(await answerWith(context, kind, await patch(context, kind, { field: 'id', value: row.id }, input)))
  }
  const mark = async (request: AdminRequest) => {
    await targetRow(request)
    return noContent
  }
  return [
    {
      path: '/upstreams/:upstreams/targets',
      methods: {
        GET: async (request) => ok(await list(request, 'targets')),
        async POST(request) {
          const { id } = await upstreamRow(request)
          const input: Values = { ...inputFor(kind, request.body), upstream: { id } }
          // Said alone and without the value, before anything else is looked at.
          if (typeof input['target'] === 'string' && formattedTarget(input['target']) === null) {
            throw schemaViolation({ target: 'Invalid target; not a valid hostname or ip address' })
          }
          return created(await answerWith(context, kind, await create(context, kind, input)))
        },
      },
    },
    {
      path: '/upstreams/:upstreams/targets/all',
      methods: { GET: async (request) => ok(await list(request, 'targets/all')) },
    },
    {
      path: '/upstreams/:upstreams/health',
      methods: {
        GET: async (request) => ok(await list(request, 'health', (target) => ({ health: healthOf(target) }))),
      },
    },
    {
      path: '/upstreams/:upstreams/targets/:targets',
      methods: {
        GET: async (request) => ok(await answerWith(context, kind, await targetRow(request))),
        PUT: change,
        PATCH: change,
        async DELETE(request) {
          await remove(context, kind, (await targetRow(request)).id)
          return noContent
        },
      },
    },
    { path: '/upstreams/:upstreams/targets/:targets/healthy', methods: { PUT: mark } },
    { path: '/upstreams/:upstreams/targets/:targets/unhealthy', methods: { PUT: mark } },
  ]
}

/** An upstream's targets are few; Kong's order is not the store's. */
async function newestFirst(context: AdminContext, upstreamId: string): Promise<StoredEntity[]> {
  const all: StoredEntity[] = []
  let after: string | null = null
  do {
    const referencing = { field: 'upstream', id: upstreamId }
    const page = await context.store.page({ kind: 'targets', size: PAGE, after, referencing })
    all.push(...page.entities)
    after = page.after
  } while (after !== null)
  const time = (target: StoredEntity) => Number(target.json['created_at'])
  return all.sort((a, b) => time(b) - time(a) || (a.id < b.id ? 1 : -1))
}
