import { RE2JS } from 're2js'
import type { BackendSpec, RouteSpec, SegmentMatch } from '../../../model/model.ts'
import { durationMs } from '../resources/fields/go-duration.ts'
import type { HttpRouteRule } from '../resources/kinds/http-route/spec.ts'
import { ROUTE_TIMEOUT_MS } from '../wire.ts'
import type { Attachment, Route } from './attach-routes.ts'
import type { Unresolved } from './backends.ts'
import { type Filter, inOrder, type RouteSettings } from './filter.ts'
import { type ListenerView, listenerKey } from './listeners.ts'
import { GATEWAY_API } from './names.ts'
import { type RuleFilters, redirectStatus, ruleFilters } from './route-filters.ts'
import { grpcMatch, httpMatch, type RuleMatch, routeKey, tieOf } from './route-matches.ts'
import type { Scene } from './scene.ts'
import { composed, mergedScope, type Scope } from './scope.ts'
import type { PolicyView, TrafficPolicies } from './traffic-policy.ts'

/** What came of a route's rules on one listener, for its status. */
export interface RulesView {
  /** `Replaced Rule (n): …`: rules that answer 500. */
  readonly replaced: string[]
  /** `Dropped Rule (n): …`: rules that match nothing. */
  readonly dropped: string[]
  readonly unresolved: Unresolved[]
  readonly unserved: string[]
  readonly scopes: Scope[]
}

/** Policies around a route on a listener. */
export interface Around {
  /** The listener whose policies hold: the route's own, or one beside it that names the hosts more closely. */
  readonly by: ListenerView
  /** Of the Gateway and the listener, from the widest on. */
  readonly wider: readonly Scope[]
  /** Attached to the route, to the rule of that name, in the order of precedence. */
  ofRoute(section: string | null): readonly PolicyView[]
}

type AnyRule = Omit<HttpRouteRule, 'matches' | 'filters' | 'backendRefs'> & {
  readonly matches?: readonly unknown[]
  readonly filters?: Parameters<typeof ruleFilters>[3]
  readonly backendRefs?: readonly (NonNullable<HttpRouteRule['backendRefs']>[number] | AnyBackendRef)[]
}
interface AnyBackendRef {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly port?: number
  readonly weight: number
  readonly filters?: Parameters<typeof ruleFilters>[3]
}

const REPLACED_BODY = 'invalid route configuration detected and replaced with a direct response.'

/** A use that answers 500 and says that the configuration is invalid. */
export function replacement(scene: Scene): string {
  return scene.output.use('replaced', 'direct-response', { status: 500, body: REPLACED_BODY })
}

/** Makes the model's routes of one route on one listener. */
export function translateRules(
  scene: Scene,
  policies: TrafficPolicies,
  route: Route,
  { listener, hosts }: Attachment,
  around: Around,
): RulesView {
  const view: RulesView = { replaced: [], dropped: [], unresolved: [], unserved: [], scopes: [] }
  for (const [n, rule] of (route.spec.rules ?? []).entries() as IterableIterator<[number, AnyRule]>) {
    const matches = matchesOf(route, rule, n)
    const usable = matches.filter((match, m) => {
      const problem = expressionProblem(match)
      if (problem !== null) view.dropped.push(`Dropped Rule (${m}): ${problem}`)
      return problem === null
    })
    if (usable.length === 0) continue
    const { by } = around
    const under = by === listener ? '' : `~${listenerKey(by.owner, by.spec)}`
    const id = `${routeKey(route)}/${n}@${listenerKey(listener.owner, listener.spec)}${under}`
    const first = usable[0]!
    const place = {
      route,
      listener,
      id,
      hasBackends: (rule.backendRefs ?? []).length > 0,
      prefix: first.path.kind === 'prefix' ? first.path.value : '',
      redirectStatus: redirectStatus(route, rule),
    }
    const own = ruleFilters(scene, policies, place, rule.filters ?? [])
    view.unserved.push(...own.unserved)
    const scope = mergedScope([
      ...own.policies,
      ...(rule.name === undefined ? [] : around.ofRoute(rule.name)),
      ...around.ofRoute(null),
    ])
    view.scopes.push(scope)
    const segments = usable.flatMap((match) =>
      hosts.map((host): SegmentMatch => ({ ...match, listener: listener.socket, host })),
    )
    const errors = [...scope.errors, ...own.errors]
    if (errors.length > 0) {
      const nothingLeft = own.errors.length > 0 && !place.hasBackends && !own.answers ? '\nno action specified' : ''
      view.replaced.push(...matches.map((_, m) => `Replaced Rule (${m}): ${errors.join('; ')}${nothingLeft}`))
      scene.output.route(routeSpec(route, id, segments, { uses: [replacement(scene)] }))
      continue
    }
    const { filters, settings } = composed([...around.wider, scope])
    const chain = [...filters, ...own.filters]
    const targets = backendsOf(scene, policies, place, rule, own, chain, view)
    scene.output.route(
      routeSpec(route, id, segments, {
        uses: [],
        backends: targets,
        preserveHost: settings.rewritesHost !== true,
        ...timesOf(rule.timeouts, settings),
      }),
    )
  }
  return view
}

