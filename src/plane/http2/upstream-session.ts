import http2, { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import type { Deadlines, Limited } from '../deadlines.ts'
import { acceptResponse } from '../http1/acceptable.ts'
import { type Borrowed, kept } from '../http1/byte-socket.ts'
import type { HeaderRoles } from '../http1/header-roles.ts'
import { ResponseHead } from '../http1/message-head.ts'
import type {
  Endpoint,
  RequestFraming,
  ResponseHandler,
  ServiceConnection,
  ServicePool,
  UpstreamFault,
} from '../upstream/service-connection.ts'
import { fieldLines, requestHeaders, responseText, trailerHeaders } from './head-text.ts'

const LIMITS = { headBytes: 131072, headers: 1024 }

/** HTTP/2 with one endpoint (services spoken to as gRPC): all requests share one connection as streams of it. */
export class Http2Pool implements ServicePool {
  readonly endpoint: Endpoint
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  #session: ClientHttp2Session | null = null

  constructor(endpoint: Endpoint, deadlines: Deadlines, roles: HeaderRoles) {
    this.endpoint = endpoint
    this.#deadlines = deadlines
    this.#roles = roles
  }

  /** Streams are never kept: the connection is. */
  takeIdle(): null {
    return null
  }

  open(connectTimeout: number): ServiceConnection {
    return new Http2Request(this.#connected(), connectTimeout, this.#deadlines, this.#roles)
  }

  #connected(): ClientHttp2Session {
    const current = this.#session
    if (current !== null && !current.closed && !current.destroyed) return current
    const { host, port, tls } = this.endpoint
    const name = host.includes(':') ? `[${host}]` : host
    const session = http2.connect(`${tls === null ? 'http' : 'https'}://${name}:${port}`, tls ?? {})
    session.on('error', () => {})
    session.on('goaway', () => {
      if (this.#session === session) this.#session = null
    })
    session.on('close', () => {
      if (this.#session === session) this.#session = null
    })
    session.unref()
    this.#session = session
    return session
  }

  close(): void {
    this.#session?.destroy()
    this.#session = null
  }
}

/** One stream as the service's side of a request. */
class Http2Request implements ServiceConnection, Limited {
  deadline: number
  readonly served = 0
  answering = false
  readonly #session: ClientHttp2Session
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  #handler: ResponseHandler | null = null
  #stream: ClientHttp2Stream | null = null
  #method = ''
  #readTimeout = 0
  #trailers = ''
  #error: NodeJS.ErrnoException | null = null

  constructor(session: ClientHttp2Session, connectTimeout: number, deadlines: Deadlines, roles: HeaderRoles) {
    this.#session = session
    this.#deadlines = deadlines
    this.#roles = roles
    this.deadline = deadlines.now + connectTimeout
    deadlines.add(this)
  }

  get connected(): boolean {
    return !this.#session.connecting
  }

  begin(handler: ResponseHandler, method: string, readTimeout: number): void {
    this.#handler = handler
    this.#method = method
    this.#readTimeout = readTimeout
  }

  expectSwitch(): void {}

  sendHead(lines: string, framing: RequestFraming): boolean {
    const headers = requestHeaders(lines, this.#session.encrypted ? 'https' : 'http')
    if (framing.kind === 'length') headers['content-length'] = String(framing.length)
    const empty = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0)
    const stream = this.#session.request(headers, { endStream: empty, waitForTrailers: framing.kind === 'stream' })
    this.#stream = stream
    // on a connection that stands the stream is ready before anybody can hear of it
    if (this.connected) this.#alive()
    else stream.on('ready', () => this.#alive())
    stream.on('headers', (received, _flags, raw) => this.#interim(Number(received[':status']), raw))
    stream.on('response', (received, flags, raw) => {
      const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
      this.#response(Number(received[':status']), raw as unknown as string[], ended)
    })
    stream.on('data', (chunk: Buffer) => {
      this.#alive()
      this.#handler?.responseData(chunk)
    })
    stream.on('trailers', (_headers, _flags, raw) => {
      this.#trailers = fieldLines(raw as unknown as string[])
    })
    stream.on('end', () => this.#ended())
    stream.on('wantTrailers', () => {
      // see `Http2Client`: a request that is given up must not look complete to the service
      if (this.#requestSent) stream.sendTrailers(trailerHeaders(this.#requestTrailers))
    })
    stream.on('drain', () => this.#handler?.requestDrain())
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error
    })
    stream.on('close', () => this.#lost(this.#faultOf(this.#error)))
    return true
  }

  #requestTrailers = ''
  #requestSent = false

  sendData(chunk: Borrowed): boolean {
    return this.#stream === null || this.#stream.destroyed ? true : this.#stream.write(kept(chunk))
  }

  sendEnd(trailers: string): void {
    this.#requestTrailers = trailers
    this.#requestSent = true
    if (this.#stream !== null && !this.#stream.destroyed && !this.#stream.writableEnded) this.#stream.end()
  }

  pause(): void {
    this.deadline = 0
    this.#stream?.pause()
  }

  resume(): void {
    this.#alive()
    this.#stream?.resume()
  }

  /** The connection is shared and stays by itself. */
  giveBack(): void {
    this.#deadlines.remove(this)
  }

  destroy(): void {
    this.#handler = null
    this.deadline = 0
    this.#deadlines.remove(this)
    this.#stream?.close(constants.NGHTTP2_CANCEL)
  }

  #alive(): void {
    this.deadline = this.#deadlines.now + this.#readTimeout
  }

  #scan(status: number, raw: readonly string[], ended: boolean): ResponseHead | null {
    const bytes = Buffer.from(responseText(status, raw, ended), 'latin1')
    const head = new ResponseHead()
    return head.scan(bytes, 0, bytes.length, this.#roles, LIMITS) === 'complete' ? head : null
  }

  #interim(status: number, raw: unknown): void {
    const head = this.#scan(status, (raw as string[] | undefined) ?? [], true)
    if (head !== null && status < 200) this.#handler?.interim(head)
  }

  #response(status: number, raw: readonly string[], ended: boolean): void {
    this.#alive()
    this.answering = true
    const head = this.#scan(status, raw, ended)
    const accepted = head === null ? null : acceptResponse(head, this.#method)
    if (head === null || accepted === null) return this.#lost('invalid')
    this.#handler?.responseHead(head, accepted)
  }

  #ended(): void {
    const handler = this.#handler
    if (handler === null || !this.answering) return
    // Node ends a stream that was reset or lost too: that is no complete answer
    if (this.#stream!.aborted || this.#stream!.rstCode !== constants.NGHTTP2_NO_ERROR) return
    this.#handler = null
    this.deadline = 0
    handler.responseEnd(this.#trailers)
  }

  #faultOf(error: NodeJS.ErrnoException | null): UpstreamFault {
    const code = error?.code ?? (error?.cause as NodeJS.ErrnoException | undefined)?.code
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name'
    return this.connected ? 'closed' : 'connect'
  }

  expired(): void {
    this.#lost(this.connected ? 'timeout' : 'connect-timeout')
  }

  #lost(fault: UpstreamFault): void {
    const handler = this.#handler
    this.destroy()
    handler?.failed(fault)
  }
}
