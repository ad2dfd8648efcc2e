import { wireText } from '../../base/wire-text.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { fieldsOfBody, Parameters } from './parameters.ts'

/** The name under which a token stands among the parameters (RFC 6750 §2.2, §2.3). */
export const TOKEN_PARAMETER = 'access_token'

/** Finds the token of a request: in the header when there is one, else among the parameters. */
export function tokenFinder(headerName: string, hides: boolean): (exchange: Exchange) => string | null {
  const header = headerName.toLowerCase()
  return (exchange) => {
    const value = exchange.header(header)
    const token = value === undefined ? new Parameters(exchange).text(TOKEN_PARAMETER) : inHeader(value)
    if (token !== undefined && hides) hide(exchange, value === undefined ? null : header)
    return token ?? null
  }
}

const NAMED = /^\s*(?:bearer|token)\s+(\S+)\s*$/i

/** `Bearer X` and `token X`; of anything else the whole is taken for a token. */
function inHeader(value: string): string {
  return wireText(NAMED.exec(value)?.[1] ?? value) ?? ''
}

/** Also of tokens that turn out bad: by `anonymous` the request may still get to the service. */
function hide(exchange: Exchange, header: string | null): void {
  if (header !== null) {
    exchange.dropHeader(header)
    return
  }
  exchange.dropQuery(TOKEN_PARAMETER)
  const rest = fieldsOfBody(exchange)?.without(TOKEN_PARAMETER)
  if (rest) exchange.replaceBody(rest)
}
