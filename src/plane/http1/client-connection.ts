import type { Socket } from 'node:net'
import type { Refusal } from '../../policy/wire.ts'
import type { AnswerHead, ClientEvents, ClientFacts, ClientSide, RequestBodySink } from '../client-side.ts'
import type { Limited } from '../deadlines.ts'
import { reasons } from '../reasons.ts'
import { type AcceptedRequest, acceptRequest, noBody, type RequestFault } from './acceptable.ts'
import { AnswerWriter } from './answer-writer.ts'
import { BodyReader } from './body-reader.ts'
import { type Borrowed, type ByteSocket, kept } from './byte-socket.ts'
import type { ConnectionHost, ServedConnection } from './connection-host.ts'
import { RequestHead } from './message-head.ts'

const state = { idle: 0, head: 1, busy: 2, lingering: 3, closed: 4 } as const
type State = (typeof state)[keyof typeof state]

/** Bytes read ahead of what was asked for before the socket is paused. */
const READ_AHEAD = 65536
/** After an answer that ends the connection, the client may finish talking for this long and this much. */
const LINGER_MS = 2000
const LINGER_BYTES = 1 << 20
const CR = 0x0d
const LF = 0x0a
/** Empty lines put up with before a request line (RFC 9112 §2.2). */
const EMPTY_LINES = 2

const FAULTS: Record<RequestFault, Refusal['reason']> = {
  malformed: reasons.malformed,
  host: reasons.malformed,
  framing: reasons.malformed,
  target: reasons.malformed,
  nomination: reasons.malformed,
  'method-not-allowed': reasons.methodNotAllowed,
  expectation: reasons.expectation,
}

/**
 * One HTTP/1.x connection with a client. It reads one request at a time (RFC 9112 §9.3.2: pipelined ones wait, their
 * bytes unread), and is the `ClientSide` of that request until its answer has ended.
 */
export class Http1Client implements ClientSide, ServedConnection, Limited {
  deadline = 0
  readonly facts: ClientFacts
  readonly head = new RequestHead()
  readonly #bytes: ByteSocket
  readonly #socket: Socket
  readonly #host: ConnectionHost
  #state: State = state.idle
  #pending: Buffer | null = null
  #accepted: AcceptedRequest | null = null
  #reader = new BodyReader(noBody)
  #sink: RequestBodySink | null = null
  #bodyPaused = false
  #bodyEnded = false
  #events: ClientEvents | null = null
  #processing = false
  #socketPaused = false
  #halfClosed = false
  #continueDue = false
  #lingered = 0
  #emptyLines = 0
  #keepAlive = false
  readonly #answer: AnswerWriter

