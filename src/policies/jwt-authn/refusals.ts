import type { Exchange } from '../../policy/exchange.ts'
import type { Reason } from '../../policy/reason.ts'
import { requestTarget } from '../../policy/request-path.ts'
import { type Denied, denied } from '../../policy/verdict.ts'
import { reasons } from './reasons.ts'

/** Characters of the path and query that Envoy's challenge repeats. */
const REALM_CHARACTERS = 256

/** The refusal of this request, with the challenge that Envoy words it with. */
export function refused(exchange: Exchange, reason: Reason): Denied {
  const error = reason === reasons.missing ? '' : ', error="invalid_token"'
  return denied(reason, { challenge: `Bearer realm="${realm(exchange)}"${error}` })
}

function realm(exchange: Exchange): string {
  const { scheme, host, query, target } = exchange
  const end = query === '' && target.endsWith('?') ? '?' : ''
  const uri = unquoted(requestTarget(exchange) + end).slice(0, REALM_CHARACTERS)
  return `${scheme}://${unquoted(host)}${uri}`
}

/** What could end the quoted text is escaped as in a URL. */
function unquoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\\', '%5C')
}
