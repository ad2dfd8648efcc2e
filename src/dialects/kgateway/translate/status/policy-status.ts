import type { ResourceStatus } from '../../resources/status.ts'
import { type Condition, fails, holds } from '../condition.ts'
import type { ListenerView } from '../listeners.ts'
import { CONTROLLER, GATEWAY_API } from '../names.ts'
import type { Outcome, Scope } from '../scope.ts'
import type { PolicyView } from '../traffic-policy.ts'

interface Ancestor {
  readonly owner: ListenerView['owner']
  outcome: Outcome
}

const STRENGTH: readonly Outcome[] = ['attached', 'merged', 'overridden']

/** Collects what became of policies, place by place. */
export class PolicyOutcomes {
  readonly #ancestors = new Map<PolicyView, Map<string, Ancestor>>()

  /** @param owner the Gateway, or ListenerSet, by which the policies are reached there. */
  note(owner: ListenerView['owner'], { outcomes }: Scope): void {
    const key = `${GATEWAY_API}/${owner.kind}/${owner.metadata.name}//.${owner.metadata.namespace}`
    for (const [view, outcome] of outcomes) {
      let ancestors = this.#ancestors.get(view)
      if (ancestors === undefined) this.#ancestors.set(view, (ancestors = new Map()))
      const known = ancestors.get(key)
      if (known === undefined) ancestors.set(key, { owner, outcome })
      else if (STRENGTH.indexOf(outcome) > STRENGTH.indexOf(known.outcome)) known.outcome = outcome
    }
  }

  /** Policies that reach no Gateway have no ancestors. */
  status(view: PolicyView): ResourceStatus {
    const { namespace, name, generation } = view.policy.metadata
    const ancestors = [...(this.#ancestors.get(view) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      kind: 'TrafficPolicy',
      namespace,
      name,
      observedGeneration: generation,
      ancestors: ancestors.map(([, { owner, outcome }]) => ({
        ancestorRef: {
          group: GATEWAY_API,
          kind: owner.kind,
          namespace: owner.metadata.namespace,
          name: owner.metadata.name,
        },
        controllerName: CONTROLLER,
        conditions: conditionsOf(view, outcome),
      })),
    }
  }
}

const ATTACHED: Readonly<Record<Outcome, Condition>> = {
  attached: holds('Attached', 'Attached', 'Attached to all targets'),
  merged: holds('Attached', 'Merged', 'Merged with other policies in target(s) and attached'),
  overridden: fails('Attached', 'Overridden', 'Overridden due to conflict with higher priority policy in target(s)'),
}

function conditionsOf({ errors, unserved }: PolicyView, outcome: Outcome): Condition[] {
  if (errors.length > 0) {
    return [fails('Accepted', 'Invalid', errors.join('\n')), fails('Attached', 'Pending', '')]
  }
  const accepted =
    unserved.length > 0
      ? holds('Accepted', 'PartiallyValid', `Policy accepted, but for: ${unserved.join('; ')}`)
      : holds('Accepted', 'Valid', 'Policy accepted')
  return [accepted, ATTACHED[outcome]]
}
