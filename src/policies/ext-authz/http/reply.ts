import type { BackendAnswer } from '../../../policy/backend-connections.ts'
import { type Allowed, type Decision, type HeaderChange, isFraming, isSendable, undecided } from '../decision.ts'
import type { Config } from '../schema.ts'

const REMOVE = 'x-envoy-auth-headers-to-remove'
/** What a client hears of any denial, whatever is configured. */
const ALWAYS_TOLD = ['location', 'www-authenticate']
/** The gateway writes its own. */
const OWN: ReadonlySet<string> = new Set(['date', 'server', 'host'])

/** What a reply means: 200 allows, 5xx is no decision, everything else denies with what it says. */
export function replyReader(config: Config): (reply: BackendAnswer) => Decision {
  const backend = lowered(config.headersToBackend)
  const success = lowered(config.headersToClientOnSuccess)
  const client = config.headersToClient === null ? null : lowered([...config.headersToClient, ...ALWAYS_TOLD])

  function allowed({ headers }: BackendAnswer): Allowed {
    const request: HeaderChange[] = []
    const response: HeaderChange[] = []
    const removed: string[] = []
    for (const [name, value] of headers) {
      if (name === REMOVE) removed.push(...value.split(',').map((each) => each.trim().toLowerCase()))
      if (backend.has(name) && !isFraming(name)) request.push({ op: 'set', name, value })
      if (success.has(name) && !isFraming(name)) response.push({ op: 'add', name, value })
    }
    return {
      kind: 'allowed',
      request,
      removed: removed.filter((name) => name !== '' && name !== 'host' && !name.startsWith(':')),
      response,
      query: { set: [], removed: [] },
      metadata: null,
    }
  }

  return (reply) => {
    if (reply.status === 200) return allowed(reply)
    if (reply.status >= 500) return undecided(`the service answers ${reply.status}`)
    const headers = reply.headers.filter(
      ([name, value]) =>
        (client === null || client.has(name)) && !isFraming(name) && !OWN.has(name) && isSendable(name, value),
    )
    return { kind: 'denied', status: reply.status, headers, body: reply.body, metadata: null }
  }
}

function lowered(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}
