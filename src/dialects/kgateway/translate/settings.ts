import { type Discovery, unasked } from './discovery.ts'
import type { ConfigProblem } from './output.ts'

/** What kgateway's controller is told by its environment (KGW_…), and what stands for a cluster where there is none. */
export interface Settings {
  /** Classes that are ours though no GatewayClass says so: the one that kgateway makes by itself. */
  readonly ownClasses: readonly string[]
  /**
   * `permissive`: a policy may use another namespace's extension without a ReferenceGrant; `strict`: it may not; `off`:
   * nobody needs one for anything.
   */
  readonly referenceGrants: 'permissive' | 'strict' | 'off'
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

/**
 * As `DEFAULT_SETTINGS`, but for what kgateway's own variables say: who moves brings them along.
 *
 * @throws Error when one has a value that it can't have.
 */
export function settingsFrom(env: Readonly<Record<string, string | undefined>>): Settings {
  const mode = (env['KGW_REFERENCE_GRANT_MODE'] ?? 'PERMISSIVE').toUpperCase()
  if (mode !== 'PERMISSIVE' && mode !== 'STRICT' && mode !== 'OFF') {
    throw new Error(`KGW_REFERENCE_GRANT_MODE: '${mode}': expected PERMISSIVE, STRICT or OFF`)
  }
  return {
    ...DEFAULT_SETTINGS,
    referenceGrants: mode === 'STRICT' ? 'strict' : mode === 'OFF' ? 'off' : 'permissive',
    globalPolicyNamespace: env['KGW_GLOBAL_POLICY_NAMESPACE'] || null,
  }
}
