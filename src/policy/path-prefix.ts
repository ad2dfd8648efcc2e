import { escapedPath } from '../base/escaped-path.ts'
import { normalPath } from '../base/normal-path.ts'
import type { Exchange } from './exchange.ts'
import { requestPath } from './request-path.ts'

/**
 * What stands behind a prefix that a route matched.
 *
 * @param prefix as it was written in configuration; a slash at its end does not count, as it does not in matching.
 * @returns a function that gives the rest of the path as it may stand in a request line, or null where the path has another prefix.
 */
export function prefixRest(prefix: string): (exchange: Exchange) => string | null {
  const trimmed = prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  const wanted = escapedPath(normalPath(trimmed) ?? trimmed)
  return (exchange) => {
    const path = requestPath(exchange)
    return path.startsWith(wanted) ? path.slice(wanted.length) : null
  }
}
