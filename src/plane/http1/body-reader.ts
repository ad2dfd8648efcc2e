import type { Framing } from './acceptable.ts'
import type { Borrowed } from './byte-socket.ts'
import { ChunkedParser } from './llhttp.ts'

/**
 * Bytes of chunk framing (sizes, extensions, trailers) allowed between two pieces of body: enough for any real
 * extension or trailer section, too little to be an attack.
 */
const FRAMING_BYTES = 16384

/**
 * The pieces as one. Ten thousand chunks of one byte in a read cost a copy this way, where each by itself would cost a
 * write to the other side: a cheap way to keep a gateway busy.
 */
function joined(buffer: Buffer, spans: readonly number[]): Buffer {
  let length = 0
  for (let i = 0; i < spans.length; i += 2) length += spans[i + 1]! - spans[i]!
  const whole = Buffer.allocUnsafe(length)
  let at = 0
  for (let i = 0; i < spans.length; i += 2) at += buffer.copy(whole, at, spans[i], spans[i + 1])
  return whole
}

/** Receives the body of one message, framing removed. */
export interface BodySink {
  /** The chunk is valid during the call only; who keeps it copies it (`kept`). */
  bodyData(chunk: Borrowed): void
}

/** Takes the framing off one message's body. */
export class BodyReader {
  readonly framing: Framing
  /** True when the body is over. Never for a body that lasts until the connection closes. */
  done: boolean
  /** Trailer lines as received, unjudged. */
  trailers = ''
  #left = 0
  #parser: ChunkedParser | null = null
  #sinceBody = 0

  constructor(framing: Framing) {
    this.framing = framing
    this.done = framing.kind === 'none'
    if (framing.kind === 'length') this.#left = framing.length
    else if (framing.kind === 'chunked') this.#parser = new ChunkedParser()
  }

  /**
   * Hands what belongs to the body to the sink.
   * @returns the offset of the first byte behind what was used, or -1 when the framing is broken.
   */
  read(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    switch (this.framing.kind) {
      case 'none':
        return start
      case 'close':
        if (end > start) sink.bodyData(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end))
        return end
      case 'length': {
        const take = Math.min(this.#left, end - start)
        if (take === 0) return start
        this.#left -= take
        this.done = this.#left === 0
        sink.bodyData(take === buffer.length ? buffer : buffer.subarray(start, start + take))
        return start + take
      }
      case 'chunked':
        return this.#readChunked(buffer, start, end, sink)
    }
  }

  #readChunked(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    const parser = this.#parser
    if (parser === null) return -1
    const piece = parser.execute(buffer, start, end)
    if (piece === null) {
      this.free()
      return -1
    }
    const { spans } = piece
    let at = start
    for (let i = 0; i < spans.length; i += 2) {
      if (this.#sinceBody + spans[i]! - at > FRAMING_BYTES) return -1
      this.#sinceBody = 0
      at = spans[i + 1]!
    }
    this.#sinceBody += piece.consumed - at
    if (this.#sinceBody > FRAMING_BYTES) return -1
    if (spans.length === 2) sink.bodyData(buffer.subarray(spans[0], spans[1]))
    else if (spans.length > 2) sink.bodyData(joined(buffer, spans))
    if (piece.complete) {
      this.done = true
      this.trailers = parser.trailers
      this.free()
    }
    return piece.consumed
  }

  /** Gives the parser back when the message ends early. */
  free(): void {
    this.#parser?.free()
    this.#parser = null
  }
}
