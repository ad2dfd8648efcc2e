import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AnswerHead, ClientEvents, ClientFacts, ClientSide, RequestBodySink } from '../client-side.ts'
import type { Limited } from '../deadlines.ts'
import { acceptRequest } from '../http1/acceptable.ts'
import { type Borrowed, kept } from '../http1/byte-socket.ts'
import type { ConnectionHost } from '../http1/connection-host.ts'
import { RequestHead } from '../http1/message-head.ts'
import { reasons } from '../reasons.ts'
import { answerHeaders, fieldLines, requestText, trailerHeaders } from './head-text.ts'

/** Requests that one connection may have under way at once. */
const STREAMS = 256

/** Serves the streams of one HTTP/2 connection, each as a request of its own. */
export function serveHttp2(session: ServerHttp2Session, facts: ClientFacts, host: ConnectionHost): void {
  session.settings({ maxConcurrentStreams: STREAMS })
  session.on('error', () => session.destroy())
  session.on('stream', (stream, _headers, flags, rawHeaders) => {
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    serveStream(stream, rawHeaders as unknown as string[], ended, facts, host)
  })
  session.setTimeout(host.timeouts.idle, () => session.close())
}

function serveStream(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  ended: boolean,
  facts: ClientFacts,
  host: ConnectionHost,
): void {
  const client = new Http2Client(stream, facts, host, ended)
  const text = requestText(rawHeaders, ended)
  const bytes = text === null ? null : Buffer.from(text, 'latin1')
  const scanned =
    bytes === null ? 'malformed' : client.head.scan(bytes, 0, bytes.length, host.requestRoles(), host.limits)
  if (scanned === 'too-large') return host.refuse(client, { policy: null, reason: reasons.headTooLarge, detail: {} })
  const accepted = scanned === 'complete' ? acceptRequest(client.head) : 'malformed'
  if (typeof accepted === 'string') {
    const reason = accepted === 'method-not-allowed' ? reasons.methodNotAllowed : reasons.malformed
    return host.refuse(client, { policy: null, reason, detail: {} })
  }
  client.bodyLength = accepted.framing.kind === 'length' ? accepted.framing.length : null
  host.request(client)
}

/** One HTTP/2 stream as the client's side of a request. */
class Http2Client implements ClientSide, Limited {
  readonly facts: ClientFacts
  readonly head = new RequestHead()
  readonly upgrade = null
  readonly takesInterim = true
  bodyLength: number | null = null
  readonly #stream: ServerHttp2Stream
  readonly #host: ConnectionHost
  deadline = 0
  readonly hasBody: boolean
  #bodyEnded: boolean
  #trailers = ''
  #answerTrailers = ''
  #headSent = false
  #over = false
  /** The answer breaks off. */
  #cut = false
  #events: ClientEvents | null = null

  constructor(stream: ServerHttp2Stream, facts: ClientFacts, host: ConnectionHost, ended: boolean) {
    this.#stream = stream
    this.#host = host
    host.deadlines.add(this)
    this.facts = facts
    this.hasBody = !ended
    this.#bodyEnded = ended
    stream.on('error', () => this.#gone())
    stream.on('aborted', () => this.#gone())
    stream.on('close', () => this.#gone())
    stream.on('drain', () => {
      this.deadline = 0
      this.#events?.clientDrain()
    })
    stream.on('trailers', (_headers, _flags, raw: unknown) => {
      this.#trailers = fieldLines(raw as string[])
    })
    stream.on('wantTrailers', () => {
      // Node ends what it is told to reset: without trailers that end stays unsaid, and the client sees the reset only
      if (!this.#cut) stream.sendTrailers(trailerHeaders(this.#answerTrailers))
    })
  }

  get requestComplete(): boolean {
    return this.#bodyEnded
  }

  listen(events: ClientEvents): void {
    this.#events = events
  }

  /** Streams can't be taken for one another. */
  endAfterAnswer(): void {}

  readBody(sink: RequestBodySink): void {
    if (this.#bodyEnded) {
      sink.bodyEnd(this.#trailers)
      return
    }
    this.#stream.removeAllListeners('data')
    this.#stream.removeAllListeners('end')
    this.#limit()
    this.#stream.on('data', (chunk: Buffer) => {
      this.#limit()
      sink.bodyData(chunk)
    })
    this.#stream.on('end', () => {
      if (this.#over) return
      this.#bodyEnded = true
      this.deadline = 0
      sink.bodyEnd(this.#trailers)
    })
  }

  pauseBody(): void {
    this.deadline = 0
    this.#stream.pause()
  }

  resumeBody(): void {
    if (!this.#bodyEnded) this.#limit()
    this.#stream.resume()
  }

  /** The client has to do something now: send more of its body, or take its answer. */
  #limit(): void {
    this.deadline = this.#host.deadlines.now + this.#host.timeouts.body
  }

  expired(): void {
    const events = this.#events
    if (this.#headSent || events === null) {
      this.#gone()
      this.#stream.close(constants.NGHTTP2_CANCEL)
    } else {
      this.#events = null
      events.clientFailed(reasons.requestTimeout)
    }
  }

  /** False once the client reset the stream or is gone: writing to it would throw. */
  get #open(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed
  }

  sendInterim(status: number, _reason: string, lines: string): void {
    if (!this.#headSent && this.#open && status !== 101) this.#stream.additionalHeaders(answerHeaders(status, lines))
  }

  sendHead(answer: AnswerHead): void {
    if (!this.#open) return
    this.#headSent = true
    const headers = answerHeaders(answer.status, answer.lines)
    const { framing } = answer
    if (framing.kind !== 'stream' && framing.length !== null) headers['content-length'] = String(framing.length)
    // A client of gRPC takes a status among the headers only when the headers are all there is.
    const endStream = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0)
    this.#stream.respond(headers, { endStream, waitForTrailers: framing.kind === 'stream' })
  }

  sendData(chunk: Borrowed): boolean {
    if (!this.#open || this.#stream.writableEnded) return true
    const more = this.#stream.write(kept(chunk))
    if (!more) this.#limit()
    return more
  }

  flush(): void {}

  sendEnd(trailers: string): void {
    this.#answerTrailers = trailers
    this.#over = true
    this.#events = null
    this.#unlimit()
    if (!this.#stream.destroyed) {
      this.#stream.end()
      // an answer to a request that is still arriving: the rest is not wanted (RFC 9113 §8.1)
      if (!this.#bodyEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR)
    }
  }

  abort(): void {
    this.#cut = true
    this.#over = true
    this.#events = null
    this.#unlimit()
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  detach(): null {
    return null
  }

  #unlimit(): void {
    this.deadline = 0
    this.#host.deadlines.remove(this)
  }

  #gone(): void {
    this.#unlimit()
    if (this.#over) return
    this.#over = true
    const events = this.#events
    this.#events = null
    events?.clientGone()
  }
}
