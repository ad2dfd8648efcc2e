import type { Resource } from '../../resources/resource.ts'
import type { AncestorStatus, ResourceStatus } from '../../resources/status.ts'
import { type TlsBackend, tlsClaims, tlsSettings } from '../backend-tls.ts'
import type { BackendRef } from '../backends.ts'
import { type Condition, fails, holds } from '../condition.ts'
import { CONTROLLER, GATEWAY_API } from '../names.ts'
import type { Scene } from '../scene.ts'

type Policy = Resource<'BackendTLSPolicy'>

/** Collects by which Gateways BackendTLSPolicies are reached, and which of them are followed there. */
export class BackendTlsOutcomes {
  readonly #scene: Scene
  /** Followed somewhere behind the Gateway, or not. */
  readonly #ancestors = new Map<Policy, Map<Resource<'Gateway'>, boolean>>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** A route on the Gateway leads to this backend. */
  note(gateway: Resource<'Gateway'>, ref: BackendRef, namespace: string): void {
    const backend = this.#backend(ref, ref.namespace ?? namespace)
    if (backend === undefined) return
    const port = backend.kind === 'Service' ? backend.spec.ports.find(({ port: each }) => each === ref.port) : undefined
    const taken = new Set<boolean>()
    for (const { policy, isOfPort } of tlsClaims(this.#scene.resources, backend, port?.name)) {
      let ancestors = this.#ancestors.get(policy)
      if (ancestors === undefined) this.#ancestors.set(policy, (ancestors = new Map()))
      ancestors.set(gateway, (ancestors.get(gateway) ?? false) || !taken.has(isOfPort))
      taken.add(isOfPort)
    }
  }

  #backend({ group, kind, name }: BackendRef, namespace: string): TlsBackend | undefined {
    if (kind === 'Service' && group === '') return this.#scene.resources.get('Service', namespace, name)
    return kind === 'Backend' ? this.#scene.resources.get('Backend', namespace, name) : undefined
  }

  /** Policies that no route leads to have no ancestors. */
  status(policy: Policy): ResourceStatus {
    const { namespace, name, generation } = policy.metadata
    const ancestors = [...(this.#ancestors.get(policy) ?? [])]
    return {
      kind: 'BackendTLSPolicy',
      namespace,
      name,
      observedGeneration: generation,
      ancestors: ancestors.map(
        ([{ kind, metadata }, isFollowed]): AncestorStatus => ({
          ancestorRef: { group: GATEWAY_API, kind, namespace: metadata.namespace, name: metadata.name },
          controllerName: CONTROLLER,
          conditions: this.#conditions(policy, isFollowed),
        }),
      ),
    }
  }

  #conditions(policy: Policy, isFollowed: boolean): readonly Condition[] {
    const read = tlsSettings(this.#scene.resources, policy)
    const resolved = holds('ResolvedRefs', 'ResolvedRefs', 'Successfully resolved all references')
    if (!isFollowed) {
      return [fails('Accepted', 'Conflicted', 'An older policy has the same target'), resolved]
    }
    if ('serverName' in read) return [holds('Accepted', 'Accepted', 'Policy accepted'), resolved]
    const { reason, message } = read
    if (reason === 'Unsupported') return [fails('Accepted', 'Invalid', message), resolved]
    return [fails('Accepted', 'NoValidCACertificate', message), fails('ResolvedRefs', reason, message)]
  }
}
