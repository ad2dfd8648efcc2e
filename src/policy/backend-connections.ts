import { Pool } from 'undici'
import { boundedBytes } from '../base/bounded-bytes.ts'
import { type BackendTls, tlsOptions } from './backend-tls.ts'

/** The most an answer may hold. */
const ANSWER_BYTES = 1024 * 1024

/** A server that a policy asks something, at the address that was configured. */
export interface Backend {
  readonly host: string
  readonly port: number
  /** Null for plain HTTP. */
  readonly tls: BackendTls | null
}

export interface BackendRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Name, value, name, value… `host` among them. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | string | null
  /** From the connection to the answer's last byte. */
  readonly timeoutMs: number
}

export interface BackendAnswer {
  readonly status: number
  /** Names in lower case, values byte strings. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Asks over HTTP/1.1. @throws Error when there is no whole answer in time. */
export type AskBackend = (request: BackendRequest) => Promise<BackendAnswer>

/** Connections to a backend, kept between requests. */
export function connectionsTo({ host, port, tls }: Backend): { readonly ask: AskBackend; close(): Promise<void> } {
  const name = host.includes(':') ? `[${host}]` : host
  const pool = new Pool(`${tls === null ? 'http' : 'https'}://${name}:${port}`, {
    allowH2: false,
    ...(tls !== null && { connect: tlsOptions(tls, host) }),
  })
  const ask: AskBackend = async ({ method, path, headers, body, timeoutMs }) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), timeoutMs)
    try {
      const answer = await pool.request({
        method: method as 'GET',
        path,
        headers: [...headers],
        body: body === null ? null : Buffer.from(body),
        signal: late.signal,
      })
      const bytes = await boundedBytes(answer.body, ANSWER_BYTES)
      return { status: answer.statusCode, headers: pairs(answer.headers), body: bytes.toString('utf8') }
    } finally {
      clearTimeout(timer)
    }
  }
  return { ask, close: () => pool.destroy() }
}

function pairs(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []]
      .flat()
      .map((value): [string, string] => [name.toLowerCase(), Buffer.from(value, 'utf8').toString('latin1')]),
  )
}
