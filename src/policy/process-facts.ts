import type { UpstreamHealth } from '../model/upstream-health.ts'

/** What a process that carries requests knows of itself, told when somebody scrapes. */
export interface ProcessFacts {
  /** The same in all processes of a gateway. */
  readonly nodeId: string
  readonly connections: {
    /** Since the start. */
    readonly accepted: number
    readonly open: number
    /** Of the open ones, those on which a request is under way. */
    readonly busy: number
  }
  /** Requests answered since the start. */
  readonly requests: number
  /** How the upstreams fare. */
  upstreams(): Iterable<UpstreamHealth>
}
