import type { Clock } from '../base/clock.ts'
import type { CertificateSpec, Change, ServiceSpec, UpstreamSpec } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { Directory } from '../policy/directory.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import type { Registry } from '../policy/registry.ts'
import type { Chain, CompiledRoute, Match, Matchable } from './route.ts'

export interface SnapshotOptions {
  /** Name of the source, as the user wrote it; stands in problems. */
  readonly source: string
  readonly policies: readonly AnyPolicy[]
  readonly clock: Clock
  readonly registry: Registry
  /** Compare hosts exactly as written: case and a trailing dot count. Default false. */
  readonly exactHosts?: boolean
  /** Consumers and credentials of another source in place of this one's own. */
  readonly consumersFrom?: Directory
}

/**
 * One source's configuration, ready to serve. Changed in place by `apply`, synchronously, so always between two
 * requests; what a running request already took from it stays as it was.
 */
export class Snapshot {
  constructor(_options: SnapshotOptions) {
    throw new Error('not written yet')
  }
  /** Consumers and credentials. */
  get directory(): Directory {
    throw new Error('not written yet')
  }
  /** Header names (lower case) that policies tell services; another set whenever the names change. */
  get identityHeaders(): ReadonlySet<string> {
    throw new Error('not written yet')
  }
  /** What is wrong with elements of this source that were tried so far. */
  get problems(): readonly Problem[] {
    throw new Error('not written yet')
  }
  apply(_changes: readonly Change[]): void {}
  match(_request: Matchable): Match | null {
    return null
  }
  /** What runs when no route matched: only the `response` and `record` steps of uses that stand everywhere. */
  globalChain(): Chain {
    throw new Error('not written yet')
  }
  route(_id: string): CompiledRoute | null {
    return null
  }
  service(_id: string): ServiceSpec | null {
    return null
  }
  upstreamNamed(_name: string): UpstreamSpec | null {
    return null
  }
  certificate(_id: string): CertificateSpec | null {
    return null
  }
  /** The certificate for a server name: exact, then wildcards; `*` last. */
  certificateFor(_serverName: string): CertificateSpec | null {
    return null
  }
}
