/**
 * One request on its way to a service and the answer on its way back. Bytes flow both ways with back-pressure: whoever
 * can't take more pauses the other side's socket. Framing is never forwarded as received, always made anew.
 */
import type { Try } from '../policy/outcome.ts'
import type { Reason } from '../policy/reason.ts'
import type { Refusal } from '../policy/wire.ts'
import type { Address } from './balance/address.ts'
import type { Balancer } from './balance/balancer.ts'
import type { ClientSide, RequestBodySink } from './client-side.ts'
import type { HttpExchange } from './exchange.ts'
import { type AcceptedResponse, acceptableTrailers } from './http1/acceptable.ts'
import { type Borrowed, type ByteSocket, kept } from './http1/byte-socket.ts'
import type { ResponseHead } from './http1/message-head.ts'
import { reasons } from './reasons.ts'
import { type AttemptEnd, RouteLimits } from './route-limits.ts'
import type { ServedSource, Site } from './site.ts'
import { requestLines } from './upstream/request-lines.ts'
import type {
  RequestFraming,
  ResponseHandler,
  ServiceConnection,
  UpstreamFault,
} from './upstream/service-connection.ts'
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
const noBody: RequestFraming = { kind: 'none' }
/** A body up to this size that came whole with its head is kept until the service answers, and forwarded with its length. */
const HELD_BYTES = 65536

