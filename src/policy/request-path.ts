import { escapedPath } from '../base/escaped-path.ts'
import type { Exchange } from './exchange.ts'

/** The normal path as it may stand in a request line, without query. */
export function requestPath(exchange: Exchange): string {
  return escapedPath(exchange.path)
}

/** Normal path and query, as a request line would have them. */
export function requestTarget(exchange: Exchange): string {
  const path = escapedPath(exchange.path)
  return exchange.query === '' ? path : `${path}?${exchange.query}`
}
