import { type Discovery, unasked } from './discovery.ts'
import type { ConfigProblem } from './output.ts'

/** What kgateway's controller is told by its environment (KGW_…), and what stands for a cluster where there is none. */
export interface Settings {
  /** Classes that are ours though no GatewayClass says so: the one that kgateway makes by itself. */
  readonly ownClasses: readonly string[]
  /** Whether a policy may use another namespace's extension without a ReferenceGrant. */
  readonly referenceGrants: 'permissive' | 'strict'
  /** Policies of this namespace attach by labels in every namespace; null for none. */
  readonly globalPolicyNamespace: string | null
  /** A Service without EndpointSlices is reached by its DNS name (files), or not at all (a cluster). */
  readonly withoutSlices: 'name' | 'nobody'
  readonly discovery: Discovery
  /** What policies themselves say of configs. */
  readonly problemOf: ConfigProblem
  /** Sockets of the operator's own, by listener (`NAMESPACE/GATEWAY/LISTENER`). */
  readonly sockets: ReadonlyMap<string, string>
}

export const DEFAULT_SETTINGS: Settings = {
  ownClasses: ['kgateway'],
  referenceGrants: 'permissive',
  globalPolicyNamespace: null,
  withoutSlices: 'name',
  discovery: unasked,
  problemOf: () => null,
  sockets: new Map(),
}
