import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { answered, next } from '../../policy/verdict.ts'
import { allowedOrigin } from './allowed-origin.ts'
import { type Config, check, config } from './schema.ts'

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin'
const ALLOW_CREDENTIALS = 'Access-Control-Allow-Credentials'
const EXPOSE_HEADERS = 'Access-Control-Expose-Headers'

export const cors = definePolicy({
  name: 'cors',
  phase: 'guard',
  summary: 'Tell browsers which pages of other origins may call this and read the answers.',
  config,
  check,
  reasons: {},
  consumerScope: false,
  compile(given) {
    const { exposed_headers, preflight_continue, allow_origin_absent } = given
    const allowed = allowedOrigin(given)
    const exposed = exposed_headers === null || exposed_headers.length === 0 ? null : exposed_headers.join(',')
    const preflightHeaders = preflightAnswerHeaders(given)

    return {
      /** Answers before anybody asks for credentials: a browser's preflight carries none. */
      request: function answerPreflight(exchange) {
        if (preflight_continue || !isPreflight(exchange)) return next
        const { origin, credentials, varies } = allowed(exchange.header('origin'))
        const headers: [string, string][] = []
        if (origin !== null) headers.push([ALLOW_ORIGIN, origin])
        if (credentials) headers.push([ALLOW_CREDENTIALS, 'true'])
        if (varies) headers.push(['Vary', 'Origin'])
        headers.push(...preflightHeaders(exchange))
        return answered({ status: 200, headers, body: '' })
      },
      /** Also on refusals: a page that may not read a 401 can't ask its user to log in. */
      response: function tellRules(exchange) {
        if (isPreflight(exchange)) return
        const sent = exchange.header('origin')
        if (sent === undefined && !allow_origin_absent) return
        const { origin, credentials, varies } = allowed(sent)
        if (origin === null) exchange.dropResponseHeader(ALLOW_ORIGIN)
        else exchange.setResponseHeader(ALLOW_ORIGIN, origin)
        if (credentials) exchange.setResponseHeader(ALLOW_CREDENTIALS, 'true')
        if (varies) exchange.addResponseHeader('Vary', 'Origin')
        if (exposed !== null) exchange.setResponseHeader(EXPOSE_HEADERS, exposed)
      },
    }
  },
})

/** Fetch standard, "CORS-preflight request". */
function isPreflight(exchange: Exchange): boolean {
  return (
    exchange.method === 'OPTIONS' &&
    exchange.header('origin') !== undefined &&
    exchange.header('access-control-request-method') !== undefined
  )
}

function preflightAnswerHeaders(given: Config): (exchange: Exchange) => [string, string][] {
  const headers = given.headers === null || given.headers.length === 0 ? null : given.headers.join(',')
  const fixed: [string, string][] = [['Access-Control-Allow-Methods', given.methods.join(',')]]
  if (given.max_age !== null) fixed.push(['Access-Control-Max-Age', String(given.max_age)])
  return (exchange) => {
    const lines = [...fixed]
    const allowed = headers ?? exchange.header('access-control-request-headers')
    if (allowed !== undefined) lines.push(['Access-Control-Allow-Headers', allowed])
    if (given.private_network && exchange.header('access-control-request-private-network') === 'true') {
      lines.push(['Access-Control-Allow-Private-Network', 'true'])
    }
    return lines
  }
}
