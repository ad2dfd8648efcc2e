import type { HeaderBlock } from '../base/header-block.ts'
import type { Principal } from './identity.ts'
import type { Refusal } from './wire.ts'

/** What policies may know of the matched route and its service. */
export interface RouteInfo {
  readonly id: string
  readonly name: string | null
  readonly service: ServiceInfo | null
  /** The whole entity as its dialect shows it, for records of exchanges. No secrets. */
  readonly shown?: Readonly<Record<string, unknown>>
}
export interface ServiceInfo {
  readonly id: string
  readonly name: string | null
  readonly host?: string
  readonly shown?: Readonly<Record<string, unknown>>
}

/** The connection that a request came in on. */
export interface ConnectionInfo {
  /** The peer's address; with PROXY protocol, the one it vouches for. A proxy's own where it is a trusted one. */
  readonly ip: string
  readonly port: number
  readonly localIp: string
  readonly localPort: number
  /** Server name of the TLS handshake, lower case; null without one. */
  readonly sni: string | null
  /** How it is secured (`TLSv1.3`); left out without TLS. `certificate`: whether the caller showed a good one. */
  readonly tls?: { readonly version: string; readonly cipher: string; readonly certificate: boolean }
}

/** The response on its way to the client, in a policy's `response` step. */
export interface ResponseView {
  readonly status: number
  /** True when the gateway made it, false when it came from the service. */
  readonly generated: boolean
  /** First value, or undefined. `name` in lower case. */
  header(name: string): string | undefined
}

/**
 * One request and the answer to it, as policies see them. Names are lower case. Values are latin1 strings, one
 * character a byte, exactly as the client sent them (surrounding blanks removed).
 *
 * Reading cuts strings out of the request's one decoded head on demand; what nobody asks for is never cut.
 */
export interface Exchange {
  /** 32 hexadecimal digits, told to the client, the service and the log. */
  readonly id: string
  /** Milliseconds since the epoch; read once per request. */
  readonly now: number
  readonly method: string
  /** The normalised path that was matched, without query. */
  readonly path: string
  /** The raw query without `?`; empty when there is none. */
  readonly query: string
  /** Path and query exactly as sent. */
  readonly target: string
  readonly httpVersion: '1.0' | '1.1' | '2'
  readonly scheme: 'http' | 'https'
  /** The Host header as sent. */
  readonly host: string
  /** Port of the Host header; the local port where it names none. */
  readonly hostPort: number
  /** The caller's address, after trusted proxies were believed. */
  readonly clientIp: string
  /** True when the peer is a trusted proxy: what it says in X-Forwarded-* may be believed. */
  readonly peerTrusted: boolean
  readonly route: RouteInfo | null
  readonly principal: Principal
  /** What one policy leaves for a later one, by name (e.g. `authenticated_jwt_token`). */
  readonly shared: Map<string, unknown>
  readonly connection: ConnectionInfo
  /** The caller's certificate (DER) when the TLS profile asked for one and it was verified. */
  readonly clientCertificate: Uint8Array | null

  /** First value of a request header. */
  header(name: string): string | undefined
  headerValues(name: string): readonly string[]
  /** All request headers, names in lower case: the client's that still stand, and those that policies wrote. */
  headerPairs(): readonly (readonly [name: string, value: string])[]
  /** Percent-decoded values of a query argument in order; `true` for a bare `?name` without `=`. */
  queryValues(name: string): readonly (string | true)[]
  /** Value of the first cookie of that name. */
  cookie(name: string): string | undefined
  /** Groups of the route's path expression, by number and by name; null for plain paths. */
  captures(): Readonly<Record<string, string>> | null
  /** The request body, for policies that declare `needs.body`: empty without one, null when larger than was asked for. */
  body(): Uint8Array | null
  /** The first bytes of the request body, for policies that declare `needs.body`: at least as many as were asked for, or all. */
  bodyStart(): Uint8Array

  // --- towards the service ---------------------------------------------------------------------------------------
  /**
   * Replaces every value the client sent under that name. The value is a byte string (see `headerValue` for text).
   * Throws TypeError on one that can't be a header.
   */
  setHeader(name: string, value: string): void
  /** Adds a value beside those the client sent under that name. Throws TypeError as `setHeader` does. */
  appendHeader(name: string, value: string): void
  /** Adds ready-made lines; the client's own headers of those names are dropped. */
  addHeaders(block: HeaderBlock): void
  dropHeader(name: string): void
  /** Removes every occurrence of the query argument from what the service gets. */
  dropQuery(name: string): void
  /** Another method for the service; what the client hears stays an answer to its own. Throws TypeError on no token. */
  setMethod(method: string): void
  /** The path that the service is asked for, whatever route and service make of it. Throws TypeError on no path. */
  setPath(path: string): void
  /** Another raw query, without `?`. Throws TypeError on what can't stand in one. */
  setQuery(query: string): void
  /** The Host header for the service. Throws TypeError on no host. */
  setHost(host: string): void
  /** Another body for the service in place of the client's (needs `needs.body`). */
  replaceBody(body: Uint8Array): void
  /**
   * Stops forwarding, with this refusal, once more body than that has come: for bodies whose length nobody announced.
   * The service never sees such a request end.
   */
  limitBody(bytes: number, refusal: Refusal): void
  /**
   * Has the route chosen anew when this step is over, for a policy that set these headers (lower case): they may lead
   * elsewhere. What the other route lists runs too, unless it has run already.
   */
  matchAgain(headers: readonly string[]): void

  // --- towards the client, whoever makes the answer ---------------------------------------------------------------
  setResponseHeader(name: string, value: string): void
  addResponseHeader(name: string, value: string): void
  dropResponseHeader(name: string): void
}
