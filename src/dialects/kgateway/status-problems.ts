import type { Problem } from '../../model/problem.ts'
import type { Resource } from './resources/resource.ts'
import { elementText } from './resources/resource-problem.ts'
import type { Resources } from './resources/resources.ts'
import type { Condition, ResourceStatus } from './resources/status.ts'

/** What the conditions of all objects say is wrong, each at the place where the object was read. */
export function statusProblems(resources: Resources, statuses: readonly ResourceStatus[]): readonly Problem[] {
  const bad = statuses.flatMap((status) => {
    const { kind, namespace, name } = status
    const resource = resources.get(kind, namespace, name)
    const { source, line } = resource?.place ?? { source: '', line: null }
    const path = elementText({ kind, namespace, name })
    return causes(allConditions(status).filter(({ condition }) => isBad(condition))).map(
      ({ about, condition: { type, status: is, reason, message } }) => {
        const cause = message === '' ? (CAUSES[reason] ?? '') : message
        return {
          source,
          line,
          path: about === '' ? path : `${path} ${about}`,
          message: `${type} is ${is}: ${reason}${cause === '' ? '' : `: ${cause}`}`,
        }
      },
    )
  })
  return [...bad, ...withoutEffect(resources, statuses)]
}

/** What kgateway's reasons mean where its conditions have no message. */
const CAUSES: Readonly<Record<string, string>> = {
  NoMatchingParent: 'no listener of it has the sectionName and port of the parentRef',
  NotAllowedByListeners: 'allowedRoutes of its listeners let no such route, or none of this namespace, in',
  NoMatchingListenerHostname: 'none of the hostnames is one that its listeners take',
}

/** Without those that repeat what another condition of the same thing says: a missing Secret is told once, not thrice. */
function causes(bad: readonly Placed[]): readonly Placed[] {
  const isSame = (one: Placed, other: Placed) =>
    one.about === other.about && one.condition.message === other.condition.message && one.condition.message !== ''
  return bad.filter((each, at) => bad.findIndex((other) => isSame(each, other)) === at || each.condition.message === '')
}

/** What is attached to nothing that is served: kgateway passes over it in silence, and a door stands open unnoticed. */
function withoutEffect(resources: Resources, statuses: readonly ResourceStatus[]): readonly Problem[] {
  const reached = new Set(
    statuses.filter(({ parents = [], ancestors = [] }) => parents.length > 0 || ancestors.length > 0).map(elementText),
  )
  const policies = resources
    .all('TrafficPolicy')
    .filter(({ spec }) => spec.targetRefs !== undefined || spec.targetSelectors !== undefined)
  const about = (resource: Resource, message: string): readonly Problem[] => {
    const path = elementText({ kind: resource.kind, ...resource.metadata })
    return reached.has(path) ? [] : [{ ...resource.place, path, message }]
  }
  return [
    ...[...resources.all('HTTPRoute'), ...resources.all('GRPCRoute')].flatMap((route) =>
      about(
        route,
        'serves nothing: none of its parentRefs is a Gateway (or ListenerSet) of ours; namespace and name must be those of one',
      ),
    ),
    ...policies.flatMap((policy) =>
      about(
        policy,
        `guards nothing: in namespace ${policy.metadata.namespace} nothing has the name, the sectionName or the labels of its targets and reaches a Gateway of ours`,
      ),
    ),
  ]
}

/** Pending says no more than that another condition is bad. */
function isBad({ type, status, reason }: Condition): boolean {
  if (reason === 'Pending') return false
  if (type === 'Conflicted' || type === 'PartiallyInvalid') return status === 'True'
  return status === 'False' || reason === 'PartiallyValid' || reason === 'ListenersNotValid'
}

interface Placed {
  readonly about: string
  readonly condition: Condition
}

function allConditions({ conditions = [], listeners = [], parents = [], ancestors = [] }: ResourceStatus) {
  const placed = (about: string, given: readonly Condition[]): readonly Placed[] =>
    given.map((condition) => ({ about, condition }))
  return [
    ...placed('', conditions),
    ...listeners.flatMap((each) => placed(`listener ${each.name}`, each.conditions)),
    ...parents.flatMap((each) => placed(`on ${each.parentRef.name}`, each.conditions)),
    ...ancestors.flatMap((each) => placed(`on ${each.ancestorRef.kind} ${each.ancestorRef.name}`, each.conditions)),
  ]
}
