import { Agent } from 'undici'
import type { Fetch } from '../../policy/policy.ts'
import type { Config } from './schema.ts'

/** Whoever the records are sent to. */
export interface Collector {
  /** `host:port`, for the log. */
  readonly name: string
  /** @throws Error that says why the records were not taken. */
  send(entries: readonly string[]): Promise<void>
  close(): void
}

export function collector(config: Config, batched: boolean, fetch: Fetch): Collector {
  const url = new URL(config.http_endpoint)
  const name = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  const userinfo = `${decoded(url.username)}:${decoded(url.password)}`
  const headers = new Headers(config.headers ?? {})
  headers.set('content-type', config.content_type)
  if (userinfo !== ':') headers.set('authorization', `Basic ${Buffer.from(userinfo).toString('base64')}`)
  url.username = ''
  url.password = ''
  const dispatcher = new Agent({ keepAliveTimeout: config.keepalive, keepAliveMaxTimeout: config.keepalive })
  return {
    name,
    async send(entries) {
      const body = batched ? `[${entries.join(',')}]` : entries[0]!
      // a redirection would send what we know of callers to somebody nobody configured
      const request = {
        method: config.method,
        headers: [...headers] as [string, string][],
        body,
        redirect: 'manual' as const,
        dispatcher,
      }
      const response = await fetch(url.href, { ...request, signal: AbortSignal.timeout(config.timeout) }).catch(
        (error: unknown) => {
          throw new Error(`${name} could not be asked: ${reasonOf(error)}`)
        },
      )
      // read to its end, so that the connection can be used again
      await response.arrayBuffer().catch(() => {})
      if (response.status >= 300) throw new Error(`${name} answered ${response.status}`)
    },
    // a second close is no matter
    close: () => void dispatcher.close().catch(() => {}),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The cause where there is one: `fetch failed` says nothing. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.message} (${cause.code})` : cause.message
}
