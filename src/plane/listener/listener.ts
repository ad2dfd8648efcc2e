import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import net from 'node:net'
import tls from 'node:tls'
import type { ClientFacts } from '../client-side.ts'
import { ByteSocket } from '../http1/byte-socket.ts'
import { readClientHello } from './client-hello.ts'
import { readProxyHeader } from './proxy-protocol.ts'

/** How TLS is spoken with clients that asked for a certain server name. */
export interface TlsProfile {
  readonly context: tls.SecureContext
  /** Ask for a client certificate; `required` refuses handshakes without a good one. */
  readonly clientCertificate: 'none' | 'optional' | 'required'
}

export interface ListenerOptions {
  /** By which routes tell it from others. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Null for plain HTTP. */
  readonly tls: { profile(serverName: string | null): TlsProfile } | null
  /** Protocols offered to TLS clients. */
  readonly http2: boolean
  /** Speak HTTP/2 at once with plain clients that begin with its preface. */
  readonly http2PriorKnowledge: boolean
  readonly proxyProtocol: boolean
  trusts(ip: string): boolean
  /** A connection that speaks HTTP/1; `first` are bytes read already. */
  http1(bytes: ByteSocket, facts: ClientFacts, first: Buffer | null): void
  http2Session(session: ServerHttp2Session, facts: ClientFacts): void
}

/** Time for what comes before HTTP: PROXY header and TLS handshake, in milliseconds. */
const PREAMBLE_MS = 20_000
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** One listening socket: takes connections through PROXY protocol and TLS to the protocol they speak. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #server: net.Server
  readonly #plain: boolean
  readonly #preambles = new Set<net.Socket>()

  constructor(options: ListenerOptions) {
    this.#options = options
    const plain = options.tls === null && !options.proxyProtocol && !options.http2PriorKnowledge
    // nothing precedes HTTP on such a connection, so its reads need no stream
    this.#plain = plain
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: plain }, (socket) => {
      this.take(socket)
    })
  }

  /** @throws when the address can't be listened on. */
  async listen(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** Takes a connection, unread: one of its own, or one that another process accepted. */
  take(socket: net.Socket): void {
    socket.allowHalfOpen = true
    const facts = this.#facts(socket)
    if (this.#plain) this.#options.http1(ByteSocket.accepted(socket), facts, null)
    else if (this.#options.proxyProtocol && facts.trusted) this.#afterProxyHeader(socket, facts)
    else this.#afterPreamble(socket, facts, null)
  }

  /** Takes no more connections. */
  close(): void {
    this.#server.close()
    for (const socket of this.#preambles) socket.destroy()
  }

  #facts(socket: net.Socket): ClientFacts {
    return {
      ip: plainAddress(socket.remoteAddress ?? ''),
      port: socket.remotePort ?? 0,
      localIp: plainAddress(socket.localAddress ?? ''),
      localPort: socket.localPort ?? 0,
      scheme: this.#options.tls === null ? 'http' : 'https',
      listener: this.#options.name,
      sni: null,
      certificate: null,
      http2: false,
      trusted: this.#options.trusts(plainAddress(socket.remoteAddress ?? '')),
    }
  }

  /**
   * Reads until `take` is satisfied.
   * @param take returns null to wait for more, or what to do with all bytes read so far.
   */
  #preamble(socket: net.Socket, first: Buffer | null, take: (bytes: Buffer) => (() => void) | null): void {
    let bytes = first ?? Buffer.alloc(0)
    const end = () => {
      clearTimeout(timer)
      this.#preambles.delete(socket)
      socket.off('data', data)
      socket.off('end', lost)
      socket.off('error', lost)
      socket.off('close', lost)
    }
    const lost = () => {
      end()
      socket.destroy()
    }
    const timer = setTimeout(lost, PREAMBLE_MS)
    timer.unref()
    const data = (chunk: Buffer) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      const go = take(bytes)
      if (go === null) return
      end()
      go()
    }
    const now = bytes.length > 0 ? take(bytes) : null
    if (now !== null) {
      clearTimeout(timer)
      now()
      return
    }
    this.#preambles.add(socket)
    socket.on('data', data)
    socket.on('end', lost)
    socket.on('error', lost)
    socket.on('close', lost)
  }

  #afterProxyHeader(socket: net.Socket, facts: ClientFacts): void {
    this.#preamble(socket, null, (bytes) => {
      const header = readProxyHeader(bytes)
      if (header.kind === 'incomplete') return null
      if (header.kind === 'malformed') return () => socket.destroy()
      const rest = bytes.subarray(header.length)
      return () => this.#afterPreamble(socket, { ...facts, ...header.address }, rest.length > 0 ? rest : null)
    })
  }

  #afterPreamble(socket: net.Socket, facts: ClientFacts, first: Buffer | null): void {
    if (this.#options.tls !== null) return this.#startTls(socket, facts, first)
    if (!this.#options.http2PriorKnowledge) return this.#options.http1(ByteSocket.over(socket), facts, first)
    this.#preamble(socket, first, (bytes) => {
      const compared = Math.min(bytes.length, PREFACE.length)
      if (!bytes.subarray(0, compared).equals(PREFACE.subarray(0, compared))) {
        return () => this.#options.http1(ByteSocket.over(socket), facts, bytes)
      }
      if (compared < PREFACE.length) return null
      return () => {
        socket.pause()
        socket.unshift(bytes)
        this.#options.http2Session(performServerHandshake(socket), { ...facts, http2: true })
      }
    })
  }

  #startTls(socket: net.Socket, facts: ClientFacts, first: Buffer | null): void {
    this.#preamble(socket, first, (bytes) => {
      const hello = readClientHello(bytes)
      if (hello.kind === 'incomplete') return null
      const serverName = hello.kind === 'hello' ? hello.serverName : null
      return () => {
        socket.pause()
        socket.unshift(bytes)
        this.#handshake(socket, { ...facts, sni: serverName })
      }
    })
  }

  #handshake(socket: net.Socket, facts: ClientFacts): void {
    const profile = this.#options.tls!.profile(facts.sni)
    const secure = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: profile.context,
      requestCert: profile.clientCertificate !== 'none',
      rejectUnauthorized: profile.clientCertificate === 'required',
      ALPNProtocols: this.#options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    })
    const timer = setTimeout(() => secure.destroy(), PREAMBLE_MS)
    timer.unref()
    const lost = () => {
      clearTimeout(timer)
      this.#preambles.delete(socket)
      secure.destroy()
    }
    this.#preambles.add(socket)
    secure.on('error', lost)
    secure.on('close', lost)
    secure.once('secure', () => {
      clearTimeout(timer)
      this.#preambles.delete(socket)
      secure.off('error', lost)
      secure.off('close', lost)
      const peer = profile.clientCertificate === 'none' || !secure.authorized ? null : secure.getPeerX509Certificate()
      if (profile.clientCertificate === 'required' && !peer) return void secure.destroy()
      const tls = {
        version: secure.getProtocol() ?? '',
        cipher: secure.getCipher().name,
        certificate: peer !== null && peer !== undefined,
      }
      const known = { ...facts, tls, certificate: peer?.raw ?? null }
      if (secure.alpnProtocol === 'h2') {
        const session = performServerHandshake(secure)
        // A TLSSocket that no tls.Server made never stops saying that it is connecting; the session waits for this.
        secure.emit('secureConnect')
        this.#options.http2Session(session, { ...known, http2: true })
      } else this.#options.http1(ByteSocket.over(secure), known, null)
    })
  }
}

/** IPv4 as it is written, also where the socket is an IPv6 one. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
