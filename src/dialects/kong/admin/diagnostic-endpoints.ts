import type { AdminRequest, Endpoint, Handler, Method } from './endpoint.ts'
import { noContent, ok } from './endpoint.ts'
import type { LogLevel, NodeInfo } from './node-info.ts'
import { AdminProblem, badRequest, notFound } from './problem.ts'

/** How long a level of the log holds where nobody says, in seconds. */
const USUAL_SECONDS = 60

/** The endpoints about the node itself, and those of what this gateway is not, with Kong's words for that. */
export function diagnosticEndpoints({ logLevel }: NodeInfo): Endpoint[] {
  return [
    // Nothing is cached that a change would not reach, so there is never anything to be found, and nothing to be dropped.
    {
      path: '/cache/:key',
      methods: {
        GET: async () => {
          throw notFound()
        },
        DELETE: async () => noContent,
      },
    },
    { path: '/cache', methods: { DELETE: async () => noContent } },
    { path: '/timers', methods: { GET: async () => ok(timers()) } },
    ...(logLevel === undefined ? [] : logLevelEndpoints(logLevel)),
    not('/status/dns', ['GET'], 501, 'not implemented with the legacy DNS client'),
    ...['/clustering/data-planes', '/clustering/status'].map((path) => not(path, ['GET'], 400, NO_CONTROL_PLANE)),
    ...['', '/services/:services', '/routes/:routes'].flatMap((parent) => [
      not(`${parent}/filter-chains`, ['GET', 'POST'], 400, NO_WASM),
      not(`${parent}/filter-chains/:filter_chains`, ['GET', 'PUT', 'PATCH', 'DELETE'], 400, NO_WASM),
    ]),
    ...['service', 'route'].map((field) =>
      not(`/filter-chains/:filter_chains/${field}`, ['GET', 'PUT', 'PATCH', 'DELETE'], 400, NO_WASM),
    ),
  ]
}

const NO_WASM = 'this endpoint is only available when wasm is enabled'
const NO_CONTROL_PLANE =
  'this endpoint is only available when Kong is configured to run as Control Plane for the cluster'

function not(path: string, methods: readonly Method[], status: number, message: string): Endpoint {
  const refuse: Handler = async () => {
    throw new AdminProblem(status, { message })
  }
  return { path, methods: Object.fromEntries(methods.map((method) => [method, refuse])) }
}

function timers() {
  const waiting = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const sys = { total: waiting, runs: 0, running: 0, pending: 0, waiting }
  return { worker: { id: 0, count: 1 }, stats: { sys, timers: {}, flamegraph: {} } }
}

function logLevelEndpoints(level: LogLevel): Endpoint[] {
  const change = ({ params, query }: AdminRequest) => {
    const name = params['log_level']!
    if (!level.names.includes(name)) throw badRequest(`unknown log level: ${name}`)
    const given = Number(query.get('timeout') || USUAL_SECONDS)
    const seconds = Math.ceil(Number.isFinite(given) ? given : USUAL_SECONDS)
    if (seconds < 0) throw badRequest('timeout must be greater than or equal to 0')
    if (level.current() === name) return ok({ message: `log level is already ${name}` })
    level.change(name, seconds)
    return ok({ message: 'log level changed' })
  }
  return [
    {
      path: '/debug/node/log-level',
      methods: { GET: async () => ok({ message: `log level: ${level.current()}` }) },
    },
    {
      path: '/debug/node/log-level/:log_level',
      query: ['timeout'],
      methods: { PUT: async (request) => change(request) },
    },
  ]
}
