/** What is known of an exchange when it is over. What costs anything to tell is a function. */
export interface Outcome {
  /** Milliseconds from the request's head to the end of the answer. */
  readonly totalMs: number
  /** Milliseconds that the gateway took until it forwarded the request; until it answered, where it did not. */
  readonly gatewayMs: number
  /** Milliseconds until the service answered; null when it did not. */
  readonly upstreamMs: number | null
  /** Milliseconds from the head of the service's answer to its end. */
  readonly receiveMs: number
  /** Bytes of the answer's body. */
  readonly bytesOut: number
  /** False when the client did not get a complete answer. */
  readonly complete: boolean
  /** `host:port` of the target that was asked last; null when none was. */
  readonly target: string | null
  /** How many attempts at targets there were. */
  readonly attempts: number
  /** Bytes of the request, head and body, without what delimits pieces of the body. */
  requestBytes(): number
  /** Bytes of the answer, likewise. */
  responseBytes(): number
  /** Every attempt at a target, in order. */
  tries(): readonly Try[]
  /** What the service was asked for, path and query; empty when none was. */
  upstreamUri(): string
  /** The request's headers and what policies made of them, names in lower case, values one character a byte. */
  requestHeaders(): HeaderPairs
  responseHeaders(): HeaderPairs
  /** True for the name of a header that holds a credential. @param name in lower case. */
  isCredentialHeader(name: string): boolean
  /** True for the name of a query argument that holds one. */
  isCredentialArgument(name: string): boolean
  /** Null without TLS. */
  readonly tls: { readonly version: string; readonly cipher: string; readonly certificate: boolean } | null
}

export interface Try {
  readonly host: string
  readonly port: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** The status the gateway would answer with; null when the target answered. */
  readonly failed: number | null
}

export type HeaderPairs = readonly (readonly [name: string, value: string])[]
