import type { Socket } from 'node:net'
import tls from 'node:tls'
import type { Deadlines, Limited } from '../deadlines.ts'
import type {
  Endpoint,
  RequestFraming,
  ResponseHandler,
  ServiceConnection,
  UpstreamFault,
} from '../upstream/service-connection.ts'
import { type AcceptedResponse, acceptResponse } from './acceptable.ts'
import { BodyReader, type BodySink } from './body-reader.ts'
import { type Borrowed, ByteSocket, kept } from './byte-socket.ts'
import type { HeaderRoles } from './header-roles.ts'
import { type HeadLimits, ResponseHead } from './message-head.ts'

/** Who keeps the connection between two requests. */
export interface ConnectionPool {
  giveBack(connection: UpstreamConnection): void
  forget(connection: UpstreamConnection): void
}

/** Interim responses to one request that are put up with. */
const INTERIM_LIMIT = 64
const LIMITS: HeadLimits = { headBytes: 131072, headers: 1024 }
const EMPTY = Buffer.alloc(0)

/**
 * One HTTP/1.1 connection to a service. It carries one request at a time and is handed from request to request by the
 * pool; whatever the service says out of turn ends it.
 */
export class UpstreamConnection implements ServiceConnection, Limited, BodySink {
  deadline = 0
  readonly #bytes: ByteSocket
  readonly #socket: Socket
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  readonly #pool: ConnectionPool
  readonly #head = new ResponseHead()
  /** Requests it has carried before. */
  served = 0
  /** Position in the pool's list of idle ones; -1 when not idle. */
  idleIndex = -1
  /** True once a byte of the current response has arrived. */
  answering = false
  connected = false
  closed = false
  #handler: ResponseHandler | null = null
  #method = ''
  #pending: Buffer | null = null
  #reader: BodyReader | null = null
  #accepted: AcceptedResponse | null = null
  #interims = 0
  #readTimeout = 0
  #writeTimeout = 0
  #switching = false
  #chunked = false
  #paused = false
  /** The whole request was handed to the socket: from now on the service has `readTimeout` to say something. */
  #requestSent = false

