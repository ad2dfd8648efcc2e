import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../../resources/schema/prune.ts'
import type { AncestorStatus, ListenerStatus, ParentStatus, ResourceStatus } from '../../resources/status.ts'
import { withForeignTypes, writtenConditions } from './conditions.ts'

type Fields = Readonly<Record<string, unknown>>

/** Whose entries are ours, and what time it is (RFC 3339, whole seconds). */
export interface Writer {
  readonly controllerName: string
  readonly now: string
}

/** What an API server takes at most. */
const MOST_PARENTS = 32
const MOST_ANCESTORS = 16

/**
 * The members of a status that have to be written, so that it shows what is wanted; null if it does so already. Lists
 * are whole: entries of other controllers are in them.
 *
 * @param current the status that stands there now.
 */
export function statusChange(current: unknown, wanted: ResourceStatus, writer: Writer): Fields | null {
  const now = isRecord(current) ? current : {}
  const next: Record<string, unknown> = {}
  const { observedGeneration, conditions, listeners, addresses, attachedListenerSets, parents, ancestors } = wanted
  if (conditions !== undefined) {
    const ours = writtenConditions(conditions, observedGeneration, now.conditions, writer.now)
    next.conditions = withForeignTypes(ours, now.conditions)
  }
  if (listeners !== undefined) next.listeners = writtenListeners(listeners, observedGeneration, now.listeners, writer)
  if (addresses !== undefined) next.addresses = addresses
  if (attachedListenerSets !== undefined) next.attachedListenerSets = attachedListenerSets
  if (parents !== undefined) next.parents = entries(parents, 'parentRef', MOST_PARENTS, wanted, now.parents, writer)
  if (ancestors !== undefined) {
    next.ancestors = entries(ancestors, 'ancestorRef', MOST_ANCESTORS, wanted, now.ancestors, writer)
  }
  const changed = Object.entries(next).filter(([name, value]) => !sameAs(now[name], value))
  return changed.length === 0 ? null : Object.fromEntries(changed)
}

/** A list that is not there says as much as an empty one, a count as much as 0: nothing is written to say nothing. */
const sameAs = (now: unknown, next: unknown): boolean =>
  isDeepStrictEqual(now, next) || (now === undefined && (next === 0 || (Array.isArray(next) && next.length === 0)))

function writtenListeners(
  listeners: readonly ListenerStatus[],
  generation: number,
  before: unknown,
  { now }: Writer,
): object[] {
  const old = recordsIn(before)
  return listeners.map(({ name, supportedKinds, attachedRoutes, conditions }) => {
    const was = old.find((each) => each.name === name)
    return {
      name,
      supportedKinds,
      attachedRoutes,
      conditions: writtenConditions(conditions, generation, was?.conditions, now),
    }
  })
}

type Entry = Partial<ParentStatus> & Partial<AncestorStatus> & Pick<ParentStatus, 'conditions'>

/** Entries of other controllers stay where they are, ours come behind them. */
function entries(
  wanted: readonly Entry[],
  reference: 'parentRef' | 'ancestorRef',
  most: number,
  { observedGeneration }: ResourceStatus,
  before: unknown,
  { controllerName, now }: Writer,
): object[] {
  const old = recordsIn(before)
  const isOurs = (each: Fields) => each.controllerName === controllerName
  const ours = wanted.map((each) => {
    const was = old.find((other) => isOurs(other) && isDeepStrictEqual(other[reference], each[reference]))
    const conditions = writtenConditions(each.conditions, observedGeneration, was?.conditions, now)
    return { [reference]: each[reference], controllerName, conditions }
  })
  return [...old.filter((each) => !isOurs(each)), ...ours].slice(0, most)
}

const recordsIn = (list: unknown): Fields[] => (Array.isArray(list) ? list.filter(isRecord) : [])

/** Whether a status has entries of ours, which have to go where nothing is wanted any more. */
export function hasOurEntries(status: unknown, controllerName: string): boolean {
  if (!isRecord(status)) return false
  return [...recordsIn(status.parents), ...recordsIn(status.ancestors)].some(
    (each) => each.controllerName === controllerName,
  )
}
