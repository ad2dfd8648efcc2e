import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLoopback } from '../../base/loopback.ts'
import type { Address } from '../plane.ts'

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

export interface StatusServer {
  readonly port: number
  close(): Promise<void>
}

/** What the status listener tells. */
export interface Told {
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Whether every source is loaded and served. */
  ready(): boolean
  /** As the dialect words it, for its own clients: how the node is, given the query; null for a query that is none. */
  status(query: URLSearchParams): Promise<Readonly<Record<string, unknown>> | null>
  /** As the dialect words it: why traffic should go elsewhere; null when it should not. */
  unready(): string | null
}

/**
 * The status listener, for orchestrators and scrapers: `/livez` (the process turns), `/readyz` (every source is loaded
 * and served) and `/metrics` (Prometheus text); and for clients of Kong `/status` and `/status/ready`. A POST of
 * `{"status":"draining"}` to the last has the node tell everybody that it is not ready, while it goes on serving.
 */
export async function serveStatus(address: Address, told: Told): Promise<StatusServer> {
  let draining = false
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : text)
    }
    const json = (status: number, value: object) =>
      answer(status, JSON.stringify(value), 'application/json; charset=utf-8')
    const [path, query] = request.url!.split('?', 2)
    if (request.method === 'POST' && path === '/status/ready') {
      if (!isLoopback(request.socket.remoteAddress ?? '')) {
        request.resume()
        return json(403, { message: 'only this machine may take the node out of service' })
      }
      readSmall(request).then((text) => {
        const wanted = readyState(text)
        if (wanted === null) return json(400, { message: 'status must be one of: draining, ready' })
        draining = wanted === 'draining'
        response.writeHead(204).end()
      })
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET\n')
    switch (path) {
      case '/livez':
        return answer(200, 'live\n')
      case '/readyz':
        if (draining) return answer(503, 'not ready: draining\n')
        return told.ready()
          ? answer(200, 'ready\n')
          : answer(503, 'not ready: sources are still loading, or draining\n')
      case '/status/ready': {
        const why = draining ? 'draining' : told.unready()
        return why === null ? json(200, { message: 'ready' }) : json(503, { message: why })
      }
      case '/status':
        told.status(new URLSearchParams(query)).then(
          (status) => (status === null ? json(400, { message: 'bad unit or scale' }) : json(200, status)),
          () => json(500, { message: 'An unexpected error occurred' }),
        )
        return
      case '/metrics':
        told.metrics().then(
          (text) => answer(200, text, PROMETHEUS_TEXT),
          (error: unknown) => answer(500, `${String(error)}\n`),
        )
        return
      default:
        return answer(404, 'here are /livez, /readyz, /metrics, /status and /status/ready\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

/** A body of some hundred bytes; longer ones are cut. */
async function readSmall(request: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of request) if (text.length < 1000) text += chunk
  } catch {
    // whoever sent it is gone
  }
  return text
}

/** `{"status":"draining"}` as JSON, or the same as a form. */
function readyState(text: string): 'draining' | 'ready' | null {
  let status: unknown = new URLSearchParams(text).get('status')
  try {
    status = (JSON.parse(text) as { status?: unknown } | null)?.status
  } catch {
    // a form, or nothing that anybody knows
  }
  return status === 'draining' || status === 'ready' ? status : null
}
