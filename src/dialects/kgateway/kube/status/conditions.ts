import { isRecord } from '../../resources/schema/prune.ts'
import type { Condition } from '../../resources/status.ts'

/** A condition as it stands in an API server. */
export interface WrittenCondition extends Condition {
  readonly observedGeneration: number
  /** Since when its status is what it is. */
  readonly lastTransitionTime: string
}

/** What an API server takes at most. */
const LONGEST_MESSAGE = 32_768
const MOST_CONDITIONS = 8

/**
 * Our conditions as they are to be written down: each keeps its time as long as its status stays what it was.
 *
 * @param before the list that stands there now, whoever wrote it.
 */
export function writtenConditions(
  conditions: readonly Condition[],
  observedGeneration: number,
  before: unknown,
  now: string,
): WrittenCondition[] {
  const old = new Map(conditionsIn(before).map((each) => [each.type, each]))
  return conditions.slice(0, MOST_CONDITIONS).map(({ type, status, reason, message }) => {
    const was = old.get(type)
    const since = was?.status === status && typeof was.lastTransitionTime === 'string' ? was.lastTransitionTime : now
    const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message
    return { type, status, reason, message: shown, observedGeneration, lastTransitionTime: since }
  })
}

/** Ours, and those of other types that stand there: somebody else may add a type of their own to one object. */
export function withForeignTypes(ours: readonly WrittenCondition[], before: unknown): unknown[] {
  const types = new Set(ours.map(({ type }) => type))
  const foreign = conditionsIn(before).filter(({ type }) => !types.has(type as string))
  return [...ours, ...foreign].slice(0, MOST_CONDITIONS)
}

const conditionsIn = (list: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(list) ? list.filter(isRecord) : []
