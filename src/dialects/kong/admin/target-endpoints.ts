import type { StoredEntity } from '../../../store/port.ts'
import type { Values } from '../entities/kind.ts'
import { formattedTarget } from '../entities/target.ts'
import { answerWith, create, patch, remove } from './actions.ts'
import type { AdminContext } from './context.ts'
import { type AdminRequest, created, type Endpoint, noContent, ok } from './endpoint.ts'
import { inputFor } from './input.ts'
import { find, findChild } from './lookup.ts'
import { readCount, readSize } from './paging.ts'
import { badRequest, notFound, schemaViolation } from './problem.ts'
import { addressName, shownBalancer, shownTarget, type TargetHealthPort, targetName } from './target-health.ts'

const PAGE = 1000

/**
 * Targets under their upstream. They differ from other children: newest first, paged by number, and PUT only changes
 * what exists.
 */
export function targetEndpoints(context: AdminContext, nodeId: string, fares: TargetHealthPort): Endpoint[] {
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
  /** By hand: all addresses of the target, or the one that is named. */
  const mark = (healthy: boolean) => async (request: AdminRequest) => {
    const upstream = await upstreamRow(request)
    const target = String((await targetRow(request)).json['target'])
    const health = await fares.of(upstream.id)
    if (health === null || !health.isChecked) {
      throw badRequest(`no healthchecker found for ${String(upstream.json['name'])}`)
    }
    const wanted = request.params['address'] === undefined ? null : formattedTarget(request.params['address'])
    const addresses = health.targets.flatMap((each) => {
      if (targetName(each) !== target) return []
      const found = each.addresses.filter(({ ip, port }) => wanted === null || addressName(ip, port) === wanted)
      return found.map(({ ip, port }) => ({ host: each.host, ip, port }))
    })
    await fares.set(upstream.id, addresses, healthy)
    return noContent
  }
  const health = async (request: AdminRequest) => {
    const { id } = await upstreamRow(request)
    const found = await fares.of(id)
    if (request.query.get('balancer_health') === '1') {
      return ok({ data: shownBalancer(found, id), next: null, node_id: nodeId })
    }
    const page = await list(request, 'health', (target) => shownTarget(found, String(target.json['target'])))
    return ok({ ...page, node_id: nodeId })
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
      methods: { GET: health },
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
    { path: '/upstreams/:upstreams/targets/:targets/healthy', methods: { PUT: mark(true) } },
    { path: '/upstreams/:upstreams/targets/:targets/unhealthy', methods: { PUT: mark(false) } },
    { path: '/upstreams/:upstreams/targets/:targets/:address/healthy', methods: { PUT: mark(true) } },
    { path: '/upstreams/:upstreams/targets/:targets/:address/unhealthy', methods: { PUT: mark(false) } },
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
