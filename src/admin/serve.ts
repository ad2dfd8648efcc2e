import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

/** How long an unused connection is kept, in milliseconds: longer than clients keep theirs. */
const KEEP_ALIVE_MS = 75_000

export interface AdminServer {
  readonly host: string
  /** The port that is listened on, also when 0 was asked for. */
  readonly port: number
  /** Stops listening, and resolves when what was under way is answered. */
  close(): Promise<void>
}

/**
 * Serves the Admin API over plain HTTP.
 *
 * @throws Error when the address cannot be listened on.
 */
export async function serveAdmin(app: Hono, { host, port }: { host: string; port: number }): Promise<AdminServer> {
  const server = createAdaptorServer({ fetch: app.fetch })
  // Clients that pool connections would otherwise write into one that is just being closed.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = KEEP_ALIVE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    host,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      }),
  }
}
