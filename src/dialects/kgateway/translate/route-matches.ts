import type { SegmentMatch, ValueMatch } from '../../../model/model.ts'
import type { GrpcRouteRule } from '../resources/kinds/grpc-route.ts'
import type { HttpRouteMatch } from '../resources/kinds/http-route/spec.ts'
import type { Metadata } from '../resources/resource.ts'
import type { Route } from './attach-routes.ts'
import type { Rule } from './rule.ts'

/** What a match of a route asks for, apart from host and listener. */
export type RuleMatch = Omit<SegmentMatch, 'listener' | 'host'>

type GrpcMatch = NonNullable<GrpcRouteRule['matches']>[number]

/** What a rule asks for; each match is one of several ways to it. @param n the rule's place in the route. */
export function ruleMatches(route: Route, { matches = [] }: Rule, n: number): readonly RuleMatch[] {
  const tie = (m: number) => tieOf(route.metadata, n, m)
  if (route.kind === 'HTTPRoute')
    return (matches as readonly HttpRouteMatch[]).map((each, m) => httpMatch(each, tie(m)))
  const calls = matches as readonly GrpcMatch[]
  return (calls.length === 0 ? [{}] : calls).map((each, m) => grpcMatch(each, tie(m)))
}

function httpMatch(match: HttpRouteMatch, tie: string): RuleMatch {
  const { type, value } = match.path
  return ranked(
    type === 'Exact'
      ? { kind: 'exact', value }
      : type === 'RegularExpression'
        ? { kind: 'regex', value }
        : { kind: 'prefix', value: value.replace(/\/$/, '') },
    match.method ?? null,
    valueMatches(match.headers, true),
    valueMatches(match.queryParams, false),
    tie,
  )
}

/** gRPC calls `POST /package.Service/Method`. */
function grpcMatch({ method, headers }: GrpcMatch, tie: string): RuleMatch {
  return ranked(grpcPath(method), null, valueMatches(headers, true), [], tie)
}

function grpcPath(method: GrpcMatch['method']): SegmentMatch['path'] {
  if (method === undefined) return { kind: 'prefix', value: '' }
  const { type, service, method: name } = method
  if (type === 'RegularExpression') return { kind: 'regex', value: `/${service ?? '[^/]+'}/${name ?? '[^/]+'}` }
  if (service !== undefined && name !== undefined) return { kind: 'exact', value: `/${service}/${name}` }
  if (service !== undefined) return { kind: 'prefix', value: `/${service}` }
  return { kind: 'regex', value: `/[^/]+/${name}` }
}

function valueMatches(
  matches: HttpRouteMatch['headers'] | GrpcMatch['headers'],
  isHeader: boolean,
): readonly ValueMatch[] {
  return (matches ?? []).map(({ type, name, value }) => ({
    name: isHeader ? name.toLowerCase() : name,
    kind: type === 'Exact' ? 'exact' : 'regex',
    value,
  }))
}

const PATH_RANK = { exact: 2, regex: 1, prefix: 0 } as const
/** Longer than any value that the Gateway API lets through. */
const LONGEST = 2048

/**
 * kgateway's order: the kind of path, then the longer value (an expression's does not count), then whether a method is
 * asked for, then how many headers, then how many arguments. One number, in this order from the top.
 */
function ranked(
  path: SegmentMatch['path'],
  method: string | null,
  headers: readonly ValueMatch[],
  query: readonly ValueMatch[],
  tie: string,
): RuleMatch {
  const length = path.kind === 'regex' ? 0 : Math.min(path.value.length, LONGEST - 1)
  let rank: number = PATH_RANK[path.kind]
  rank = rank * LONGEST + length
  rank = rank * 2 + (method === null ? 0 : 1)
  rank = rank * 32 + headers.length
  rank = rank * 32 + query.length
  return { path, method, headers, query, order: { rank, tie } }
}

/** Decides between equals: the older route, then namespace and name, then the place in the route. */
function tieOf(metadata: Metadata, rule: number, match: number): string {
  const { creationTimestamp, namespace, name, order } = metadata
  const age = creationTimestamp === null ? '' : new Date(creationTimestamp).toISOString()
  const written = creationTimestamp === null ? String(order).padStart(10, '0') : ''
  return [age, written, namespace, name, pad(rule), pad(match)].join('\t')
}

const pad = (n: number) => String(n).padStart(4, '0')

export function routeKey(route: Route): string {
  return `${route.kind}/${route.metadata.namespace}/${route.metadata.name}`
}
