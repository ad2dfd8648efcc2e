import type { TextMatch } from '../../model/model.ts'
import type { Found, Match, Matchable } from '../route.ts'
import { addressCondition } from './address-condition.ts'
import { headerCondition } from './header-condition.ts'
import { PathExpression } from './path-expression.ts'
import { sniCondition } from './sni-condition.ts'

/** One further thing a request must fulfil. */
export type Condition = (request: Matchable) => boolean

/** A route's match, compiled: what is left to check once host and path text have led to it. */
export interface Candidate<T> extends Found<T> {
  readonly target: T
  readonly id: string
  readonly high: number
  readonly low: number
  readonly methods: readonly string[] | null
  readonly expression: PathExpression | null
  /** Length of the plain path in bytes. */
  readonly prefixLength: number
  readonly conditions: readonly Condition[]
  /** The answer made last; holds as long as the target's route is the same. */
  lastMatch: Match | null
}

/** What a `TextMatch` asks for apart from its hosts, compiled once for all of them. */
export interface CompiledMatch<T> {
  /** What every matching path starts with, one character a byte. */
  readonly pathText: string
  candidate(port: number | null): Candidate<T>
}

/** @throws Error on a regular expression that can't be used. */
export function compileMatch<T>(match: TextMatch, id: string, target: T): CompiledMatch<T> {
  const { path } = match
  const expression = path?.kind === 'regex' ? new PathExpression(path.value) : null
  const prefix = path?.kind === 'prefix' ? path.value : ''
  const conditions: Condition[] = []
  if (match.snis !== null) conditions.push(sniCondition(match.snis))
  if (match.sources !== null) {
    conditions.push(addressCondition(match.sources, (request) => [request.clientIp, request.clientPort]))
  }
  if (match.destinations !== null) {
    conditions.push(addressCondition(match.destinations, (request) => [request.localIp, request.localPort]))
  }
  for (const header of match.headers) conditions.push(headerCondition(header.name, header.values))
  return {
    pathText: expression?.literalPrefix ?? prefix,
    candidate: (port) => ({
      target,
      id,
      high: match.order.high,
      low: match.order.low,
      methods: match.methods,
      expression,
      prefixLength: prefix.length,
      conditions: port === null ? conditions : [(request) => request.hostPort === port, ...conditions],
      lastMatch: null,
    }),
  }
}

/** Whether `a` is asked before `b`. The larger id wins a tie, as in Kong. */
export function outranks<T>(a: Candidate<T>, b: Candidate<T>): boolean {
  if (a.high !== b.high) return a.high > b.high
  if (a.low !== b.low) return a.low > b.low
  return a.id > b.id
}

/** Whether the request fulfils what host and path text left open. Expressions come last: they cost most. */
export function accepts<T>(candidate: Candidate<T>, request: Matchable): boolean {
  if (candidate.methods !== null && !candidate.methods.includes(request.method)) return false
  for (const condition of candidate.conditions) if (!condition(request)) return false
  return candidate.expression === null || candidate.expression.matchLength(request.path) >= 0
}
