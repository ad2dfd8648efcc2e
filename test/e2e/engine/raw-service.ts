import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { ByteStream, PATIENCE_MS } from './byte-stream.ts'
import { type Message, readMessage } from './message.ts'

/** One connection that the gateway made to the service. */
export interface ServiceConnection {
  /** Position in the order of their making. */
  readonly index: number
  readonly stream: ByteStream
  readonly socket: Socket
  /** Every byte that arrived on it; not recorded while `recording` is off. */
  recorded: Buffer[]
  recording: boolean
  /** Requests read whole. */
  readonly requests: Message[]
  /** Why a request could not be read strictly; null while all was well. */
  fault: Error | null
  send(bytes: string | Buffer): void
}

/** Answers one whole request. */
export type Handler = (request: Message, connection: ServiceConnection) => void | Promise<void>

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/**
 * A service of raw sockets. It reads strictly what the gateway sends, records every byte per connection, and answers
 * with whatever bytes a test wants.
 */
export class RawService {
  readonly connections: ServiceConnection[] = []
  /** Called for each whole request, unless `accept` takes the connection. */
  handle: Handler = (_request, connection) => connection.send(OK)
  /** Takes over a new connection before anything is read; return true to do all reading yourself. */
  accept: ((connection: ServiceConnection) => boolean) | null = null
  readonly #server: Server
  #wake: (() => void)[] = []

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connected(socket))
  }

  static async start(): Promise<RawService> {
    const service = new RawService()
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve))
    return service
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** All requests, in the order in which they were complete. */
  readonly requests: Message[] = []

  get faults(): readonly Error[] {
    return this.connections.flatMap(({ fault }) => (fault === null ? [] : [fault]))
  }

  /** Every byte that reached the service. */
  get received(): string {
    return this.connections.map(({ recorded }) => Buffer.concat(recorded).toString('latin1')).join('')
  }

  forget(): void {
    this.requests.length = 0
    for (const connection of this.connections) {
      connection.recorded = []
      connection.requests.length = 0
    }
  }

  /** Waits for something to become true of what was received. */
  async until<T>(what: string, found: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const result = found()
      if (result !== undefined) return result
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve)
        signal.onabort = () =>
          reject(new Error(`service: no ${what}; received ${JSON.stringify(this.received.slice(-500))}`))
      })
    }
  }

  /** Waits for the nth request (from 1) since the last `forget`. */
  request(n = 1): Promise<Message> {
    return this.until(`request ${n}`, () => this.requests[n - 1])
  }

  #changed(): void {
    const wake = this.#wake
    this.#wake = []
    for (const go of wake) go()
  }

  #connected(socket: Socket): void {
    const stream = new ByteStream(socket)
    const connection: ServiceConnection = {
      index: this.connections.length,
      stream,
      socket,
      recorded: [],
      recording: true,
      requests: [],
      fault: null,
      send: (bytes) => void (typeof bytes === 'string' ? socket.write(bytes, 'latin1') : socket.write(bytes)),
    }
    this.connections.push(connection)
    socket.on('data', (chunk: Buffer) => {
      if (connection.recording) connection.recorded.push(chunk)
      this.#changed()
    })
    socket.on('end', () => this.#changed())
    socket.on('close', () => this.#changed())
    this.#changed()
    if (this.accept?.(connection)) return
    void this.#serve(connection)
  }

  async #serve(connection: ServiceConnection): Promise<void> {
    try {
      while (await connection.stream.anyBytes()) {
        const request = await readMessage(connection.stream, 'request')
        connection.requests.push(request)
        this.requests.push(request)
        this.#changed()
        await this.handle(request, connection)
      }
    } catch (error) {
      connection.fault = error as Error
      connection.socket.destroy()
    }
    if (!connection.socket.destroyed) connection.socket.end()
    this.#changed()
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { socket } of this.connections) socket.destroy()
    await closed
  }
}
