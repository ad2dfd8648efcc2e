import { derivedOf } from '../policy/identity.ts'
import type { HeaderPairs, Outcome, Try } from '../policy/outcome.ts'
import type { HttpExchange } from './exchange.ts'
import type { Forward } from './forward.ts'
import { headerPairs } from './header-pairs.ts'
import type { ServedSource } from './site.ts'
import { targetPath } from './upstream/request-lines.ts'

/** How an exchange ended, as the request flow saw it. The head's text is there until the flow lets go of the client. */
export class ExchangeOutcome implements Outcome {
  readonly totalMs: number
  readonly gatewayMs: number
  readonly upstreamMs: number | null
  readonly receiveMs: number
  readonly bytesOut: number
  readonly complete: boolean
  readonly #exchange: HttpExchange
  readonly #source: ServedSource
  readonly #forward: Forward | null
  /** Header lines of the answer as they were sent, without framing. */
  readonly #lines: string
  readonly #status: number
  readonly #length: number | null

  constructor(
    exchange: HttpExchange,
    source: ServedSource,
    forward: Forward | null,
    answer: {
      readonly status: number
      readonly lines: string
      /** As announced; null where it was not. */
      readonly length: number | null
      readonly bytes: number
      readonly complete: boolean
    },
    times: { readonly totalMs: number; readonly gatewayMs: number; readonly upstreamMs: number | null },
  ) {
    this.#exchange = exchange
    this.#source = source
    this.#forward = forward
    this.#status = answer.status
    this.#lines = answer.lines
    this.#length = answer.length
    this.bytesOut = answer.bytes
    this.complete = answer.complete
    this.totalMs = times.totalMs
    this.gatewayMs = times.gatewayMs
    this.upstreamMs = times.upstreamMs
    this.receiveMs = times.upstreamMs === null ? 0 : Math.max(0, times.totalMs - times.gatewayMs - times.upstreamMs)
  }

  get target(): string | null {
    return this.#forward?.target ?? null
  }

  get attempts(): number {
    return this.#forward?.attempts ?? 0
  }

  get tls(): Outcome['tls'] {
    return this.#exchange.facts.tls ?? null
  }

  requestBytes(): number {
    const body = this.#forward?.bodyBytes ?? this.#exchange.collectedBody?.length ?? 0
    return this.#exchange.head.length + body
  }

  responseBytes(): number {
    if (this.#lines === '') return 0
    const length = this.#length === null ? 0 : `Content-Length: ${this.#length}\r\n`.length
    return length + `HTTP/1.1 ${this.#status} \r\n\r\n`.length + this.#lines.length + this.bytesOut
  }

  tries(): readonly Try[] {
    return this.#forward?.tries(this.upstreamMs !== null) ?? []
  }

  upstreamUri(): string {
    return this.#forward === null ? '' : targetPath(this.#exchange) + this.#exchange.forwardedQuery()
  }

  requestHeaders(): HeaderPairs {
    const exchange = this.#exchange
    const identity = exchange.principal.current
    const told =
      identity === null ? '' : exchange.toldLines(derivedOf(identity, this.#source.wire, this.#source.wire.handOver))
    return [...exchange.head.pairs(), ...headerPairs(told + exchange.addedLines() + exchange.appendedLines())]
  }

  responseHeaders(): HeaderPairs {
    const pairs = headerPairs(this.#lines)
    if (this.#length !== null) pairs.push(['content-length', String(this.#length)])
    return pairs
  }

  isCredentialHeader(name: string): boolean {
    return this.#source.snapshot.isCredentialHeader(name)
  }

  isCredentialArgument(name: string): boolean {
    return this.#source.snapshot.isCredentialArgument(name)
  }
}
