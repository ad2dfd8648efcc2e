import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Address } from '../plane.ts'

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

export interface StatusServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * The status listener, for orchestrators and scrapers: `/livez` (the process turns), `/readyz` (every source is loaded
 * and served) and `/metrics` (Prometheus text).
 */
export async function serveStatus(
  address: Address,
  metrics: () => Promise<string>,
  ready: () => boolean,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'only GET\n')
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return answer(200, 'live\n')
      case '/readyz':
        return ready() ? answer(200, 'ready\n') : answer(503, 'not ready: sources are still loading, or draining\n')
      case '/metrics':
        metrics().then(
          (text) => answer(200, text, PROMETHEUS_TEXT),
          (error: unknown) => answer(500, `${String(error)}\n`),
        )
        return
      default:
        return answer(404, 'here are /livez, /readyz and /metrics\n')
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
