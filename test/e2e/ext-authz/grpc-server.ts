import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Answers a call: a message, or how it fails. */
export type CallAnswer =
  /** @param grpcStatus told behind the message; 0 left out. */
  | { readonly message: Uint8Array; readonly grpcStatus?: number }
  | { readonly grpcStatus: number }
  | { readonly httpStatus: number }
  | 'silence'
  | 'cut-off'

/** A gRPC server of one method, by node's HTTP/2. Counts connections and calls. */
export class GrpcServer {
  readonly calls: {
    readonly path: string
    readonly authority: string
    readonly timeout: string
    readonly body: Buffer
  }[] = []
  connections = 0
  answer: () => CallAnswer = () => ({ message: new Uint8Array() })
  readonly #server: http2.Http2Server | http2.Http2SecureServer
  readonly #sessions = new Set<http2.ServerHttp2Session>()

  private constructor(server: http2.Http2Server | http2.Http2SecureServer) {
    this.#server = server
    server.on('session', (session) => {
      this.connections++
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session))
      session.on('error', () => {})
    })
    server.on('stream', (stream, headers) => this.#serve(stream, headers))
  }

  static async start(port = 0, pair?: { readonly key: string; readonly cert: string }): Promise<GrpcServer> {
    const server = new GrpcServer(pair === undefined ? http2.createServer() : http2.createSecureServer(pair))
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections; further ones are taken. */
  dropConnections(): void {
    for (const session of this.#sessions) session.destroy()
  }

  async stop(): Promise<void> {
    this.dropConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const [path, authority, timeout] = [headers[':path'], headers[':authority'], headers['grpc-timeout']].map(String)
      this.calls.push({
        path: path!,
        authority: authority!,
        timeout: timeout!,
        body: Buffer.concat(chunks).subarray(5),
      })
      const answer = this.answer()
      if (answer === 'silence') return
      if (answer === 'cut-off') return stream.session?.destroy()
      if ('httpStatus' in answer) return stream.respond({ ':status': answer.httpStatus }, { endStream: true })
      const head = { ':status': 200, 'content-type': 'application/grpc' }
      if (!('message' in answer))
        return stream.respond({ ...head, 'grpc-status': String(answer.grpcStatus) }, { endStream: true })
      stream.respond(head, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(answer.grpcStatus ?? 0) }))
      const frame = Buffer.alloc(5)
      frame.writeUInt32BE(answer.message.length, 1)
      stream.end(Buffer.concat([frame, answer.message]))
    })
  }
}
