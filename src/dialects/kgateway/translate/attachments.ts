import { olderFirst, type Resource } from '../resources/resource.ts'
import { selects } from './label-selector.ts'
import { GATEWAY_API, KGATEWAY } from './names.ts'
import type { Scene } from './scene.ts'
import type { PolicyView, TrafficPolicies } from './traffic-policy.ts'

type Policy = Resource<'TrafficPolicy'>
interface Target {
  readonly kind: string
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
  }
}

/** An object that was read and can't be taken. */
export interface RefusedPolicy {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** As it was written. */
  readonly spec: unknown
  /** Whether an earlier state of it still stands. */
  readonly isKept: boolean
}

/** Larger weights go before smaller ones, whatever their age. */
const WEIGHT = 'kgateway.dev/policy-weight'

/** Which policies are attached to an object, or to a section of it. */
export class Attachments {
  readonly #byTarget = new Map<string, PolicyView[]>()
  readonly #bySelector: {
    readonly view: PolicyView
    readonly selector: NonNullable<Policy['spec']['targetSelectors']>[number]
  }[] = []
  readonly #global: string | null

  constructor(scene: Scene, policies: TrafficPolicies, refused: readonly RefusedPolicy[]) {
    for (const each of refused) {
      if (each.kind !== 'TrafficPolicy' || each.isKept) continue
      const view = refusedView(each)
      for (const key of refusedTargets(scene, each)) this.#byTarget.set(key, [...(this.#byTarget.get(key) ?? []), view])
    }
    this.#global = scene.settings.globalPolicyNamespace
    for (const policy of [...scene.resources.all('TrafficPolicy')].sort(precedence)) {
      const view = policies.view(policy)
      for (const ref of policy.spec.targetRefs ?? []) {
        if (ref.group !== GATEWAY_API) continue
        const key = targetKey(ref.kind, policy.metadata.namespace, ref.name, ref.sectionName)
        this.#byTarget.set(key, [...(this.#byTarget.get(key) ?? []), view])
      }
      for (const selector of policy.spec.targetSelectors ?? []) this.#bySelector.push({ view, selector })
    }
  }

  /** In the order of precedence. @param section a listener's or rule's name; null for the object as a whole. */
  of(target: Target, section: string | null): readonly PolicyView[] {
    const { kind, metadata } = target
    const named = this.#byTarget.get(targetKey(kind, metadata.namespace, metadata.name, section ?? undefined)) ?? []
    if (this.#bySelector.length === 0) return named
    const selected = this.#bySelector
      .filter(({ view, selector }) => {
        const { namespace } = view.policy.metadata
        const inReach = namespace === metadata.namespace || namespace === this.#global
        return inReach && selector.group === GATEWAY_API && selector.kind === kind
      })
      .filter(({ selector }) => (selector.sectionName ?? null) === section)
      .filter(({ selector }) => selects(selector, metadata.labels))
      .map(({ view }) => view)
    return [...new Set([...named, ...selected])].sort((a, b) => precedence(a.policy, b.policy))
  }
}

/**
 * Who wrote a policy into a file meant it. An API server would have refused it, and whoever applied it would have been
 * told at once; here it must not end as a door that stands open: what it is attached to answers 500.
 */
function refusedView({ namespace, name }: RefusedPolicy): PolicyView {
  const metadata = {
    ...{ namespace, name, labels: {}, annotations: {} },
    ...{ generation: 1, creationTimestamp: null, order: 0 },
  }
  const policy = {
    ...{ kind: 'TrafficPolicy', apiVersion: `${KGATEWAY}/v1alpha1`, metadata, spec: {} },
    place: { source: '', line: null },
  } as Policy
  const key = `${KGATEWAY}/TrafficPolicy/${namespace}/${name}`
  return { policy, key, effects: new Map(), errors: ['the policy is not valid'], unserved: [] }
}

/** Where such a policy was to stand; where it does not say so by name alone, everything that it may have been to guard. */
function refusedTargets({ resources, settings }: Scene, { namespace, spec }: RefusedPolicy): readonly string[] {
  const { targetRefs, targetSelectors } = (spec ?? {}) as Readonly<Record<string, unknown>>
  const read = Array.isArray(targetRefs) ? targetRefs.map(readTarget) : []
  if (targetSelectors === undefined && read.length > 0 && read.every((each) => each !== null)) {
    return read.map(({ kind, name, sectionName }) => targetKey(kind, namespace, name, sectionName))
  }
  const gateways = [...resources.all('Gateway'), ...resources.all('ListenerSet')]
  return [...gateways, ...resources.all('HTTPRoute'), ...resources.all('GRPCRoute')]
    .filter(({ metadata }) => namespace === settings.globalPolicyNamespace || metadata.namespace === namespace)
    .map(({ kind, metadata }) => targetKey(kind, metadata.namespace, metadata.name, undefined))
}

const TARGETS = ['Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute']

/** Null where it names nothing that policies may guard: a kind misspelt may be the very mistake. */
function readTarget(ref: unknown): { kind: string; name: string; sectionName: string | undefined } | null {
  const { kind, name, sectionName } = (ref ?? {}) as Readonly<Record<string, unknown>>
  if (typeof kind !== 'string' || !TARGETS.includes(kind) || typeof name !== 'string') return null
  return { kind, name, sectionName: typeof sectionName === 'string' ? sectionName : undefined }
}

function precedence(a: Policy, b: Policy): number {
  return weightOf(b) - weightOf(a) || olderFirst(a, b)
}

function weightOf({ metadata }: Policy): number {
  const weight = Number(metadata.annotations[WEIGHT] ?? 0)
  return Number.isInteger(weight) ? weight : 0
}

function targetKey(kind: string, namespace: string, name: string, section: string | undefined): string {
  return `${kind}/${namespace}/${name}/${section ?? ''}`
}