/** Who hears how the service answered: the request flow. */
export interface ForwardEvents {
  serviceHead(head: ResponseHead, accepted: AcceptedResponse): void
  serviceData(chunk: Borrowed): boolean
  serviceEnd(trailers: string): void
  serviceFlush(): void
  serviceInterim(head: ResponseHead): void
  serviceSwitched(head: ResponseHead, bytes: ByteSocket, rest: Buffer): void
  /** No answer will come, and none has begun. */
  serviceFailed(reason: Reason, note: string): void
  /** More body came than a policy allows, and no answer has begun. */
  bodyRefused(refusal: Refusal): void
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

const ENDS: Record<UpstreamFault, AttemptEnd> = {
  connect: 'connect-failure',
  'connect-timeout': 'connect-failure',
  name: 'connect-failure',
  closed: 'reset',
  timeout: 'timeout',
  invalid: 'reset',
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
  #connection: ServiceConnection | null = null
  #destination: Destination | null = null
  /** Of the upstream that the service points at; null when it names a host. */
  readonly #balancer: Balancer | null
  /** What tells the request apart to its upstream, once that was asked. */
  #hash: number | null | undefined = undefined
  /** Addresses that failed it; as good as never any. */
  #tried: Address[] | null = null
  #retriesLeft: number
  #headSeen = false
  #over = false
  #lines = ''
  #framing: RequestFraming = noBody
  /** The whole body, kept while the request may have to be sent again; null when it may not. */
  #replay: readonly Buffer[] | null = null
  #requestSent = false
  /** Body pieces held until it is clear whether the body came whole. */
  #held: Buffer[] | null = null
  #heldBytes = 0
  #bodyBytes = 0
  #startedAt = 0
  /** The upstream's address that is being asked. */
  #attempted: Address | null = null
  #attemptedAt = 0
  /** Attempts that failed, as good as never any. */
  #failed: Try[] | null = null
  /** Null where the route says nothing of time and further attempts. */
  readonly #limits: RouteLimits | null

  constructor(
    site: Site,
    source: ServedSource,
    exchange: HttpExchange,
    client: ClientSide,
    events: ForwardEvents,
    upgrade: string | null,
    collected: readonly Buffer[],
    balancer: Balancer | null,
  ) {
    this.#balancer = balancer
    this.#site = site
    this.#source = source
    this.#exchange = exchange
    this.#client = client
    this.#events = events
    this.#upgrade = upgrade
    this.#collected = collected
    const route = exchange.route!
    this.#retriesLeft = route.service!.spec.retries
    this.#limits = RouteLimits.of(route.spec, site.deadlines, (which) => this.#expired(which))
  }

  /** Address of the target that was asked last. */
  get target(): string | null {
    const endpoint = this.#destination?.pool.endpoint
    return endpoint === undefined ? null : `${endpoint.host}:${endpoint.port}`
  }

  /** Bytes of the request's body so far. */
  get bodyBytes(): number {
    return this.#bodyBytes
  }

  /** Attempts at targets so far. */
  attempts = 0

  /** Every attempt at a target. @param answered whether the last one did. */
  tries(answered: boolean): readonly Try[] {
    const failed = this.#failed ?? []
    return answered ? [...failed, this.#attempt(null)] : failed
  }

  /** The attempt under way. @param failed see `Try`. */
  #attempt(failed: number | null): Try {
    const { host, port } = this.#destination!.pool.endpoint
    return { host, port, startedAt: this.#startedAt, failed }
  }

  get #method(): string {
    return this.#exchange.forwardedMethod ?? this.#exchange.method
  }

  start(): void {
    const client = this.#client
    const replaced = this.#exchange.replacedBody
    if (replaced !== null) return this.#sendWhole([Buffer.from(replaced)])
    if (!client.hasBody) return this.#sendWhole([])
    if (client.requestComplete) {
      for (const piece of this.#collected) this.#bodyBytes += piece.length
      return this.#isTooMuch() ? this.#refuseBody() : this.#sendWhole(this.#collected)
    }
    // what is here already is looked at first: a body that came whole is counted, and can be sent again
    this.#held = []
    for (const piece of this.#collected) this.bodyData(piece)
    client.readBody(this)
    if (this.#held !== null && !this.#over) this.#streamHeld()
  }

  /** The body is known whole, or there is none. */
  #sendWhole(pieces: readonly Buffer[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (this.#bodyBytes === 0) this.#bodyBytes = length
    const method = this.#method
    const announce = length > 0 || this.#client.hasBody || method === 'POST' || method === 'PUT' || method === 'PATCH'
    this.#requestSent = true
    this.#replay = pieces
    this.#open(announce ? { kind: 'length', length } : noBody)
    for (const piece of pieces) this.#sendData(piece)
    this.#connection?.sendEnd('')
  }

  #streamHeld(): void {
    const held = this.#held!
    const length = this.#client.bodyLength
    this.#held = null
    this.#open(length === null ? { kind: 'stream' } : { kind: 'length', length })
    for (const piece of held) this.#sendData(piece)
  }

  // --- the request ---------------------------------------------------------------------------------------------------

  #open(framing: RequestFraming): void {
    const destination = this.#choose()
    if (destination === null) return this.#giveUp(reasons.noTarget, 'no target of the upstream may be used')
    this.#destination = destination
    this.#lines = requestLines(this.#exchange, this.#source.wire, destination.authority, this.#upgrade)
    this.#framing = framing
    this.#connect(destination.pool.takeIdle())
  }

  #choose(): Destination | null {
    const { upstreams } = this.#site
    const { snapshot } = this.#source
    const service = this.#exchange.route!.service!.spec
    const balancer = this.#balancer
    if (balancer === null) return upstreams.direct(service, snapshot)
    if (this.#hash === undefined) this.#hash = balancer.hash(this.#exchange)
    const address = balancer.next(this.#hash, this.#tried)
    return address === null ? null : upstreams.at(address, service, snapshot)
  }

  #connect(idle: ServiceConnection | null): void {
    const spec = this.#exchange.route!.service!.spec
    this.#startedAt = this.#site.clock.now()
    this.attempts++
    this.#began()
    this.#limits?.attemptBegan()
    const connection = idle ?? this.#destination!.pool.open(spec.connectTimeout)
    this.#connection = connection
    connection.begin(this, this.#method, spec.readTimeout, spec.writeTimeout)
    if (this.#upgrade !== null) connection.expectSwitch()
    connection.sendHead(this.#lines, this.#framing)
  }

  /** The upstream hears of every attempt and of its end: it goes by how many are under way, or how long they take. */
  #began(): void {
    const { address } = this.#destination!
    if (address === null) return
    this.#attempted = address
    this.#attemptedAt = performance.now()
    address.balancer.began(address)
  }

  #ended(complete: boolean): void {
    const address = this.#attempted
    if (address === null) return
    this.#attempted = null
    address.balancer.ended(address, complete ? performance.now() - this.#attemptedAt : null)
  }

  #sendData(chunk: Borrowed): void {
    if (this.#connection === null || this.#over) return
    if (!this.#connection.sendData(chunk) && !this.#requestSent) this.#client.pauseBody()
  }

  bodyData(chunk: Borrowed): void {
    if (this.#over) return
    this.#bodyBytes += chunk.length
    if (this.#isTooMuch()) return this.#refuseBody()
    if (this.#held === null) return this.#sendData(chunk)
    this.#held.push(kept(chunk))
    this.#heldBytes += chunk.length
    if (this.#heldBytes > HELD_BYTES) this.#streamHeld()
  }

  #isTooMuch(): boolean {
    const limit = this.#exchange.bodyLimit
    return limit !== null && this.#bodyBytes > limit.bytes
  }

  /** The service's connection goes with it: what it has of the request must not look whole. */
  #refuseBody(): void {
    this.cancel()
    if (this.#headSeen) this.#events.serviceBrokeOff()
    else this.#events.bodyRefused(this.#exchange.bodyLimit!.refusal)
  }

  bodyEnd(trailers: string): void {
    if (this.#over) return
    if (this.#held !== null) {
      if (trailers === '') {
        const whole = this.#held
        this.#held = null
        return this.#sendWhole(whole)
      }
      this.#streamHeld()
    }
    this.#requestSent = true
    this.#connection?.sendEnd(acceptableTrailers(trailers, this.#site.requestRoles()))
  }

  requestDrain(): void {
    if (!this.#requestSent) this.#client.resumeBody()
  }

  // --- the answer ----------------------------------------------------------------------------------------------------

  interim(head: ResponseHead): void {
    this.#events.serviceInterim(head)
  }

  responseHead(head: ResponseHead, accepted: AcceptedResponse): void {
    if (this.#limits !== null) {
      if (this.#anotherAttempt(head.status)) return
      this.#limits.attemptEnded()
    }
    this.#headSeen = true
    this.#replay = null
    const address = this.#attempted
    if (address !== null) address.balancer.answered(address, head.status)
    this.#events.serviceHead(head, accepted)
  }

  /** Part of the answer's body. */
  responseData(chunk: Borrowed): void {
    if (!this.#events.serviceData(chunk)) this.#connection?.pause()
  }

  responseFlush(): void {
    this.#events.serviceFlush()
  }

  responseEnd(trailers: string): void {
    const connection = this.#connection!
    this.#over = true
    this.#connection = null
    this.#ended(true)
    this.#limits?.end()
    // an answer that came before the request was whole leaves a connection in an unknown state
    if (this.#requestSent) connection.giveBack()
    else connection.destroy()
    this.#events.serviceEnd(trailers)
  }

  switched(head: ResponseHead, bytes: ByteSocket, rest: Buffer): void {
    this.#over = true
    this.#connection = null
    this.#ended(true)
    this.#limits?.end()
    this.#events.serviceSwitched(head, bytes, rest)
  }

  failed(fault: UpstreamFault): void {
    const connection = this.#connection
    this.#connection = null
    if (this.#over) return
    const address = this.#attempted
    this.#ended(false)
    if (this.#headSeen) return this.#breakOff()
    this.#failed ??= []
    this.#failed.push(this.#attempt(FAULTS[fault].status))
    const again = connection !== null && this.#maySendAgain(fault, connection)
    // a kept connection that was closed while idle says nothing of its target
    if (address !== null && !(again && fault === 'closed')) {
      address.balancer.failed(address, FAULTS[fault] === reasons.gatewayTimeout, !again)
      this.#tried ??= []
      this.#tried.push(address)
    }
    if (again) return this.#sendAgain(fault)
    if (this.#anotherAttempt(ENDS[fault])) return
    this.#giveUp(FAULTS[fault], `${fault} ${this.target}`)
  }

  /**
   * A connection that was never made carried nothing. One that was kept from before may have been closed by the service
   * while idle: then a request without side effects goes out once more, on a new connection.
   */
  #maySendAgain(fault: UpstreamFault, connection: ServiceConnection): boolean {
    if (this.#replay === null) return false
    if (!connection.connected) return this.#retriesLeft > 0
    return fault === 'closed' && connection.served > 0 && !connection.answering && IDEMPOTENT.has(this.#method)
  }

  #sendAgain(fault: UpstreamFault): void {
    if (fault === 'closed') this.#connect(null)
    else {
      // the target can't be reached: the next one may
      this.#retriesLeft--
      this.#open(this.#framing)
    }
    for (const piece of this.#replay!) this.#sendData(piece)
    this.#connection?.sendEnd('')
  }

  /** Whether the route wants another attempt after one that ended so; it is then on its way. */
  #anotherAttempt(end: AttemptEnd): boolean {
    if (this.#replay === null || this.#limits === null) return false
    const begin = () => {
      if (this.#over) return
      try {
        this.#open(this.#framing)
        for (const piece of this.#replay!) this.#sendData(piece)
        this.#connection?.sendEnd('')
      } catch (error) {
        // a timer called: nobody else would hear of it, and the process would end
        this.cancel()
        this.#events.serviceFailed(reasons.badGateway, `a further attempt could not begin: ${String(error)}`)
      }
    }
    if (!this.#limits.tryAgain(end, begin)) return false
    const address = this.#attempted
    if (address !== null && typeof end === 'number') address.balancer.answered(address, end)
    this.#ended(typeof end === 'number')
    this.#connection?.destroy()
    this.#connection = null
    return true
  }

  /** The route's time is over. */
  #expired(which: 'request' | 'attempt'): void {
    if (this.#over) return
    const address = this.#attempted
    if (address !== null && !this.#headSeen) address.balancer.failed(address, true, true)
    if (which === 'attempt' && this.#anotherAttempt('timeout')) return
    const begun = this.#headSeen
    this.cancel()
    if (begun) this.#events.serviceBrokeOff()
    else this.#events.serviceFailed(reasons.requestTimedOut, `the route's time for one ${which} is over`)
  }

  #breakOff(): void {
    this.#over = true
    this.#limits?.end()
    this.#events.serviceBrokeOff()
  }

  #giveUp(reason: Reason, note: string): void {
    this.#over = true
    this.#limits?.end()
    this.#events.serviceFailed(reason, note)
  }

  /** The client takes bytes again. */
  resumeAnswer(): void {
    this.#connection?.resume()
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.#over = true
    this.#limits?.end()
    this.#ended(false)
    this.#connection?.destroy()
    this.#connection = null
  }
}
