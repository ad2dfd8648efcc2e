/**
 * Calls of one gRPC server that take a message and give one (grpc/doc/PROTOCOL-HTTP2.md). One HTTP/2 connection, made
 * when it is needed and again when it is gone; calls share it.
 *
 * Written by hand since `@grpc/grpc-js` brings 32 packages for what is one POST here, one of them with an install script.
 */
import http2 from 'node:http2'
import { type BackendTls, tlsOptions } from '../../../policy/backend-tls.ts'

export interface GrpcServer {
  readonly host: string
  readonly port: number
  readonly tls: BackendTls | null
  readonly authority: string | null
}

/** The most an answer may hold. */
const ANSWER_BYTES = 1024 * 1024

/** A call that came to nothing. `message` is for the log. */
export class CallFailed extends Error {}

export class UnaryClient {
  readonly #server: GrpcServer
  #session: http2.ClientHttp2Session | null = null

  constructor(server: GrpcServer) {
    this.#server = server
  }

  /**
   * @param path `/package.Service/Method`
   * @param timeoutMs how long it may take, connecting included.
   * @throws CallFailed when there is no good answer in time.
   */
  call(path: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const session = this.#connected()
      let failure: string | null = null
      session.ref()
      const { host, port, tls, authority } = this.#server
      const stream = session.request({
        ':method': 'POST',
        ':scheme': tls === null ? 'http' : 'https',
        ':path': path,
        ':authority': authority ?? `${host.includes(':') ? `[${host}]` : host}:${port}`,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${timeoutMs}m`.replace(/^(\d{9,})m$/, '99999999m'),
      })
      const timer = setTimeout(() => fail('no answer in time'), timeoutMs)
      const reader = new AnswerReader()

      function fail(why: string): void {
        failure ??= why
        stream.close(http2.constants.NGHTTP2_CANCEL)
      }
      stream.on('response', (headers) => reader.head(headers))
      stream.on('trailers', (headers) => reader.trailers(headers))
      stream.on('data', (chunk: Buffer) => {
        if (!reader.data(chunk)) fail('the answer is too large')
      })
      stream.on('error', (error) => (failure ??= error.message))
      stream.on('close', () => {
        clearTimeout(timer)
        if (this.#session === session) session.unref()
        // a server that does not even take connections is asked anew next time
        if (session.connecting) session.destroy()
        const answer = failure === null ? reader.answer() : new CallFailed(failure)
        if (answer instanceof Error) reject(answer)
        else resolve(answer)
      })
      stream.end(framed(message))
    })
  }

  close(): void {
    this.#session?.destroy()
    this.#session = null
  }

  #connected(): http2.ClientHttp2Session {
    const before = this.#session
    if (before !== null && !before.closed && !before.destroyed) return before
    const { host, port, tls } = this.#server
    const name = host.includes(':') ? `[${host}]` : host
    const session = http2.connect(
      `${tls === null ? 'http' : 'https'}://${name}:${port}`,
      tls === null ? {} : tlsOptions(tls, host),
    )
    const forget = () => {
      if (this.#session === session) this.#session = null
    }
    // each call hears of it by its own stream
    session.on('error', forget)
    session.on('goaway', forget)
    session.on('close', forget)
    this.#session = session
    return session
  }
}

/** Not compressed, four bytes of length, the message. */
function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, 5)
  return frame
}

class AnswerReader {
  #status: number | undefined
  #contentType = ''
  #grpcStatus: string | undefined
  readonly #chunks: Buffer[] = []
  #size = 0

  head(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void {
    this.#status = headers[':status']
    this.#contentType = headers['content-type'] ?? ''
    // a call that failed at once has no trailers: its status is here
    this.trailers(headers)
  }
  trailers(headers: http2.IncomingHttpHeaders): void {
    const status = headers['grpc-status']
    if (status !== undefined) this.#grpcStatus = String(status)
  }
  data(chunk: Buffer): boolean {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    return this.#size <= ANSWER_BYTES + 5
  }
  answer(): Uint8Array | CallFailed {
    if (this.#status === undefined) return new CallFailed('the connection ended before an answer')
    if (this.#status !== 200 || !this.#contentType.startsWith('application/grpc'))
      return new CallFailed(`no gRPC answer: HTTP status ${this.#status}`)
    if (this.#grpcStatus === undefined) return new CallFailed('the answer has no gRPC status')
    if (this.#grpcStatus !== '0') return new CallFailed(`gRPC status ${this.#grpcStatus}`)
    const bytes = Buffer.concat(this.#chunks)
    if (bytes.length < 5 || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - 5)
      return new CallFailed('the answer is not one message')
    return bytes.subarray(5)
  }
}
