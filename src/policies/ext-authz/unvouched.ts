import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'

/** What every client sends for itself, whoever may replace it. */
const CLIENTS_OWN: ReadonlySet<string> = new Set(
  'accept accept-encoding accept-language authorization content-type cookie origin referer user-agent'.split(' '),
)

/**
 * Takes headers of a client's away that tell the service behind what the authorization service has found out: those that
 * the config names for that, unless the authorization service was shown them. Where it then sets none, there is none.
 */
export function unvouchedRemover({
  headersToBackend,
  headersToForward,
}: Config): ((exchange: Exchange) => void) | null {
  const shown = new Set(headersToForward?.map((name) => name.toLowerCase()))
  const names = headersToBackend.map((name) => name.toLowerCase())
  const unvouched = new Set(names.filter((name) => !shown.has(name) && !CLIENTS_OWN.has(name)).map(folded))
  if (unvouched.size === 0) return null
  return function removeUnvouched(exchange) {
    for (const [name] of exchange.headerPairs()) if (unvouched.has(folded(name))) exchange.dropHeader(name)
  }
}

/** As a service that folds names sees them. */
function folded(name: string): string {
  return name.replace(/[_.]/g, '-')
}
