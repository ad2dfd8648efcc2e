import type { Problem } from '../../model/problem.ts'
import type { Kind } from './resources/kinds.ts'
import type { Resources } from './resources/resources.ts'
import type { Condition } from './translate/condition.ts'
import type { Status } from './translate/status/status.ts'

/** What the conditions of all objects say is wrong, each at the place where the object was read. */
export function statusProblems(resources: Resources, statuses: readonly Status[]): readonly Problem[] {
  return statuses.flatMap((status) => {
    const namespace = 'namespace' in status ? status.namespace : ''
    const resource = resources.get(status.kind as Kind, namespace, status.name)
    const { source, line } = resource?.place ?? { source: '', line: null }
    const path = [status.kind, namespace, status.name].filter((part) => part !== '').join('/')
    return allConditions(status)
      .filter(({ condition }) => isBad(condition))
      .map(({ about, condition: { type, status: is, reason, message } }) => ({
        source,
        line,
        path: about === '' ? path : `${path} ${about}`,
        message: `${type} is ${is}: ${reason}${message === '' ? '' : `: ${message}`}`,
      }))
  })
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

function allConditions(status: Status): readonly Placed[] {
  const placed = (about: string, conditions: readonly Condition[]) =>
    conditions.map((condition) => ({ about, condition }))
  switch (status.kind) {
    case 'Gateway':
    case 'ListenerSet':
      return [
        ...placed('', status.conditions),
        ...status.listeners.flatMap(({ name, conditions }) => placed(`listener ${name}`, conditions)),
      ]
    case 'HTTPRoute':
    case 'GRPCRoute':
      return status.parents.flatMap(({ parentRef, conditions }) => placed(`on ${parentRef['name']}`, conditions))
    case 'TrafficPolicy':
      return status.ancestors.flatMap(({ ancestorRef: { kind, name }, conditions }) =>
        placed(`on ${kind} ${name}`, conditions),
      )
    default:
      return placed('', status.conditions)
  }
}