  constructor(bytes: ByteSocket, facts: ClientFacts, host: ConnectionHost, first: Buffer | null = null) {
    const socket = bytes.socket
    this.#bytes = bytes
    this.#socket = socket
    this.#answer = new AnswerWriter(socket)
    this.facts = facts
    this.#host = host
    this.deadline = host.deadlines.now + host.timeouts.head
    host.deadlines.add(this)
    socket.setNoDelay(true)
    bytes.onBytes = (chunk) => this.#data(chunk)
    socket.on('drain', () => {
      if (this.#state === state.busy) this.deadline = this.#readsBody ? this.#bodyDeadline : 0
      this.#events?.clientDrain()
    })
    // all of the answer has left us; now the client may finish talking, but not for long
    socket.on('finish', () => {
      if (this.#state === state.lingering) this.deadline = this.#host.deadlines.now + LINGER_MS
    })
    socket.on('end', () => this.#ended())
    socket.on('error', () => this.#gone())
    socket.on('close', () => this.#gone())
    if (first !== null && first.length > 0) this.#data(first)
  }

  // --- reading -------------------------------------------------------------------------------------------------------

  #data(chunk: Buffer): void {
    if (this.#state === state.lingering) {
      this.#lingered += chunk.length
      if (this.#lingered > LINGER_BYTES) this.#socket.destroy()
      return
    }
    this.#pending = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk])
    this.#process()
    if (this.#pending !== null) this.#pending = kept(this.#pending)
  }

  /** Uses up what has been read, as far as it can be used now. Never runs inside itself. */
  #process(): void {
    if (this.#processing) return
    this.#processing = true
    while (this.#pending !== null) {
      const more = this.#state === state.busy ? this.#readBody() : this.#readHead()
      if (!more) break
    }
    this.#processing = false
    const ahead = this.#pending?.length ?? 0
    if (this.#state === state.busy && ahead > READ_AHEAD) this.#pauseSocket()
    else if (this.#socketPaused && !this.#bodyPaused) this.#resumeSocket()
    if (!this.#halfClosed || this.#state === state.closed) return
    if (this.#state !== state.busy) this.#endNow()
    else if (this.#readsBody && this.#pending === null) this.#gone()
  }

  #use(bytes: Buffer, consumed: number): void {
    this.#pending = consumed === bytes.length ? null : bytes.subarray(consumed)
  }

  /** @returns true when it is worth going on with what is left. */
  #readHead(): boolean {
    if (this.#state !== state.idle && this.#state !== state.head) return false
    const bytes = this.#pending!
    if (bytes[0] === CR) {
      if (bytes.length === 1) return false
      if (bytes[1] !== LF || ++this.#emptyLines > EMPTY_LINES) {
        this.head.clear()
        return this.#refuse(reasons.malformed)
      }
      this.#use(bytes, 2)
      return true
    }
    if (this.#state === state.idle) {
      this.#state = state.head
      this.deadline = this.#host.deadlines.now + this.#host.timeouts.head
    }
    const scanned = this.head.scan(bytes, 0, bytes.length, this.#host.requestRoles(), this.#host.limits)
    if (scanned === 'incomplete') return false
    if (scanned !== 'complete') {
      this.head.clear()
      return this.#refuse(scanned === 'malformed' ? reasons.malformed : reasons.headTooLarge)
    }
    const accepted = acceptRequest(this.head)
    if (typeof accepted === 'string') return this.#refuse(FAULTS[accepted])
    this.#use(bytes, this.head.length)
    this.#begin(accepted)
    this.#host.request(this)
    return true
  }

  #begin(accepted: AcceptedRequest): void {
    this.#state = state.busy
    this.#accepted = accepted
    this.#sink = null
    this.#bodyPaused = false
    this.#reader = accepted.framing.kind === 'none' ? NO_BODY_READER : new BodyReader(accepted.framing)
    this.#bodyEnded = this.#reader.done
    this.#continueDue = accepted.expectsContinue
    this.#keepAlive = accepted.keepAlive
    this.#answer.begin(this.head.minor)
    this.#emptyLines = 0
    this.deadline = 0
  }

  /** A message we can't read any further: answered, and the connection ends. */
  #refuse(reason: Refusal['reason']): boolean {
    this.#pending = null
    this.#state = state.busy
    this.#reader = NO_BODY_READER
    this.#bodyEnded = true
    this.#keepAlive = false
    this.#answer.begin(this.head.minor)
    this.deadline = 0
    this.#host.refuse(this, { policy: null, reason, detail: {} })
    return false
  }

  #readBody(): boolean {
    if (this.#sink === null || this.#bodyPaused || this.#reader.done) return false
    const bytes = this.#pending!
    this.deadline = this.#bodyDeadline
    const consumed = this.#reader.read(bytes, 0, bytes.length, this.#sink)
    if (this.#state !== state.busy) return false
    if (consumed < 0) {
      this.#brokenBody(reasons.malformed)
      return false
    }
    this.#use(bytes, consumed)
    if (this.#reader.done && !this.#bodyEnded) {
      this.#bodyEnded = true
      this.deadline = 0
      this.#sink.bodyEnd(this.#reader.trailers)
    }
    return true
  }

  /** The body won't come to its end: what has come can't be trusted, and what comes behind it is no request. */
  #brokenBody(reason: Refusal['reason']): void {
    this.#keepAlive = false
    this.#pending = null
    this.#sink = null
    const events = this.#events
    if (this.#answer.headSent || events === null) return this.#gone()
    this.#events = null
    events.clientFailed(reason)
  }

  #ended(): void {
    this.#halfClosed = true
    if (this.#state === state.busy) {
      this.#keepAlive = false
      if (!this.#bodyEnded && this.#pending === null) this.#gone()
      return
    }
    if (this.#state !== state.closed) this.#endNow()
  }

  get #readsBody(): boolean {
    return this.#sink !== null && !this.#bodyEnded && !this.#bodyPaused
  }

  get #bodyDeadline(): number {
    return this.#host.deadlines.now + this.#host.timeouts.body
  }

  #endNow(): void {
    this.#socket.end()
    this.#socket.destroySoon()
  }

  #pauseSocket(): void {
    if (this.#socketPaused) return
    this.#socketPaused = true
    this.#socket.pause()
  }

  #resumeSocket(): void {
    if (!this.#socketPaused || this.#state === state.closed) return
    this.#socketPaused = false
    this.#socket.resume()
  }

  // --- ClientSide: the request ---------------------------------------------------------------------------------------

  get upgrade(): string | null {
    return this.#accepted?.upgrade ?? null
  }

  get hasBody(): boolean {
    return this.#reader.framing.kind !== 'none'
  }

  get bodyLength(): number | null {
    return this.#reader.framing.kind === 'length' ? this.#reader.framing.length : null
  }

  get requestComplete(): boolean {
    return this.#bodyEnded
  }

  get takesInterim(): boolean {
    return this.head.minor === 1
  }

  listen(events: ClientEvents): void {
    this.#events = events
  }

  endAfterAnswer(): void {
    this.#keepAlive = false
  }

  readBody(sink: RequestBodySink): void {
    this.#sink = sink
    if (this.#bodyEnded) {
      sink.bodyEnd(this.#reader.trailers)
      return
    }
    if (this.#continueDue) {
      this.#continueDue = false
      // a body that is already here needs no invitation
      if (this.#pending === null) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
    }
    this.deadline = this.#bodyDeadline
    // what has been read already belongs to the sink now, also when this is called from within #process
    while (this.#pending !== null && this.#readBody());
    if (!this.#processing) this.#process()
  }

  pauseBody(): void {
    this.#bodyPaused = true
    this.deadline = 0
    this.#pauseSocket()
  }

  resumeBody(): void {
    if (!this.#bodyPaused) return
    this.#bodyPaused = false
    if (!this.#bodyEnded) this.deadline = this.#bodyDeadline
    this.#resumeSocket()
    this.#process()
  }

  // --- ClientSide: the answer ----------------------------------------------------------------------------------------

  sendInterim(status: number, reason: string, lines: string): void {
    this.#answer.interim(status, reason, lines)
  }

  sendHead(answer: AnswerHead): void {
    if (!this.#bodyEnded) this.#discardArrivedBody()
    if (!this.#bodyEnded || this.#halfClosed || this.#host.draining()) this.#keepAlive = false
    this.#keepAlive = this.#answer.head(answer, this.#keepAlive)
  }

  /** A body nobody wants, as far as it is here already: used up, so that the connection can go on. */
  #discardArrivedBody(): void {
    if (this.#sink !== null || this.#pending === null || this.#continueDue) return
    const bytes = this.#pending
    const consumed = this.#reader.read(bytes, 0, bytes.length, NOWHERE)
    if (consumed < 0) {
      this.#pending = null
      return
    }
    this.#use(bytes, consumed)
    this.#bodyEnded = this.#reader.done
  }

  sendData(chunk: Borrowed): boolean {
    return this.#taken(this.#answer.data(chunk))
  }

  flush(): void {
    this.#taken(this.#answer.flush())
  }

  /** A client that does not take its answer has so long to begin again. */
  #taken(more: boolean): boolean {
    if (!more) this.deadline = this.#bodyDeadline
    return more
  }

  sendEnd(trailers: string): void {
    if (this.#state !== state.busy) return
    this.#answer.end(trailers)
    this.#events = null
    this.#sink = null
    this.#bodyPaused = false
    this.#accepted = null
    // to llhttp a Connection that comes as a trailer counts: it reads nothing behind this message
    if (this.#reader.trailers !== '' && CONNECTION_TRAILER.test(this.#reader.trailers)) this.#keepAlive = false
    if (!this.#keepAlive) return this.#linger()
    this.#state = state.idle
    this.deadline = this.#host.deadlines.now + this.#host.timeouts.idle
    if (this.#host.draining()) return this.#linger()
    if (this.#pending !== null || this.#socketPaused) this.#process()
  }

  /** Ends our side and lets the client finish talking, so that a reset does not destroy the answer on its way. */
  #linger(): void {
    this.#reader.free()
    this.#pending = null
    this.#state = state.lingering
    this.deadline = this.#socket.writableLength > 0 ? this.#bodyDeadline : this.#host.deadlines.now + LINGER_MS
    this.#socket.end()
    if (this.#halfClosed) this.#socket.destroySoon()
    else this.#resumeSocket()
  }

  abort(): void {
    this.#events = null
    // a tunnel that was made of this connection ends with it
    if (this.#state === state.closed) this.#socket.destroy()
    else this.#close()
  }

  detach(): { bytes: ByteSocket; rest: Buffer } {
    this.#host.deadlines.remove(this)
    this.deadline = 0
    this.#state = state.closed
    this.#events = null
    const socket = this.#socket
    for (const event of ['drain', 'end', 'error', 'close']) socket.removeAllListeners(event)
    this.#bytes.onBytes = () => {}
    const rest = this.#pending === null ? Buffer.alloc(0) : kept(this.#pending)
    this.#pending = null
    socket.once('close', () => this.#host.closed(this))
    return { bytes: this.#bytes, rest }
  }

  // --- endings -------------------------------------------------------------------------------------------------------

  expired(): void {
    if (this.#state === state.head && this.#pending !== null) {
      this.head.clear()
      this.#refuse(reasons.requestTimeout)
    } else if (this.#state === state.busy && this.#readsBody) this.#brokenBody(reasons.requestTimeout)
    else this.#gone()
  }

  get busy(): boolean {
    return this.#state === state.busy
  }

  /** Ends connections that have no request under way; the others end with their answer. */
  drain(): void {
    if (this.#state === state.idle || (this.#state === state.head && this.#pending === null)) this.#linger()
  }

  #gone(): void {
    const events = this.#events
    this.#events = null
    this.#close()
    events?.clientGone()
  }

  #close(): void {
    if (this.#state === state.closed) return
    this.#state = state.closed
    this.#reader.free()
    this.#pending = null
    this.#sink = null
    this.deadline = 0
    this.#host.deadlines.remove(this)
    this.#socket.destroy()
    this.#host.closed(this)
  }
}

const CONNECTION_TRAILER = /^(proxy-)?connection:/im
const NO_BODY_READER = new BodyReader(noBody)
const NOWHERE = { bodyData() {} }
