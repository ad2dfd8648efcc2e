/**
 * One request on its way to a service and the answer on its way back. Bytes flow both ways with back-pressure: whoever
 * can't take more pauses the other side's socket. Framing is never forwarded as received, always made anew.
 */
import type { Socket } from 'node:net'
import type { Reason } from '../policy/reason.ts'
import type { ClientSide, RequestBodySink } from './client-side.ts'
import type { HttpExchange } from './exchange.ts'
import { type AcceptedResponse, acceptableTrailers } from './http1/acceptable.ts'
import type { ResponseHead } from './http1/message-head.ts'
import type { ResponseHandler, UpstreamConnection, UpstreamFault } from './http1/upstream-connection.ts'
import { reasons } from './reasons.ts'
import type { ServedSource, Site } from './site.ts'
import { requestLines } from './upstream/request-lines.ts'
import type { Destination } from './upstream/upstreams.ts'

/** Methods that may be sent twice without harm (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'REPORT',
  'QUERY',
])
/** A chunked body up to this size that came whole with its head is forwarded with a Content-Length. */
const HELD_BYTES = 65536

/** Who hears how the service answered: the request flow. */
export interface ForwardEvents {
  serviceHead(head: ResponseHead, accepted: AcceptedResponse): void
  serviceData(chunk: Buffer): boolean
  serviceEnd(trailers: string): void
  serviceFlush(): void
  serviceInterim(head: ResponseHead): void
  serviceSwitched(head: ResponseHead, socket: Socket, rest: Buffer): void
  /** No answer will come, and none has begun. */
  serviceFailed(reason: Reason, note: string): void
  /** The answer broke off. */
  serviceBrokeOff(): void
}

const FAULTS: Record<UpstreamFault, Reason> = {
  connect: reasons.badGateway,
  'connect-timeout': reasons.gatewayTimeout,
  name: reasons.nameResolution,
  closed: reasons.badGateway,
  timeout: reasons.gatewayTimeout,
  invalid: reasons.badGateway,
}

export class Forward implements ResponseHandler, RequestBodySink {
  readonly #site: Site
  readonly #source: ServedSource
  readonly #exchange: HttpExchange
  readonly #client: ClientSide
  readonly #events: ForwardEvents
  readonly #upgrade: string | null
  /** Body bytes that the flow collected before the chain ran. */
  readonly #collected: readonly Buffer[]
  #connection: UpstreamConnection | null = null
  #destination: Destination | null = null
  #retriesLeft: number
  #headSeen = false
  #over = false
  /** The request's bytes, kept while it may have to be sent again; null once it may not. */
  #replay: (string | Buffer)[] | null = []
  #requestSent = false
  #chunked = false
  /** Body pieces held until it is clear whether the body came whole. */
  #held: Buffer[] | null = null
  #heldBytes = 0

  constructor(
    site: Site,
    source: ServedSource,
    exchange: HttpExchange,
    client: ClientSide,
    events: ForwardEvents,
    upgrade: string | null,
    collected: readonly Buffer[],
  ) {
    this.#site = site
    this.#source = source
    this.#exchange = exchange
    this.#client = client
    this.#events = events
    this.#upgrade = upgrade
    this.#collected = collected
    this.#retriesLeft = exchange.route!.service!.spec.retries
  }

  /** Address of the target that was asked last. */
  get target(): string | null {
    const endpoint = this.#destination?.pool.endpoint
    return endpoint === undefined ? null : `${endpoint.host}:${endpoint.port}`
  }

  start(): void {
    const client = this.#client
    const replaced = this.#exchange.replacedBody
    if (replaced !== null) return this.#sendWhole([Buffer.from(replaced)])
    if (!client.hasBody) return this.#sendWhole([])
    if (client.requestComplete) return this.#sendWhole(this.#collected)
    if (client.bodyLength !== null) {
      this.#open(`Content-Length: ${client.bodyLength}\r\n`)
      for (const piece of this.#collected) this.#write(piece)
      client.readBody(this)
      return
    }
    // a chunked body: what is here already is looked at first
    this.#held = []
    for (const piece of this.#collected) this.bodyData(piece)
    client.readBody(this)
    if (this.#held !== null) this.#sendHeldChunked()
  }

  /** The body is known whole, or there is none. */
  #sendWhole(pieces: readonly Buffer[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const method = this.#exchange.method
    const announce = length > 0 || this.#client.hasBody || method === 'POST' || method === 'PUT' || method === 'PATCH'
    this.#requestSent = true
    this.#open(announce ? `Content-Length: ${length}\r\n` : '')
    for (const piece of pieces) this.#write(piece)
  }

  #sendHeldChunked(): void {
    const held = this.#held!
    this.#held = null
    this.#chunked = true
    this.#open('Transfer-Encoding: chunked\r\n')
    for (const piece of held) this.#writeChunk(piece)
  }

  // --- the request ---------------------------------------------------------------------------------------------------

  #open(framing: string): void {
    const destination = this.#site.upstreams.destination(this.#exchange.route!.service!.spec, this.#source.snapshot)
    if (destination === null) return this.#giveUp(reasons.noTarget, 'no target of the upstream may be used')
    this.#destination = destination
    const head = `${requestLines(this.#exchange, this.#source.wire, destination.authority, framing, this.#upgrade)}\r\n`
    this.#connect(destination.pool.takeIdle())
    this.#write(head)
  }