function matchesOf(route: Route, rule: AnyRule, n: number): readonly RuleMatch[] {
  if (route.kind === 'HTTPRoute') {
    const matches = (rule as HttpRouteRule).matches
    return matches.map((match, m) => httpMatch(match, tieOf(route.metadata, n, m)))
  }
  const matches = (rule.matches ?? []) as readonly Parameters<typeof grpcMatch>[0][]
  return (matches.length === 0 ? [{}] : matches).map((match, m) => grpcMatch(match, tieOf(route.metadata, n, m)))
}

/** What RE2 has to say of a match's expressions; null when all can be used. */
function expressionProblem({ path, headers, query }: RuleMatch): string | null {
  const expressions = [path, ...headers, ...query].filter(({ kind }) => kind === 'regex')
  for (const { value } of expressions) {
    try {
      RE2JS.compile(value)
    } catch (error) {
      return `the regex expression ${JSON.stringify(value)} is invalid: ${(error as Error).message}`
    }
  }
  return null
}

/** Services that share the rule's requests, each with the whole chain. What leads nowhere answers 500 in its place. */
function backendsOf(
  scene: Scene,
  policies: TrafficPolicies,
  place: Parameters<typeof ruleFilters>[2],
  rule: AnyRule,
  own: RuleFilters,
  chain: readonly Filter[],
  view: RulesView,
): readonly BackendSpec[] {
  const uses = inOrder(chain)
  if (own.answers) return [{ serviceId: null, weight: 1, uses }]
  const nowhere = () => scene.output.use('nowhere', 'direct-response', { status: 500 })
  const refs = rule.backendRefs ?? []
  const from = { group: GATEWAY_API, kind: place.route.kind, namespace: place.route.metadata.namespace }
  const made = refs.map((ref, b): BackendSpec => {
    const backend = scene.backends.resolve(from, ref, place.route.kind === 'GRPCRoute')
    if ('reason' in backend) {
      view.unresolved.push(backend)
      return { serviceId: null, weight: ref.weight, uses: [...uses, nowhere()] }
    }
    const given = ref.filters ?? []
    if (given.length === 0) return { serviceId: backend.service.id, weight: ref.weight, uses }
    const more = ruleFilters(scene, policies, { ...place, id: `${place.id}/${b}`, hasBackends: false }, given)
    view.unserved.push(...more.unserved)
    const scope = mergedScope(more.policies)
    view.scopes.push(scope)
    const errors = [...more.errors, ...scope.errors]
    if (errors.length > 0) {
      view.replaced.push(`Replaced Rule (0): ${errors.join('; ')}`)
      return { serviceId: null, weight: ref.weight, uses: [replacement(scene)] }
    }
    // What the backend's own policies say of a filter goes before what all wider scopes say of it.
    const narrower = composed([{ effects: [{ filters: chain }], errors: [], outcomes: new Map() }, scope])
    const names = new Map<string, Filter>(
      [...narrower.filters, ...behind(more.filters)].map((each) => [each.name, each]),
    )
    return { serviceId: backend.service.id, weight: ref.weight, uses: inOrder(names.values()) }
  })
  const drawn = made.filter(({ weight }) => weight > 0)
  return drawn.length > 0 ? drawn : [{ serviceId: null, weight: 1, uses: [...uses, nowhere()] }]
}

