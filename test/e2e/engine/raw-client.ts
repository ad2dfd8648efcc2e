import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { ByteStream } from './byte-stream.ts'
import { type BodyRule, type Message, readMessage, statusOf } from './message.ts'

/** A client that sends exactly the bytes it is told to, and reads answers strictly. */
export class RawClient {
  readonly stream: ByteStream
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
    this.stream = new ByteStream(socket)
  }

  /** Plain TCP; half-open is allowed, so that its own end does not end the other side. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return client
  }

  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** @param bytes text is written one byte a character. */
  send(bytes: string | Buffer): this {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1')
    else this.socket.write(bytes)
    return this
  }

  /** The next message as it comes: a final answer or an interim one. */
  next(rule: BodyRule = 'response'): Promise<Message> {
    return readMessage(this.stream, rule)
  }

  /** The next final answer; interim ones before it are skipped. */
  async answer(rule: BodyRule = 'response'): Promise<Message> {
    for (;;) {
      const message = await this.next(rule)
      const status = statusOf(message)
      if (status >= 200 || status === 101) return message
    }
  }

  /** Ends our side and waits for the other. */
  async end(): Promise<void> {
    this.socket.end()
    await this.stream.untilEnded()
    this.socket.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }
}
