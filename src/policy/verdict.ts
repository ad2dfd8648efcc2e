import type { Identity } from './identity.ts'
import type { Reason, RefusalDetail } from './reason.ts'

/** What a step says of a request. A throw is not a verdict: it means we broke, and the door stays closed. */
export type Verdict = Next | Abstain | Identified | Denied | Answered

/** Go on. */
export interface Next {
  readonly kind: 'next'
}
/** Nothing here for me to judge (no credential of my sort): not responsible is not refused. */
export interface Abstain {
  readonly kind: 'abstain'
}
export interface Identified {
  readonly kind: 'identified'
  readonly identity: Identity
}
export interface Denied {
  readonly kind: 'denied'
  readonly reason: Reason
  readonly detail: RefusalDetail
}
/** The policy answers in place of the service. */
export interface Answered {
  readonly kind: 'answered'
  readonly answer: Answer
}

export interface Answer {
  readonly status: number
  /** Name and value pairs; Content-Length is added by the plane. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array
}

export const next: Next = { kind: 'next' }
export const abstain: Abstain = { kind: 'abstain' }

export function identified(identity: Identity): Identified {
  return { kind: 'identified', identity }
}

/** Make the ones without request-specific detail at compile time: a refusal is then one pointer. */
export function denied(reason: Reason, detail: RefusalDetail = {}): Denied {
  return { kind: 'denied', reason, detail }
}

export function answered(answer: Answer): Answered {
  return { kind: 'answered', answer }
}
