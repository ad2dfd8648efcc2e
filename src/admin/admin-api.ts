import { type Context, Hono } from 'hono'
import type { Clock } from '../base/clock.ts'
import type { Publish } from '../dialects/kong/admin/context.ts'
import type { Body, Endpoint, Method } from '../dialects/kong/admin/endpoint.ts'
import { adminEndpoints } from '../dialects/kong/admin/endpoints.ts'
import type { NodeInfo } from '../dialects/kong/admin/node-endpoints.ts'
import { badRequest, methodNotAllowed, notFound } from '../dialects/kong/admin/problem.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { MAX_ARGUMENTS } from '../dialects/kong/schema/form.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import type { Store } from '../store/port.ts'
import { answerResponse, type CommonHeaders, optionsResponse, problemResponse, unexpectedResponse } from './answer.ts'
import { foreignPage } from './foreign-page.ts'
import { readBody } from './request-body.ts'
import { makeTurns } from './turns.ts'

export interface AdminOptions {
  readonly store: Store
  readonly policies: readonly AnyPolicy[]
  /** Awaited before a write is answered; called in the order of revisions. */
  readonly publish: Publish
  readonly clock: Clock
  /** The release that the API introduces itself as: `Server: kong/VERSION`. */
  readonly version: string
  readonly info: NodeInfo
  /** What broke while a request was handled; the caller only hears that something did. */
  readonly logError?: (error: unknown) => void
  /** Names beside those of this machine under which browsers may reach the API, and whose pages may use it. */
  readonly hosts?: readonly string[]
  /** Everything under `/sallyport`, which is ours alone. */
  readonly own?: Hono
}

const NO_BODY: Body = { isForm: false, values: {} }

/**
 * The Admin API as Kong speaks it, over a store. Reads run as they come; writes run one at a time, each answered only
 * when everyone who serves has taken it over.
 */
export function createAdminApi(options: AdminOptions): Hono {
  const { store, policies, publish, clock, own } = options
  const kinds = entityKinds(policies, () => clock.now())
  const inTurn = makeTurns()
  const hosts = new Set(options.hosts?.map((host) => host.toLowerCase()))
  const app = new Hono({ strict: false })

  app.use(async function refuseForeignPages(context, next) {
    const problem = foreignPage(context.req.header('host'), context.req.header('origin'), hosts)
    if (problem === null) return next()
    return answerResponse({ status: 403, body: { message: problem } }, { Server: `kong/${options.version}` })
  })

  async function handle(context: Context, endpoint: Endpoint): Promise<Response> {
    const sent = context.req.method
    const method = (sent === 'HEAD' ? 'GET' : sent) as Method
    if (sent === 'OPTIONS') return optionsResponse(endpoint, context.req.raw, commonHeaders(context))
    const started = clock.now()
    try {
      const writes = method !== 'GET'
      const body = writes && method !== 'DELETE' ? await readBody(context.req.raw) : NO_BODY
      const handler = Object.hasOwn(endpoint.methods, method) ? endpoint.methods[method] : undefined
      if (!handler) throw methodNotAllowed()
      const query = new URL(context.req.url).searchParams
      if (query.size > MAX_ARGUMENTS) throw badRequest('Too many arguments')
      const request = { params: context.req.param(), query, body }
      const answer = writes ? await inTurn(() => handler(request)) : await handler(request)
      return answerResponse(answer, commonHeaders(context, started))
    } catch (error) {
      const response = problemResponse(error, commonHeaders(context, started))
      if (response) return response
      options.logError?.(error)
      return unexpectedResponse(commonHeaders(context, started))
    }
  }

  function commonHeaders(context: Context, started = clock.now()): CommonHeaders {
    return {
      Server: `kong/${options.version}`,
      'X-Kong-Admin-Latency': String(Math.max(0, clock.now() - started)),
      'Access-Control-Allow-Origin': context.req.header('origin') ?? '*',
      'Access-Control-Allow-Credentials': 'true',
    }
  }

  if (own) app.route('/sallyport', own)
  for (const endpoint of adminEndpoints({ store, kinds, policies, clock, publish }, options.info)) {
    app.all(endpoint.path, (context) => handle(context, endpoint))
  }
  app.notFound((context) => answerResponse(notFound(), commonHeaders(context)))
  app.onError((error, context) => {
    options.logError?.(error)
    return unexpectedResponse(commonHeaders(context))
  })
  return app
}
