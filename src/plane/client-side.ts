import type { Reason } from '../policy/reason.ts'
import type { BodySink } from './http1/body-reader.ts'
import type { Borrowed, ByteSocket } from './http1/byte-socket.ts'
import type { RequestHead } from './http1/message-head.ts'

/** What is known of the connection a request came in on; the same for all requests on it. */
export interface ClientFacts {
  /** The peer's address; with PROXY protocol, the address it vouches for. */
  readonly ip: string
  readonly port: number
  readonly localIp: string
  readonly localPort: number
  readonly scheme: 'http' | 'https'
  /** Name of the listener: `http`, `https`, or the operator's. */
  readonly listener: string
  /** Server name of the TLS handshake, lower case; null without one. */
  readonly sni: string | null
  /** How the connection is secured; left out without TLS. */
  readonly tls?: { readonly version: string; readonly cipher: string; readonly certificate: boolean }
  /** DER, when asked for and verified. */
  readonly certificate: Uint8Array | null
  /** True when requests come by HTTP/2. */
  readonly http2: boolean
  /** True when the peer is in `trusted-ips` and its X-Forwarded-* are believed. */
  readonly trusted: boolean
}

/** How the body of an answer will be delimited, as far as its sender knows. */
export type AnswerFraming =
  /** No body at all (HEAD, 204, 304); `length` is announced where it is known. */
  | { readonly kind: 'none'; readonly length: number | null }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'stream' }

export interface AnswerHead {
  readonly status: number
  /** Empty for the standard phrase. */
  readonly reason: string
  /** Header lines, each ended by CR LF; without framing and connection headers. */
  readonly lines: string
  readonly framing: AnswerFraming
}

/** Receives the request's body, framing removed. */
export interface RequestBodySink extends BodySink {
  /** @param trailers lines as received, unjudged. */
  bodyEnd(trailers: string): void
}

/** Hears what happens on the client's side while a request is under way. */
export interface ClientEvents {
  /** The client takes bytes again. */
  clientDrain(): void
  /** The client's request can't be read to its end, but it can still be told why. */
  clientFailed(reason: Reason): void
  /** The client went away; nothing more can be sent. */
  clientGone(): void
}

/**
 * The client's side of one request: HTTP/1.1 connection or HTTP/2 stream. Everything the request flow may do to it.
 */
export interface ClientSide {
  readonly facts: ClientFacts
  readonly head: RequestHead
  /** Lower-case protocol the client may be switched to, or null. */
  readonly upgrade: string | null
  readonly hasBody: boolean
  /** Content-Length as announced; null when unknown or without body. */
  readonly bodyLength: number | null
  /** True once the whole request has arrived. */
  readonly requestComplete: boolean
  /** True when the answer can carry trailers and 1xx. */
  readonly takesInterim: boolean

  listen(events: ClientEvents): void
  /** The answer to this request ends the connection: what comes behind it is not to be trusted either. */
  endAfterAnswer(): void
  /** Starts handing over the body (sends `100 Continue` first when the client waits for it). */
  readBody(sink: RequestBodySink): void
  pauseBody(): void
  resumeBody(): void

  sendInterim(status: number, reason: string, lines: string): void
  sendHead(head: AnswerHead): void
  /** The chunk may be reused afterwards. @returns false when the sender should wait for `clientDrain`. */
  sendData(chunk: Borrowed): boolean
  /** @param trailers acceptable trailer lines, each ended by CR LF, or ''. */
  sendEnd(trailers: string): void
  /** Sends what was held back to be joined with what follows. */
  flush(): void
  /** Cuts the answer off so that the client can't take it for complete. */
  abort(): void
  /** Gives the raw socket up for a tunnel; null where that can't be. `rest` are bytes already read from the client. */
  detach(): { readonly bytes: ByteSocket; readonly rest: Buffer } | null
}
