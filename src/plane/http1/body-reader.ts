import type { Framing } from './acceptable.ts'
import { ChunkedParser } from './llhttp.ts'

/**
 * Bytes of chunk framing (sizes, extensions, trailers) allowed between two pieces of body: enough for any real
 * extension or trailer section, too little to be an attack.
 */
const FRAMING_BYTES = 16384

/** Receives the body of one message, framing removed. */
export interface BodySink {
  bodyData(chunk: Buffer): void
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
    let at = start
    for (let i = 0; i < piece.spans.length; i += 2) {
      const from = piece.spans[i]!
      if (this.#sinceBody + from - at > FRAMING_BYTES) return -1
      this.#sinceBody = 0
      at = piece.spans[i + 1]!
      sink.bodyData(buffer.subarray(from, at))
    }
    this.#sinceBody += piece.consumed - at
    if (this.#sinceBody > FRAMING_BYTES) return -1
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
