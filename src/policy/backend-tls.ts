import { isIP } from 'node:net'
import type { z } from 'zod'
import { flag, list, optional, record, text } from './fields.ts'

/** How a policy speaks TLS with a server that it asks something. */
export const backendTls = () =>
  record({
    ca: list(text())
      .default([])
      .describe('Authorities (PEM) that the server is believed by; the usual ones when empty.'),
    serverName: optional(text()).describe('The name asked for and checked; the host when null.'),
    verify: flag().default(true).describe('False to take any certificate: whoever is between may then answer.'),
  })
export type BackendTls = z.infer<ReturnType<typeof backendTls>>

/** As Node's `tls.connect` takes it. */
export interface TlsOptions {
  readonly ca?: string[]
  readonly servername?: string
  readonly rejectUnauthorized: boolean
}

export function tlsOptions({ ca, serverName, verify }: BackendTls, host: string): TlsOptions {
  const name = serverName ?? host
  return {
    ...(ca.length > 0 && { ca: [...ca] }),
    // an address is no server name (RFC 6066 §3); the certificate is then checked against the address
    ...(isIP(name) === 0 && { servername: name }),
    rejectUnauthorized: verify,
  }
}
