import { constants } from 'node:crypto'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { createAdaptorServer } from '@hono/node-server'
import { rememberVerified } from './access/client-certificate.ts'

/** How long an unused connection is kept, in milliseconds: longer than clients keep theirs. */
const KEEP_ALIVE_MS = 75_000

/** Answers requests; `bindings` hold the connection they came by. */
interface Served {
  fetch(request: Request, bindings: object): Response | Promise<Response>
}

/** What the Admin API shows its callers, and what theirs are verified with; PEM each. */
export interface AdminTls {
  readonly cert: string
  readonly key: string
  /** Null where callers are not asked for a certificate. */
  readonly clientAuthorities: string | null
}

export interface AdminServer {
  readonly host: string
  /** The port that is listened on, also when 0 was asked for. */
  readonly port: number
  /** For connections to come. Whether callers are asked for a certificate stays as it was. @throws Error for bad PEM. */
  setTls(tls: AdminTls): void
  /** Stops listening, and resolves when what was under way is answered. */
  close(): Promise<void>
}

/**
 * Serves the Admin API, over TLS where there is a certificate.
 *
 * @throws Error when the address cannot be listened on, or certificate and key can't be used.
 */
export async function serveAdmin(
  app: Served,
  { host, port }: { host: string; port: number },
  tls: AdminTls | null = null,
): Promise<AdminServer> {
  let authorities = tls?.clientAuthorities ?? null
  const server =
    tls === null
      ? createAdaptorServer({ fetch: app.fetch })
      : createAdaptorServer({
          fetch: app.fetch,
          createServer: createTlsServer,
          // Who has no good certificate is told so by an answer, and may have a token.
          serverOptions: { ...contextOptions(tls), requestCert: authorities !== null, rejectUnauthorized: false },
        })
  server.on('secureConnection', (socket: TLSSocket) => {
    if (authorities !== null) rememberVerified(socket, authorities)
  })
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
    setTls(next) {
      if (!('setSecureContext' in server)) return
      server.setSecureContext(contextOptions(next))
      authorities = next.clientAuthorities
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      }),
  }
}

function contextOptions({ cert, key, clientAuthorities }: AdminTls): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientAuthorities === null ? {} : { ca: clientAuthorities }),
    minVersion: 'TLSv1.2',
    // A session that is resumed brings along what was verified in another, perhaps with authorities that are gone.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}
