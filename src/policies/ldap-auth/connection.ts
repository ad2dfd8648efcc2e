/** One connection to an LDAP server. The package speaks LDAP; what becomes of sockets and time is decided here. */
import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { Client, ResultCodeError } from 'ldapts'
import type { Config } from './schema.ts'

/**
 * What the server says of a name and a password. `unsure`: it could not tell just now, so the answer is a refusal that is
 * not to be remembered.
 */
export type BindAnswer = 'good' | 'bad' | 'unsure'

export interface LdapConnection {
  /** False once the socket is gone. */
  readonly open: boolean
  /** Connects first where that is still to be done. @throws Error when the server can't be asked. */
  bind(entry: string, password: string): Promise<BindAnswer>
  close(): void
}

export type Dial = () => LdapConnection

/** RFC 4511 §4.1.9: operationsError, timeLimitExceeded, adminLimitExceeded, busy, unavailable, loopDetect, other. */
const UNSURE = new Set([1, 3, 11, 51, 52, 54, 80])

export function dialer(config: Config): Dial {
  const { ldaps, start_tls, timeout, verify_ldap_host } = config
  const host = config.ldap_host.replace(/^\[(.*)\]$/, '$1')
  const url = `${ldaps ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${config.ldap_port}`
  // an address is no server name (RFC 6066 §3); it is compared with the certificate all the same
  const tls: ConnectionOptions = {
    host,
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: verify_ldap_host,
  }

  return function dial() {
    let socket: Socket | null = null
    let closed = false
    let ready = false
    const watched = <S extends Socket>(made: S): S => {
      socket = made
      made.once('close', () => {
        closed = true
      })
      return made
    }
    const client = new Client({
      ...{ url, timeout, connectTimeout: timeout, strictDN: false },
      ...(ldaps && { tlsOptions: tls }),
      createConnection: (() => watched(connect({ host, port: config.ldap_port, noDelay: true }))) as typeof connect,
      createSecureConnection: ((first: unknown) =>
        typeof first === 'object'
          ? connectTls(first as ConnectionOptions)
          : watched<TLSSocket>(connectTls({ ...tls, port: config.ldap_port }))) as typeof connectTls,
    })

    /** The package bounds connecting and answers, but not the change over to TLS. */
    async function getReady(): Promise<void> {
      if (ready || !start_tls) return
      const late = setTimeout(() => socket?.destroy(new Error(`no TLS within ${timeout} ms`)), timeout)
      try {
        await client.startTLS({ ...tls })
      } finally {
        clearTimeout(late)
      }
      ready = true
    }

    function close(): void {
      closed = true
      socket?.destroy()
    }

    return {
      get open() {
        return !closed
      },
      async bind(entry, password) {
        try {
          await getReady()
        } catch (error) {
          close()
          throw error
        }
        try {
          await client.bind(entry, password)
          return 'good'
        } catch (error) {
          if (error instanceof ResultCodeError) return UNSURE.has(error.code) ? 'unsure' : 'bad'
          close()
          throw error
        }
      },
      close,
    }
  }
}
