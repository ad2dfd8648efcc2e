import type { Socket } from 'node:net'
import { type Context, Hono } from 'hono'
import type { Clock } from '../base/clock.ts'
import type { Publish } from '../dialects/kong/admin/context.ts'
import type { Body, Endpoint, Method } from '../dialects/kong/admin/endpoint.ts'
import { adminEndpoints } from '../dialects/kong/admin/endpoints.ts'
import type { NodeInfo } from '../dialects/kong/admin/node-info.ts'
import { badRequest, methodNotAllowed, notFound } from '../dialects/kong/admin/problem.ts'
import type { TargetHealthPort } from '../dialects/kong/admin/target-health.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { MAX_ARGUMENTS } from '../dialects/kong/schema/form.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import type { Store } from '../store/port.ts'
import { type AccessRules, admit, OPEN } from './access/admission.ts'
import { shownPath } from './access/shown-path.ts'
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
  /** Who knows how targets fare. */
  readonly targetHealth: TargetHealthPort
  /** The release that the API introduces itself as: `Server: kong/VERSION`. */
  readonly version: string
  readonly info: NodeInfo
  /** What broke while a request was handled; the caller only hears that something did. */
  readonly logError?: (error: unknown) => void
  /** Names beside those of this machine under which browsers may reach the API, and whose pages may use it. */
  readonly hosts?: readonly string[]
  /** What writes queue up in, where they share it with those of another API over the same store. */
  readonly inTurn?: ReturnType<typeof makeTurns>
  /** Everything under `/sallyport`, which is ours alone. */
  readonly own?: Hono
  /** Who may call, as it stands now. Default: everybody. */
  readonly access?: () => AccessRules
  /** Told of every write that was tried by somebody who may. */
  readonly audit?: (write: AuditedWrite) => void
  /** Told of every request by somebody who may not. */
  readonly refused?: (ip: string | null) => void
}

/** What a log may say of a write: nothing that was sent. */
export interface AuditedWrite {
  /** The token's name or the certificate's subject; null where nobody is asked. */
  readonly caller: string | null
  readonly ip: string | null
  readonly method: string
  /** Without what may be a secret: keys and tokens that entities are looked up by. */
  readonly path: string
  readonly status: number
}

/** Set for each request: the connection, by the server, and the path as a log may show it. */
type AdminEnv = { Bindings: { incoming?: { socket?: Socket } }; Variables: { shownPath?: string } }
type AdminHonoContext = Context<AdminEnv>

const NO_BODY: Body = { isForm: false, values: {} }

/**
 * The Admin API as Kong speaks it, over a store. Reads run as they come; writes run one at a time, each answered only
 * when everyone who serves has taken it over.
 */
export function createAdminApi(options: AdminOptions): Hono<AdminEnv> {
  const { store, policies, publish, clock, targetHealth, own } = options
  const kinds = entityKinds(policies, () => clock.now())
  const { inTurn = makeTurns() } = options
  const hosts = new Set(options.hosts?.map((host) => host.toLowerCase()))
  const app = new Hono<AdminEnv>({ strict: false })

  app.use(async function refuseForeignPages(context, next) {
    const problem = foreignPage(context.req.header('host'), context.req.header('origin'), hosts)
    if (problem === null) return next()
    return answerResponse({ status: 403, body: { message: problem } }, { Server: `kong/${options.version}` })
  })

  app.use(async function admitCallers(context, next) {
    // What a path is good for is no secret, and browsers ask for it without saying who they are.
    if (context.req.method === 'OPTIONS') return next()
    const socket: Socket | undefined = context.env?.incoming?.socket
    const ip = socket?.remoteAddress ?? null
    const admission = admit(options.access?.() ?? OPEN, (name) => context.req.header(name), socket)
    if (!admission.admitted) {
      options.refused?.(ip)
      const headers = { ...commonHeaders(context), 'WWW-Authenticate': admission.challenge }
      return answerResponse({ status: 401, body: { message: admission.message } }, headers)
    }
    await next()
    const { method } = context.req
    if (method === 'GET' || method === 'HEAD') return
    const path = context.get('shownPath') ?? context.req.path.replace(/^(\/[a-z_-]*).*$/s, '$1/…')
    options.audit?.({ caller: admission.caller, ip, method, path, status: context.res.status })
  })

  async function handle(context: AdminHonoContext, endpoint: Endpoint): Promise<Response> {
    const sent = context.req.method
    const method = (sent === 'HEAD' ? 'GET' : sent) as Method
    if (sent === 'OPTIONS') return optionsResponse(endpoint, context.req.raw, commonHeaders(context))
    const started = clock.now()
    context.set('shownPath', shownPath(endpoint.path, context.req.param(), kinds))
    try {
      const writes = method !== 'GET'
      const body = writes && method !== 'DELETE' ? await readBody(context.req.raw, endpoint.takesYaml) : NO_BODY
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

  function commonHeaders(context: AdminHonoContext, started = clock.now()): CommonHeaders {
    return {
      Server: `kong/${options.version}`,
      'X-Kong-Admin-Latency': String(Math.max(0, clock.now() - started)),
      'Access-Control-Allow-Origin': context.req.header('origin') ?? '*',
      'Access-Control-Allow-Credentials': 'true',
    }
  }

  if (own) app.route('/sallyport', own)
  for (const endpoint of adminEndpoints({ store, kinds, policies, clock, publish }, options.info, targetHealth)) {
    app.all(endpoint.path, (context) => handle(context, endpoint))
  }
  app.notFound((context) => answerResponse(notFound(), commonHeaders(context)))
  app.onError((error, context) => {
    options.logError?.(error)
    return unexpectedResponse(commonHeaders(context))
  })
  return app
}
