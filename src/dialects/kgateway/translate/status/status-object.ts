import type { Condition } from '../condition.ts'
import { CONTROLLER } from '../names.ts'
import type { Status } from './status.ts'

/** A condition as it stands in an API server. */
export interface WrittenCondition extends Condition {
  readonly observedGeneration: number
  /** RFC 3339, to the second. */
  readonly lastTransitionTime: string
}

/** Since when a condition has its status. @param place tells conditions of one type apart: a listener, parent, ancestor. */
export type Since = (place: string, condition: Condition) => string

/** What stands under `status` of an object of that generation; of lists that several controllers write to, our part. */
export function statusObject(status: Status, generation: number, since: Since): Readonly<Record<string, unknown>> {
  const written = (place: string, conditions: readonly Condition[]): WrittenCondition[] =>
    conditions.map((condition) => ({
      ...condition,
      observedGeneration: generation,
      lastTransitionTime: since(place, condition),
    }))
  switch (status.kind) {
    case 'GatewayClass':
    case 'Backend':
    case 'GatewayExtension':
      return { conditions: written('', status.conditions) }
    case 'Gateway':
    case 'ListenerSet':
      return {
        conditions: written('', status.conditions),
        listeners: status.listeners.map((listener) => ({
          ...listener,
          conditions: written(listener.name, listener.conditions),
        })),
      }
    case 'HTTPRoute':
    case 'GRPCRoute':
      return {
        parents: status.parents.map(({ parentRef, conditions }) => ({
          parentRef,
          controllerName: CONTROLLER,
          conditions: written(JSON.stringify(parentRef), conditions),
        })),
      }
    case 'TrafficPolicy':
      return {
        ancestors: status.ancestors.map(({ ancestorRef, conditions }) => ({
          ancestorRef,
          controllerName: CONTROLLER,
          conditions: written(JSON.stringify(ancestorRef), conditions),
        })),
      }
  }
}
