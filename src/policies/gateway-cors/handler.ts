import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { answered, next } from '../../policy/verdict.ts'
import { originMatcher } from './origins.ts'
import { config } from './schema.ts'

const ALLOW_ORIGIN = 'access-control-allow-origin'
const ALLOW_CREDENTIALS = 'access-control-allow-credentials'
const EXPOSE_HEADERS = 'access-control-expose-headers'

export const gatewayCors = definePolicy({
  name: 'gateway-cors',
  phase: 'guard',
  summary: 'Tell browsers which pages of other origins may call this and read the answers, as the Gateway API has it.',
  config,
  reasons: {},
  consumerScope: false,
  compile(given) {
    const isAllowed = originMatcher(given.allowOrigins)
    const methods = asked(given.allowMethods, 'access-control-request-method')
    const headers = asked(given.allowHeaders, 'access-control-request-headers')
    const exposed = given.exposeHeaders.join(', ')

    return {
      /** Answers before anybody asks for credentials: a browser's preflight carries none. */
      request: function answerPreflight(exchange) {
        if (!isPreflight(exchange)) return next
        const isOurs = isAllowed(exchange.header('origin')!)
        const lines: [string, string][] = []
        if (isOurs) lines.push([ALLOW_ORIGIN, exchange.header('origin')!])
        if (given.allowCredentials) lines.push([ALLOW_CREDENTIALS, 'true'])
        const allowedMethods = methods(exchange)
        if (allowedMethods !== null) lines.push(['access-control-allow-methods', allowedMethods])
        const allowedHeaders = headers(exchange)
        if (allowedHeaders !== null) lines.push(['access-control-allow-headers', allowedHeaders])
        if (given.maxAge !== null) lines.push(['access-control-max-age', String(given.maxAge)])
        if (isOurs && exposed !== '') lines.push([EXPOSE_HEADERS, exposed])
        return answered({ status: 200, headers: lines, body: '' })
      },
      /** Also on refusals: a page that may not read a 401 can't ask its user to log in. */
      response: function tellRules(exchange) {
        const origin = exchange.header('origin')
        if (origin === undefined || origin === '' || isPreflight(exchange) || !isAllowed(origin)) return
        exchange.setResponseHeader(ALLOW_ORIGIN, origin)
        if (given.allowCredentials) exchange.setResponseHeader(ALLOW_CREDENTIALS, 'true')
        if (exposed !== '') exchange.setResponseHeader(EXPOSE_HEADERS, exposed)
      },
    }
  },
})

function isPreflight(exchange: Exchange): boolean {
  if (exchange.method !== 'OPTIONS') return false
  return Boolean(exchange.header('origin')) && Boolean(exchange.header('access-control-request-method'))
}

/** A list as it is told; `*` repeats what the browser asks for. Null where nothing is told. */
function asked(list: readonly string[], header: string): (exchange: Exchange) => string | null {
  if (list.length === 1 && list[0] === '*') return (exchange) => exchange.header(header) ?? ''
  const told = list.length === 0 ? null : list.join(', ')
  return () => told
}
