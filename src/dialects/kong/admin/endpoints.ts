import { answerWith } from './actions.ts'
import type { DeclaredState } from './config/declared-state.ts'
import type { AdminContext } from './context.ts'
import { type Endpoint, ok } from './endpoint.ts'
import { entityEndpoints } from './entity-endpoints.ts'
import { nodeEndpoints } from './node-endpoints.ts'
import type { NodeInfo } from './node-info.ts'
import { openApiDocument, shownPath } from './openapi/document.ts'
import { AdminProblem } from './problem.ts'
import { schemaEndpoints } from './schema-endpoints.ts'
import { targetEndpoints } from './target-endpoints.ts'
import type { TargetHealthPort } from './target-health.ts'

/** The whole Admin API as paths and what each method does there. Where two paths fit, the one without parameters wins. */
export function adminEndpoints(whole: AdminContext, info: NodeInfo, health: TargetHealthPort): readonly Endpoint[] {
  const context = info.declared ? touching(whole, info.declared) : whole
  const special = [
    ...nodeEndpoints(whole, info),
    ...schemaEndpoints(context),
    ...targetEndpoints(context, info.nodeId, health),
  ]
  const taken = new Set(special.map((endpoint) => endpoint.path))
  const derived = entityEndpoints(context).filter((endpoint) => !taken.has(endpoint.path))
  const all: Endpoint[] = [...special, ...derived.map((endpoint) => withCustomId(context, endpoint))]
  const listing: Endpoint = { path: '/endpoints', methods: { GET: async () => ok({ data: paths }) } }
  const document: Endpoint = {
    path: '/openapi.json',
    methods: { GET: async () => ok((written ??= openApiDocument(all, context.kinds, context.policies))) },
  }
  all.push(listing, document)
  let written: Record<string, unknown> | undefined
  const paths = [...new Set(all.map((endpoint) => shownPath(endpoint.path)))].sort(bySegments)
  return all
}

/** Every write of a single entity takes what is served away from what was declared. */
function touching(context: AdminContext, declared: DeclaredState): AdminContext {
  return {
    ...context,
    publish(changes, revision) {
      declared.touched()
      return context.publish(changes, revision)
    },
  }
}

function bySegments(a: string, b: string): number {
  const [left, right] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')]
  return left < right ? -1 : left > right ? 1 : 0
}

/** `GET /consumers?custom_id=x` finds the one consumer with that id of yours. */
function withCustomId(context: AdminContext, endpoint: Endpoint): Endpoint {
  if (endpoint.path !== '/consumers') return endpoint
  const kind = context.kinds.get('consumers')!
  return {
    ...endpoint,
    query: ['custom_id'],
    methods: {
      ...endpoint.methods,
      async GET(request) {
        const customId = request.query.get('custom_id')
        if (customId === null) return endpoint.methods.GET!(request)
        if (customId === '') throw new AdminProblem(400, { message: 'custom_id must be an unempty string' })
        const row = await context.store.findUnique('consumers', 'custom_id', customId)
        return ok({ data: row ? [await answerWith(context, kind, row)] : [], next: null })
      },
    },
  }
}
