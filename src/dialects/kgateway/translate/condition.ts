import type { Condition } from '../resources/status.ts'

export type { Condition }

export const holds = (type: string, reason: string, message: string): Condition => ({
  type,
  status: 'True',
  reason,
  message,
})
export const fails = (type: string, reason: string, message: string): Condition => ({
  type,
  status: 'False',
  reason,
  message,
})

/**
 * Conditions for a status: what was found while translating, and for every other type what stands when nothing was.
 * One type is said once; what was found first counts.
 */
export function conditionsOf(found: readonly Condition[], standing: readonly Condition[]): Condition[] {
  return standing.map((usual) => found.find(({ type }) => type === usual.type) ?? usual)
}
