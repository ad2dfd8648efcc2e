import type { HeaderBlock } from '../base/header-block.ts'
import type { Identity } from './identity.ts'
import type { Reason, RefusalDetail } from './reason.ts'
import type { Answer } from './verdict.ts'

/** A refusal on its way out. */
export interface Refusal {
  /** The policy that refused; null when the gateway itself did (no route, bad gateway …). */
  readonly policy: string | null
  readonly reason: Reason
  readonly detail: RefusalDetail
}

/** What the wording of a refusal may depend on. */
export interface RefusedRequest {
  readonly id: string
  /** Null when the head could not be read. */
  readonly method: string | null
  readonly accept: string | undefined
  readonly contentType: string | undefined
  /** What the client asked for, as `https://host/path?query` would repeat it; empty when unknown. */
  readonly hostname: string
  readonly target: string
}

/** How a dialect looks on the wire: the names it signs with, how it refuses, and how it tells services who is calling. */
export interface Wire {
  /** Server header of answers that the gateway makes. */
  readonly server: string
  /** Pseudonym in Via headers. */
  readonly via: string
  readonly requestIdHeader: string
  /** Milliseconds the service took; milliseconds the gateway took; milliseconds for an answer of the gateway's own. */
  readonly upstreamLatencyHeader: string
  readonly proxyLatencyHeader: string
  readonly responseLatencyHeader: string
  /** Names by which services hear who is calling. */
  readonly identityHeaders: readonly string[]
  refuse(refusal: Refusal, request: RefusedRequest): Answer
  /** Lines that tell the service of this identity. Called once per identity and memoised by the caller. */
  handOver(identity: Identity): HeaderBlock
}