  constructor(
    endpoint: Endpoint,
    connectTimeout: number,
    deadlines: Deadlines,
    roles: HeaderRoles,
    pool: ConnectionPool,
  ) {
    this.#deadlines = deadlines
    this.#roles = roles
    this.#pool = pool
    const target = { host: endpoint.host, port: endpoint.port, noDelay: true }
    this.#bytes =
      endpoint.tls === null ? ByteSocket.connect(target) : ByteSocket.over(tls.connect({ ...endpoint.tls, ...target }))
    this.#socket = this.#bytes.socket
    this.#bytes.onBytes = (chunk) => this.#data(chunk)
    this.deadline = deadlines.now + connectTimeout
    deadlines.add(this)
    this.#socket.on(endpoint.tls === null ? 'connect' : 'secureConnect', () => {
      this.connected = true
      this.#expectWrite()
    })
    this.#socket.on('drain', () => {
      if (this.#handler === null) return
      this.#expectWrite()
      this.#handler.requestDrain()
    })
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#error(error))
    this.#socket.on('close', () => this.#lost('closed'))
  }

  /** Takes this connection for one request. Times in milliseconds. */
  begin(handler: ResponseHandler, method: string, readTimeout: number, writeTimeout: number): void {
    this.#handler = handler
    this.#method = method
    this.#readTimeout = readTimeout
    this.#writeTimeout = writeTimeout
    this.#interims = 0
    this.answering = false
    this.#switching = false
    this.#requestSent = false
    if (this.connected) this.#expectWrite()
  }

  /** The limit for what is waited for now: the service's reading, its answer, or nothing while the client's body comes. */
  #expectWrite(): void {
    if (this.#paused) return
    if (this.#socket.writableNeedDrain) this.deadline = this.#deadlines.now + this.#writeTimeout
    else this.deadline = this.#requestSent ? this.#deadlines.now + this.#readTimeout : 0
  }

  sendHead(lines: string, framing: RequestFraming): boolean {
    this.#chunked = framing.kind === 'stream'
    const line =
      framing.kind === 'stream'
        ? 'Transfer-Encoding: chunked\r\n'
        : framing.kind === 'length'
          ? `Content-Length: ${framing.length}\r\n`
          : ''
    return this.#wrote(this.#socket.write(`${lines}${line}\r\n`, 'latin1'))
  }

  sendData(chunk: Borrowed): boolean {
    const socket = this.#socket
    if (!this.#chunked) return this.#wrote(socket.write(kept(chunk)))
    socket.cork()
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    socket.write(kept(chunk))
    const more = socket.write('\r\n', 'latin1')
    socket.uncork()
    return this.#wrote(more)
  }

  sendEnd(trailers: string): void {
    this.#requestSent = true
    if (this.#chunked) this.#socket.write(`0\r\n${trailers}\r\n`, 'latin1')
    if (this.connected) this.#expectWrite()
  }

  #wrote(more: boolean): boolean {
    if (this.connected) this.#expectWrite()
    return more
  }

  giveBack(): void {
    this.#pool.giveBack(this)
  }

  pause(): void {
    if (this.#paused || this.closed) return
    this.#paused = true
    this.deadline = 0
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused || this.closed) return
    this.#paused = false
    this.#expectWrite()
    this.#socket.resume()
  }

  /** Allows a 101 in answer to the current request. */
  expectSwitch(): void {
    this.#switching = true
  }

  #data(chunk: Buffer): void {
    const handler = this.#handler
    if (handler === null) {
      // Nobody asked: a stray answer, or one meant for somebody else.
      this.destroy()
      return
    }
    this.#expectWrite()
    this.answering = true
    let bytes = chunk
    if (this.#pending !== null) {
      bytes = Buffer.concat([this.#pending, chunk])
      this.#pending = null
    }
    let at = 0
    while (this.#reader === null) {
      const head = this.#head
      const scanned = head.scan(bytes, at, bytes.length, this.#roles, LIMITS)
      if (scanned === 'incomplete') {
        this.#pending = kept(at === 0 ? bytes : bytes.subarray(at))
        handler.responseFlush()
        return
      }
      if (scanned !== 'complete') return this.#fail('invalid')
      at += head.length
      const accepted = acceptResponse(head, this.#method)
      if (accepted === null) return this.#fail('invalid')
      if (head.status < 200) {
        if (head.status === 101) return this.#switch(head, handler, bytes.subarray(at))
        if (++this.#interims > INTERIM_LIMIT) return this.#fail('invalid')
        handler.interim(head)
        if (this.#handler !== handler) return
        if (at === bytes.length) return handler.responseFlush()
        continue
      }
      this.#accepted = accepted
      this.#reader = new BodyReader(accepted.framing)
      handler.responseHead(head, accepted)
      if (this.#handler !== handler) return
    }
    const reader = this.#reader
    at = reader.read(bytes, at, bytes.length, this)
    if (this.#handler !== handler) return
    if (at < 0) return this.#fail('invalid')
    if (reader.done) this.#complete(handler, at === bytes.length)
    else handler.responseFlush()
  }

  bodyData(chunk: Borrowed): void {
    this.#handler?.responseData(chunk)
  }

  #complete(handler: ResponseHandler, clean: boolean): void {
    const reusable = clean && this.#accepted!.keepAlive
    const trailers = this.#reader!.trailers
    this.#reader = null
    this.#accepted = null
    this.#handler = null
    this.served++
    this.resume()
    this.deadline = 0
    if (!reusable) this.destroy()
    handler.responseEnd(trailers)
  }

  #switch(head: ResponseHead, handler: ResponseHandler, rest: Buffer): void {
    if (!this.#switching) return this.#fail('invalid')
    this.#handler = null
    this.closed = true
    this.deadline = 0
    this.#deadlines.remove(this)
    this.#socket.removeAllListeners()
    this.#bytes.onBytes = () => {}
    handler.switched(head, this.#bytes, rest.length === 0 ? EMPTY : kept(rest))
  }

  #ended(): void {
    const handler = this.#handler
    if (handler !== null && this.#reader?.framing.kind === 'close' && !this.#reader.done) {
      this.#reader.done = true
      this.#complete(handler, false)
      return
    }
    this.#lost('closed')
  }

  #error(error: NodeJS.ErrnoException): void {
    if (this.connected) return this.#lost('closed')
    this.#lost(error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? 'name' : 'connect')
  }

  expired(): void {
    this.#lost(this.connected ? 'timeout' : 'connect-timeout')
  }

  #fail(fault: UpstreamFault): void {
    this.#lost(fault)
  }

  /** The connection is over. Whoever waits hears of it, once. */
  #lost(fault: UpstreamFault): void {
    const handler = this.#handler
    this.#handler = null
    this.destroy()
    handler?.failed(fault)
  }

  /** Ends it without telling the handler. */
  destroy(): void {
    if (this.closed) return
    this.closed = true
    this.#handler = null
    this.#reader?.free()
    this.#reader = null
    this.#pending = null
    this.deadline = 0
    this.#deadlines.remove(this)
    this.#socket.destroy()
    this.#pool.forget(this)
  }
}
