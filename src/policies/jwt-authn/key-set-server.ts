import { isIP } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, buildConnector } from 'undici'
import { boundedBytes } from '../../base/bounded-bytes.ts'
import type { Fetch } from '../../policy/policy.ts'
import type { RemoteKeys } from './schema.ts'

/** From the first attempt to the last byte of the last, as kgateway has it. */
const ALL_MS = 5000
const SET_BYTES = 1024 * 1024

/** A server that has a key set, at the address that was configured whatever the URL's host is. */
export interface KeySetServer {
  /** Where the set is, for the log. */
  readonly name: string
  /** @throws Error that says why there is no set, after five seconds at the latest. */
  fetchSet(): Promise<Uint8Array>
  close(): void
}

export function keySetServer(remote: RemoteKeys, fetch: Fetch): KeySetServer {
  const url = new URL(remote.url)
  const dispatcher = agentFor(remote)

  async function attempt(signal: AbortSignal): Promise<Uint8Array | Failed> {
    let response: Response
    try {
      // a redirection would let somebody nobody configured say which keys are good
      response = await fetch(url.href, {
        dispatcher,
        signal,
        redirect: 'manual',
        headers: { accept: 'application/json' },
      })
    } catch (error) {
      return new Failed(`could not be asked: ${reasonOf(error)}`, !signal.aborted)
    }
    if (response.status !== 200) {
      await response.body?.cancel().catch(() => {})
      return new Failed(`answered ${response.status}`, response.status >= 500)
    }
    try {
      return await boundedBytes(response.body, SET_BYTES)
    } catch (error) {
      return new Failed(`broke off: ${reasonOf(error)}`, !signal.aborted)
    }
  }

  return {
    name: `${url.origin}${url.pathname}`,
    async fetchSet() {
      const signal = AbortSignal.timeout(ALL_MS)
      const { retries = 0, baseMs = 0, maxMs = null } = remote.retry ?? {}
      for (let n = 0; ; n++) {
        const answer = await attempt(signal)
        if (!(answer instanceof Failed)) return answer
        if (n >= retries || !answer.isWorthAnother) throw new Error(answer.why)
        // anywhere up to the longest wait, so that those who failed together do not come back together
        const longest = Math.min(baseMs * 2 ** n, maxMs ?? 10 * baseMs)
        await wait(Math.random() * longest, null, { signal, ref: false }).catch(() => {
          throw new Error(answer.why)
        })
      }
    },
    close: () => void dispatcher.destroy().catch(() => {}),
  }
}

class Failed {
  readonly why: string
  readonly isWorthAnother: boolean
  constructor(why: string, isWorthAnother: boolean) {
    this.why = why
    this.isWorthAnother = isWorthAnother
  }
}

/** Connects to the configured host and port, by TLS or not as configured: the URL is only what is asked for. */
function agentFor({ host, port, tls }: RemoteKeys): Agent {
  const connect = buildConnector({
    timeout: ALL_MS,
    allowH2: false,
    ...(tls !== null && tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
    rejectUnauthorized: tls?.verify ?? true,
  })
  const serverName = tls?.serverName ?? (isIP(host) === 0 ? host : null)
  return new Agent({
    connections: 1,
    connect: (options, done) =>
      connect(
        {
          ...options,
          hostname: host,
          host: `${host}:${port}`,
          port: String(port),
          protocol: tls === null ? 'http:' : 'https:',
          ...(serverName === null ? {} : { servername: serverName }),
        },
        done,
      ),
  })
}

/** The cause where there is one: `fetch failed` says nothing. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
