import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { AnswerHead } from '../client-side.ts'
import { type Borrowed, kept } from './byte-socket.ts'

/** Pieces up to this size are joined into one write with what goes before them. */
const JOINED_BYTES = 16384

/**
 * Writes answers in HTTP/1.x, one after the other. Framing is made here and nowhere else. A head waits for the first
 * piece of its body, so that a small answer leaves in one write; `flush` says that nothing more is coming just now.
 */
export class AnswerWriter {
  readonly #socket: Socket
  #minor = 1
  #headSent = false
  #chunked = false
  #bodiless = false
  #held = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** A new request is to be answered. @param minor 0 for HTTP/1.0, which knows neither chunks nor interim answers. */
  begin(minor: number): void {
    this.#minor = minor
    this.#headSent = false
  }

  get headSent(): boolean {
    return this.#headSent
  }

  interim(status: number, reason: string, lines: string): void {
    if (this.#minor === 0 || this.#headSent) return
    this.#socket.write(`HTTP/1.1 ${status} ${reason || STATUS_CODES[status] || ''}\r\n${lines}\r\n`, 'latin1')
  }

  /** @returns whether the connection can go on afterwards: false when only its end can tell the end of the body. */
  head(answer: AnswerHead, keepAlive: boolean): boolean {
    const { framing } = answer
    let goesOn = keepAlive
    let text = `HTTP/1.1 ${answer.status} ${answer.reason || STATUS_CODES[answer.status] || ''}\r\n`
    this.#headSent = true
    this.#chunked = framing.kind === 'stream' && this.#minor === 1
    this.#bodiless = framing.kind === 'none'
    if (this.#chunked) text += 'Transfer-Encoding: chunked\r\n'
    else if (framing.kind === 'stream') goesOn = false
    else if (framing.length !== null) text += `Content-Length: ${framing.length}\r\n`
    if (!goesOn) text += 'Connection: close\r\n'
    else if (this.#minor === 0) text += 'Connection: keep-alive\r\n'
    this.#held = `${text}${answer.lines}\r\n`
    return goesOn
  }

  /** @returns false when the socket takes no more for now. */
  data(chunk: Borrowed): boolean {
    if (this.#bodiless || chunk.length === 0) return true
    const size = this.#chunked ? `${chunk.length.toString(16)}\r\n` : ''
    if (chunk.length <= JOINED_BYTES) {
      this.#held += this.#chunked ? `${size}${chunk.latin1Slice()}\r\n` : chunk.latin1Slice()
      return this.#held.length <= JOINED_BYTES || this.flush()
    }
    const socket = this.#socket
    socket.cork()
    socket.write(this.#held + size, 'latin1')
    const more = socket.write(kept(chunk))
    this.#held = this.#chunked ? '\r\n' : ''
    socket.uncork()
    return more
  }

  /** @param trailers acceptable lines, each ended by CR LF, or ''. */
  end(trailers: string): void {
    if (this.#chunked) this.#held += `0\r\n${trailers}\r\n`
    this.flush()
  }

  flush(): boolean {
    if (this.#held === '') return true
    const text = this.#held
    this.#held = ''
    return this.#socket.write(text, 'latin1')
  }
}
