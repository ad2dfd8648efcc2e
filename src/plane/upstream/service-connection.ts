import type { ConnectionOptions } from 'node:tls'
import type { AcceptedResponse } from '../http1/acceptable.ts'
import type { Borrowed, ByteSocket } from '../http1/byte-socket.ts'
import type { ResponseHead } from '../http1/message-head.ts'

/** Why a connection to a service failed. */
export type UpstreamFault = 'connect' | 'connect-timeout' | 'name' | 'closed' | 'timeout' | 'invalid'

/** Who is waiting for a response. Calls come in this order: interim*, (head data* end | switched), or failed at any point. */
export interface ResponseHandler {
  interim(head: ResponseHead): void
  responseHead(head: ResponseHead, accepted: AcceptedResponse): void
  /** Part of the body, framing removed. The chunk is valid during the call only. */
  responseData(chunk: Borrowed): void
  /** @param trailers lines as received, unjudged. */
  responseEnd(trailers: string): void
  /** No more bytes of this read: what was held back for joining may be sent. */
  responseFlush(): void
  /** The service switched protocols (101). The socket is the caller's now; `rest` are bytes behind the head. */
  switched(head: ResponseHead, bytes: ByteSocket, rest: Buffer): void
  /** The socket takes bytes again. */
  requestDrain(): void
  failed(fault: UpstreamFault): void
}

/** Where connections go and how. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Null for plain TCP. */
  readonly tls: ConnectionOptions | null
}

/** How the body of a request will be delimited. */
export type RequestFraming =
  /** No body, and nothing said of one. */
  { readonly kind: 'none' } | { readonly kind: 'length'; readonly length: number } | { readonly kind: 'stream' }

/** The service's side of one request: an HTTP/1.1 connection for as long as it is used, or an HTTP/2 stream. */
export interface ServiceConnection {
  /** False until the service was reached: nothing of the request can have arrived yet. */
  readonly connected: boolean
  /** Requests it carried before this one. */
  readonly served: number
  /** True once a byte of the answer has arrived. */
  readonly answering: boolean
  /** Takes the connection for one request. Times in milliseconds. */
  begin(handler: ResponseHandler, method: string, readTimeout: number, writeTimeout: number): void
  /** Allows a 101 in answer to the current request. */
  expectSwitch(): void
  /**
   * @param lines request line and header lines as of HTTP/1.1, without framing and without the empty line.
   * @returns false when the caller should wait for `requestDrain`.
   */
  sendHead(lines: string, framing: RequestFraming): boolean
  /** The chunk may be reused afterwards. */
  sendData(chunk: Borrowed): boolean
  /** @param trailers acceptable lines, each ended by CR LF, or ''. */
  sendEnd(trailers: string): void
  pause(): void
  resume(): void
  /** The answer is complete and so is the request: the connection may carry another. */
  giveBack(): void
  /** Ends it without telling the handler. */
  destroy(): void
}

/** Connections to one endpoint. */
export interface ServicePool {
  readonly endpoint: Endpoint
  /** A connection that was kept from before, or null. */
  takeIdle(): ServiceConnection | null
  /** @param connectTimeout milliseconds. */
  open(connectTimeout: number): ServiceConnection
  close(): void
}
