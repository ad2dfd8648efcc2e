import { jsonObject, member } from '../../base/strict-json.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'

/** Whether a request asks for its session to be ended. */
export function logoutDetector(given: Config): (exchange: Exchange) => boolean {
  const methods: ReadonlySet<string> = new Set(given.logout_methods)
  const { logout_query_arg: argument, logout_post_arg: name, read_body_for_logout: readBody } = given
  return (exchange) => {
    if (!methods.has(exchange.method)) return false
    return exchange.queryValues(argument).length > 0 || (readBody && isInBody(exchange, name))
  }
}

function isInBody(exchange: Exchange, name: string): boolean {
  const type = exchange.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  const body = exchange.body()
  if (body === null) return false
  if (type === 'application/json') {
    const object = jsonObject(body)
    return object !== null && member(object, name) !== undefined
  }
  return (
    type === 'application/x-www-form-urlencoded' && new URLSearchParams(Buffer.from(body).toString('latin1')).has(name)
  )
}
