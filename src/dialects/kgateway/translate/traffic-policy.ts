import type { Resource } from '../resources/resource.ts'
import { FIELDS, type FieldName, UNSERVED } from './fields.ts'
import type { FieldEffect } from './filter.ts'
import { KGATEWAY } from './names.ts'
import { PolicyError } from './policy-error.ts'
import type { Scene } from './scene.ts'

type Policy = Resource<'TrafficPolicy'>

/** A TrafficPolicy, translated: what each of its fields comes to, and what is wrong with it. */
export interface PolicyView {
  readonly policy: Policy
  /** `gateway.kgateway.dev/TrafficPolicy/NAMESPACE/NAME` */
  readonly key: string
  readonly effects: ReadonlyMap<FieldName, FieldEffect>
  /** Any of these makes the policy invalid, and closes what it is attached to. */
  readonly errors: readonly string[]
  /** What is in it and not served, though nothing is less safe for that. */
  readonly unserved: readonly string[]
}

export class TrafficPolicies {
  readonly #scene: Scene
  readonly #views = new Map<Policy, PolicyView>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  view(policy: Policy): PolicyView {
    let view = this.#views.get(policy)
    if (view === undefined) this.#views.set(policy, (view = this.#translated(policy)))
    return view
  }

  named(namespace: string, name: string): PolicyView | null {
    const policy = this.#scene.resources.get('TrafficPolicy', namespace, name)
    return policy === undefined ? null : this.view(policy)
  }

  #translated(policy: Policy): PolicyView {
    const effects = new Map<FieldName, FieldEffect>()
    const errors: string[] = []
    for (const [field, translate] of Object.entries(FIELDS)) {
      if (policy.spec[field as FieldName] === undefined) continue
      try {
        effects.set(field as FieldName, translate(this.#scene, policy, policy.spec as never))
      } catch (error) {
        // Whatever one policy makes us stumble over must not keep all others as they were: it closes its own door.
        errors.push(error instanceof PolicyError ? error.message : `${field} can not be translated`)
      }
    }
    const unserved: string[] = []
    for (const { says, closes } of UNSERVED.map((find) => find(policy.spec)).filter((each) => each !== null)) {
      if (closes) errors.push(says)
      else unserved.push(says)
    }
    const { namespace, name } = policy.metadata
    return { policy, key: `${KGATEWAY}/TrafficPolicy/${namespace}/${name}`, effects, errors, unserved }
  }
}
