import type { Exchange } from '../../policy/exchange.ts'
import { prefixRest } from '../../policy/path-prefix.ts'
import { definePolicy } from '../../policy/policy.ts'
import { requestTarget } from '../../policy/request-path.ts'
import { answered } from '../../policy/verdict.ts'
import { type Config, check, config } from './schema.ts'

export const requestRedirect = definePolicy({
  name: 'request-redirect',
  phase: 'shape',
  summary: 'Send callers to another address.',
  config,
  check,
  reasons: {},
  compile(given) {
    const { status, hostname } = given
    const port = given.port === null ? '' : `:${given.port}`
    const path = pathChange(given.path)
    return {
      request: function redirect(exchange) {
        const scheme = given.scheme ?? exchange.scheme
        const host = hostname ?? ownHost(exchange, scheme, given.port !== null)
        return answered({ status, headers: [['location', `${scheme}://${host}${port}${path(exchange)}`]], body: '' })
      },
    }
  },
})

/**
 * The host that was asked for. Its port goes where another is given, and where another scheme would make the default port
 * of the old one wrong.
 */
function ownHost(exchange: Exchange, scheme: string, hasPort: boolean): string {
  const { host } = exchange
  const colon = host.lastIndexOf(':')
  if (colon < 0 || host.endsWith(']')) return host
  const defaultPort = exchange.scheme === 'https' ? ':443' : ':80'
  const drops = hasPort || (scheme !== exchange.scheme && host.slice(colon) === defaultPort)
  return drops ? host.slice(0, colon) : host
}

function pathChange(path: Config['path']): (exchange: Exchange) => string {
  if (path === null) return requestTarget
  const { kind, value } = path
  if (kind === 'full') {
    if (value.includes('?')) return () => value
    return ({ query }) => (query === '' ? value : `${value}?${query}`)
  }
  const rest = prefixRest(path.prefix)
  return (exchange) => {
    const left = rest(exchange)
    if (left === null) return requestTarget(exchange)
    return exchange.query === '' ? value + left : `${value}${left}?${exchange.query}`
  }
}
