import type { ClientSide, RequestBodySink } from './client-side.ts'
import { type Borrowed, kept } from './http1/byte-socket.ts'

/**
 * Collects a request's body before the chain runs, for policies that read it. A body larger than they want is not
 * refused: they see none, and what was collected goes to the service ahead of the rest.
 */
export class BodyCollector implements RequestBodySink {
  readonly #client: ClientSide
  readonly #limit: number
  readonly #done: (whole: Buffer | null, pieces: readonly Buffer[]) => void
  readonly #pieces: Buffer[] = []
  #size = 0
  #over = false

  /** @param done is called once: with the whole body, or with null when it is larger than `limit` bytes. */
  constructor(client: ClientSide, limit: number, done: (whole: Buffer | null, pieces: readonly Buffer[]) => void) {
    this.#client = client
    this.#limit = limit
    this.#done = done
    client.readBody(this)
  }

  bodyData(chunk: Borrowed): void {
    this.#pieces.push(kept(chunk))
    this.#size += chunk.length
    if (this.#over || this.#size <= this.#limit) return
    this.#over = true
    this.#client.pauseBody()
    // the rest of this read may still follow; it is collected too before anything is decided
    queueMicrotask(() => {
      this.#done(null, this.#pieces)
      this.#client.resumeBody()
    })
  }

  bodyEnd(): void {
    if (this.#over) return
    this.#over = true
    this.#done(Buffer.concat(this.#pieces), this.#pieces)
  }
}
