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

/** What a request to a service may be signed with. */
export interface SignedRequest {
  readonly id: string
  /** The client's HTTP/1 minor version, and what its Via headers said; null without any. */
  readonly minor: number
  readonly via: string | null
  readonly clientIp: string
  /** Milliseconds that the exchange may take; null for no limit. */
  readonly timeoutMs: number | null
}

/** What a service's answer may be signed with. */
export interface SignedAnswer {
  readonly id: string
  readonly minor: number
  readonly via: string | null
  /** The service's own Server header; null without one. */
  readonly server: string | null
  readonly upstreamMs: number
  readonly gatewayMs: number
}

/** How a dialect looks on the wire: the names it signs with, how it refuses, and how it tells services who is calling. */
export interface Wire {
  /** Names that only the gateway may use towards services, and towards clients: what others send there is dropped. */
  readonly requestNames: readonly string[]
  readonly answerNames: readonly string[]
  /** Which X-Forwarded-* services are told: all that nginx-based gateways set (and X-Real-IP), or For and Proto only. */
  readonly forwarded: 'all' | 'for-and-proto'
  /** Lines that sign a request to a service. */
  signRequest(signed: SignedRequest): string
  /** Lines that sign an answer of the gateway's own. */
  signOwn(signed: { readonly id: string; readonly gatewayMs: number }): string
  /** Lines that sign a service's answer. */
  signRelayed(signed: SignedAnswer): string
  /** Names by which services hear who is calling. */
  readonly identityHeaders: readonly string[]
  refuse(refusal: Refusal, request: RefusedRequest): Answer
  /** Lines that tell the service of this identity. Called once per identity and memoised by the caller. */
  handOver(identity: Identity): HeaderBlock
}
