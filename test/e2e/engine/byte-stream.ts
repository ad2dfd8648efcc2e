import type { Socket } from 'node:net'

/** Nothing here waits longer than this: a limit for failures, never a pace. Milliseconds. */
export const PATIENCE_MS = 10_000

/** All bytes that arrive on a socket, to be waited for and taken piece by piece. */
export class ByteStream {
  readonly socket: Socket
  /** Bytes that arrived and were not taken yet. */
  bytes: Buffer = Buffer.alloc(0)
  ended = false
  closed = false
  /** True when the other side cut the connection (RST) instead of ending it. */
  reset = false
  #wake: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk])
      this.#changed()
    })
    socket.on('end', () => {
      this.ended = true
      this.#changed()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.reset ||= error.code === 'ECONNRESET' || error.code === 'EPIPE'
    })
    socket.on('close', () => {
      this.closed = true
      this.ended = true
      this.#changed()
    })
  }

  #changed(): void {
    const wake = this.#wake
    this.#wake = []
    for (const go of wake) go()
  }

  get text(): string {
    return this.bytes.toString('latin1')
  }

  take(length: number): Buffer {
    const taken = this.bytes.subarray(0, length)
    this.bytes = this.bytes.subarray(length)
    return taken
  }

  /**
   * Waits until `found` gives something other than undefined; asks again whenever bytes arrive or the stream ends.
   * @throws Error that shows what did arrive when that never happens.
   */
  async until<T>(what: string, found: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const result = found()
      if (result !== undefined) return result
      if (this.ended)
        throw new Error(`ended while waiting for ${what}; got: ${JSON.stringify(this.text.slice(0, 500))}`)
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve)
        signal.onabort = () => reject(new Error(`no ${what}; got: ${JSON.stringify(this.text.slice(0, 500))}`))
      })
    }
  }

  /** Waits for bytes as long as it takes. @returns false when the stream ended without. */
  async anyBytes(): Promise<boolean> {
    while (this.bytes.length === 0 && !this.ended) await new Promise<void>((resolve) => this.#wake.push(resolve))
    return this.bytes.length > 0
  }

  /** Waits for the other side's end. */
  async untilEnded(): Promise<void> {
    await this.until('end of stream', () => this.ended || undefined)
  }
}
