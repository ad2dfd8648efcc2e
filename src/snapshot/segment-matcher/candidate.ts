import type { SegmentMatch } from '../../model/model.ts'
import type { Found, Match, Matchable } from '../route.ts'
import { rawArgument, valueCondition } from './value-condition.ts'

/** A route's match, compiled: what is left to check once host and plain path have led to it. */
export interface Candidate<T> extends Found<T> {
  readonly order: SegmentMatch['order']
  readonly method: string | null
  readonly pathExpression: ((path: string) => boolean) | null
  readonly conditions: readonly ((request: Matchable) => boolean)[]
  lastMatch: Match | null
}

/** @throws Error on a regular expression that can't be used. */
export function compileMatch<T>(match: SegmentMatch, target: T): Candidate<T> {
  const { path } = match
  const headers = match.headers.map(({ name, ...wanted }) => {
    const holds = valueCondition(wanted)
    return (request: Matchable) => {
      const values = request.headerValues(name)
      return values.length > 0 && holds(values.length === 1 ? values[0]! : values.join(','))
    }
  })
  const query = match.query.map(({ name, ...wanted }) => {
    const holds = valueCondition(wanted)
    return (request: Matchable) => {
      const value = rawArgument(request.query, name)
      return value !== null && holds(value)
    }
  })
  return {
    target,
    order: match.order,
    method: match.method,
    pathExpression: path.kind === 'regex' ? valueCondition({ kind: 'regex', value: path.value }) : null,
    conditions: [...headers, ...query],
    expression: null,
    prefixLength: path.kind === 'regex' ? 0 : path.value.length,
    lastMatch: null,
  }
}

/** Whether `a` is asked before `b`. */
export function outranks<T>(a: Candidate<T>, b: Candidate<T>): boolean {
  return a.order.rank === b.order.rank ? a.order.tie < b.order.tie : a.order.rank > b.order.rank
}

export function accepts<T>(candidate: Candidate<T>, request: Matchable): boolean {
  if (candidate.method !== null && candidate.method !== request.method) return false
  for (const condition of candidate.conditions) if (!condition(request)) return false
  return candidate.pathExpression === null || candidate.pathExpression(request.path)
}
