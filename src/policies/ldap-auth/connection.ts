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
    let clear: ClearBytes = { areOneMessage: () => false }
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
      createConnection: (() => {
        const plain = watched(connect({ host, port: config.ldap_port, noDelay: true }))
        if (start_tls) clear = bytesOf(plain)
        return plain
      }) as typeof connect,
      createSecureConnection: ((first: unknown) => {
        if (typeof first !== 'object') return watched<TLSSocket>(connectTls({ ...tls, port: config.ldap_port }))
        // The package would read on where it is: what anybody says now would be taken for the answer to the first bind.
        if (!clear.areOneMessage()) throw new Error('the server said more in the clear than that TLS may begin')
        return connectTls(first as ConnectionOptions)
      }) as typeof connectTls,
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

/** What a server said before TLS began. */
interface ClearBytes {
  /** True for one whole message and nothing else. Told once: nobody listens any more then. */
  areOneMessage(): boolean
}

/** Far more than an answer to StartTLS has. */
const MOST_CLEAR_BYTES = 16_384

function bytesOf(socket: Socket): ClearBytes {
  let bytes = Buffer.alloc(0)
  const note = (more: Buffer) => {
    bytes = Buffer.concat([bytes, more])
    if (bytes.length > MOST_CLEAR_BYTES) socket.destroy(new Error('the server says too much before TLS'))
  }
  socket.on('data', note)
  return {
    areOneMessage() {
      socket.off('data', note)
      return bytes.length === messageLength(bytes)
    },
  }
}

/** Length of the LDAP message that the bytes begin with, its own head included (a BER sequence); -1 for none. */
function messageLength(bytes: Buffer): number {
  const [tag, first] = bytes
  if (tag !== 0x30 || first === undefined) return -1
  if (first < 0x80) return 2 + first
  const octets = first & 0x7f
  return octets >= 1 && octets <= 4 && bytes.length >= 2 + octets ? 2 + octets + bytes.readUIntBE(2, octets) : -1
}
