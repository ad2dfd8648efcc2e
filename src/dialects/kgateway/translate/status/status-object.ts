import type { Condition, ResourceStatus } from '../../resources/status.ts'

/** Since when a condition has its status. @param place tells conditions of one type apart: a listener, parent, ancestor. */
export type Since = (place: string, condition: Condition) => string

/** What stands under `status` of an object; of lists that several controllers write to, our part. */
export function statusObject(status: ResourceStatus, since: Since): Readonly<Record<string, unknown>> {
  const written = (place: string, conditions: readonly Condition[]) =>
    conditions.map((condition) => ({
      ...condition,
      observedGeneration: status.observedGeneration,
      lastTransitionTime: since(place, condition),
    }))
  const { addresses, attachedListenerSets, conditions, listeners, parents, ancestors } = status
  return {
    ...(addresses && { addresses }),
    ...(attachedListenerSets !== undefined && { attachedListenerSets }),
    ...(conditions && { conditions: written('', conditions) }),
    ...(listeners && {
      listeners: listeners.map((each) => ({ ...each, conditions: written(each.name, each.conditions) })),
    }),
    ...(parents && {
      parents: parents.map((each) => ({
        ...each,
        conditions: written(JSON.stringify(each.parentRef), each.conditions),
      })),
    }),
    ...(ancestors && {
      ancestors: ancestors.map((each) => ({
        ...each,
        conditions: written(JSON.stringify(each.ancestorRef), each.conditions),
      })),
    }),
  }
}