  #connect(idle: UpstreamConnection | null): void {
    const spec = this.#exchange.route!.service!.spec
    const connection = idle ?? this.#destination!.pool.open(spec.connectTimeout)
    this.#connection = connection
    connection.begin(this, this.#exchange.method, spec.readTimeout, spec.writeTimeout)
    if (this.#upgrade !== null) connection.expectSwitch()
  }

  #write(data: string | Buffer): void {
    const connection = this.#connection
    if (connection === null || this.#over) return
    if (this.#replay !== null) {
      // only what is sent in one go can be sent again
      if (this.#replay.length === 0 || this.#requestSent) this.#replay.push(data)
      else this.#replay = null
    }
    if (!connection.write(data) && !this.#requestSent) this.#client.pauseBody()
  }

  #writeChunk(chunk: Buffer): void {
    const socket = this.#connection?.socket
    if (socket === undefined) return
    socket.cork()
    this.#write(`${chunk.length.toString(16)}\r\n`)
    this.#write(chunk)
    this.#write('\r\n')
    socket.uncork()
  }

  bodyData(chunk: Buffer): void {
    if (this.#over) return
    if (this.#held !== null) {
      this.#held.push(chunk)
      this.#heldBytes += chunk.length
      if (this.#heldBytes > HELD_BYTES) this.#sendHeldChunked()
    } else if (this.#chunked) this.#writeChunk(chunk)
    else this.#write(chunk)
  }

  bodyEnd(trailers: string): void {
    if (this.#over) return
    if (this.#held !== null) {
      const held = this.#held
      this.#held = null
      if (trailers === '') return this.#sendWhole(held)
      this.#held = held
      this.#sendHeldChunked()
    }
    this.#replay = null
    this.#requestSent = true
    if (this.#chunked) this.#write(`0\r\n${acceptableTrailers(trailers, this.#site.requestRoles())}\r\n`)
  }

  requestDrain(): void {
    if (!this.#requestSent) this.#client.resumeBody()
  }

  // --- the answer ----------------------------------------------------------------------------------------------------

  interim(head: ResponseHead): void {
    this.#events.serviceInterim(head)
  }

  responseHead(head: ResponseHead, accepted: AcceptedResponse): void {
    this.#headSeen = true
    this.#replay = null
    this.#events.serviceHead(head, accepted)
  }

  /** Part of the answer's body. */
  responseData(chunk: Buffer): void {
    if (!this.#events.serviceData(chunk)) this.#connection?.pause()
  }

  responseFlush(): void {
    this.#events.serviceFlush()
  }

  responseEnd(trailers: string): void {
    const connection = this.#connection!
    this.#over = true
    this.#connection = null
    // an answer that came before the request was whole leaves a connection in an unknown state
    if (this.#requestSent) this.#destination!.pool.giveBack(connection)
    else connection.destroy()
    this.#events.serviceEnd(trailers)
  }

  switched(head: ResponseHead, socket: Socket, rest: Buffer): void {
    this.#over = true
    this.#connection = null
    this.#events.serviceSwitched(head, socket, rest)
  }

  failed(fault: UpstreamFault): void {
    const connection = this.#connection
    this.#connection = null
    if (this.#over) return
    if (this.#headSeen) {
      this.#over = true
      this.#events.serviceBrokeOff()
      return
    }
    if (connection !== null && this.#maySendAgain(fault, connection)) return this.#sendAgain(fault)
    this.#giveUp(FAULTS[fault], `${fault} ${this.target}`)
  }

  /**
   * A connection that was never made carried nothing. One that was kept from before may have been closed by the service
   * while idle: then a request without side effects goes out once more, on a new connection.
   */
  #maySendAgain(fault: UpstreamFault, connection: UpstreamConnection): boolean {
    if (this.#replay === null) return false
    if (!connection.connected) return this.#retriesLeft > 0
    return fault === 'closed' && connection.served > 0 && !connection.answering && IDEMPOTENT.has(this.#exchange.method)
  }

  #sendAgain(fault: UpstreamFault): void {
    const replay = this.#replay!
    if (fault !== 'closed') this.#retriesLeft--
    this.#connect(null)
    for (const data of replay) if (!this.#connection?.write(data)) break
  }

  #giveUp(reason: Reason, note: string): void {
    this.#over = true
    this.#events.serviceFailed(reason, note)
  }

  /** The client takes bytes again. */
  resumeAnswer(): void {
    this.#connection?.resume()
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.#over = true
    this.#connection?.destroy()
    this.#connection = null
  }
}