export function backendRefsOf(route: Route): readonly AnyBackendRef[] {
  return ((route.spec.rules ?? []) as readonly AnyRule[]).flatMap(({ backendRefs = [] }) => backendRefs)
}

/** Backends that lead nowhere, of a route on a listener that is not served: it is told of them all the same. */
export function unresolvedOf(scene: Scene, route: Route): readonly Unresolved[] {
  const from = { group: GATEWAY_API, kind: route.kind, namespace: route.metadata.namespace }
  return backendRefsOf(route)
    .map((ref) => scene.backends.resolve(from, ref, route.kind === 'GRPCRoute'))
    .filter((backend) => 'reason' in backend)
}

/** A backend's own filters run behind those of its rule, and do not replace them. */
function behind(filters: readonly Filter[]): readonly Filter[] {
  return filters.map((filter) => ({ ...filter, name: `${filter.name}/backend` }))
}

function timesOf(
  own: HttpRouteRule['timeouts'],
  { timeouts, retry, attemptTimeout }: RouteSettings,
): Pick<RouteSpec, 'timeouts' | 'retry'> {
  const limit = (written: string | undefined) => (written === undefined ? undefined : durationMs(written) || null)
  const ofRequest = limit(own?.request)
  const backend = limit(own?.backendRequest)
  const whole = retry === undefined ? (backend ?? ofRequest) : ofRequest
  const attempt = retry === undefined ? null : (backend ?? attemptTimeout ?? null)
  const asked = whole === undefined ? timeouts?.request : whole
  const request = asked === undefined ? ROUTE_TIMEOUT_MS : asked
  return { timeouts: { request, attempt }, ...(retry !== undefined && { retry }) }
}

function routeSpec(
  route: Route,
  id: string,
  matches: readonly SegmentMatch[],
  more: Partial<RouteSpec> & { readonly uses: readonly string[] },
): RouteSpec {
  return {
    id,
    name: `${route.metadata.namespace}/${route.metadata.name}`,
    serviceId: null,
    matches,
    protocols: ['http', 'https', 'grpc', 'grpcs'],
    httpsRedirectStatus: 426,
    stripPath: false,
    pathHandling: 'v0',
    preserveHost: true,
    ...more,
  }
}

/** A route that takes every request to these hosts and answers 500: what stands where a scope as a whole is invalid. */
export function catchAll(scene: Scene, id: string, socket: string, hosts: readonly (string | null)[]): void {
  fallback(scene, id, socket, hosts, Number.MAX_SAFE_INTEGER, replacement(scene))
}

/** A route that takes what no other route to a host takes, and answers as if there were none. */
export function nothingElse(scene: Scene, id: string, socket: string, host: string | null): void {
  fallback(scene, id, socket, [host], -1, scene.output.use('nothing-else', 'direct-response', { status: 404 }))
}

function fallback(
  scene: Scene,
  id: string,
  socket: string,
  hosts: readonly (string | null)[],
  rank: number,
  useId: string,
): void {
  const matches = hosts.map((host) => ({
    listener: socket,
    host,
    path: { kind: 'prefix' as const, value: '' },
    method: null,
    headers: [],
    query: [],
    order: { rank, tie: '' },
  }))
  scene.output.route({
    id,
    name: null,
    serviceId: null,
    backends: [{ serviceId: null, weight: 1, uses: [] }],
    uses: [useId],
    matches,
    protocols: ['http', 'https', 'grpc', 'grpcs'],
    httpsRedirectStatus: 426,
    stripPath: false,
    pathHandling: 'v0',
    preserveHost: true,
  })
}
