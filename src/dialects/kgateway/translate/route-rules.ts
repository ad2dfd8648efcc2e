import { RE2JS } from 're2js'
import type { RouteSpec, SegmentMatch } from '../../../model/model.ts'
import type { Attachment, Route } from './attach-routes.ts'
import { replacement } from './fallback-routes.ts'
import { listenerKey } from './listener-names.ts'
import type { ListenerView } from './listeners.ts'
import { PLAIN_ROUTE } from './plain-route.ts'
import { type RulePlace, redirectStatus, ruleFilters } from './route-filters.ts'
import { type RuleMatch, routeKey, ruleMatches } from './route-matches.ts'
import { type Rule, rulesOf } from './rule.ts'
import { ruleBackends } from './rule-backends.ts'
import { timesOf } from './rule-times.ts'
import type { RulesView } from './rules-view.ts'
import type { Scene } from './scene.ts'
import { composed, mergedScope, type Scope } from './scope.ts'
import type { PolicyView, TrafficPolicies } from './traffic-policy.ts'

/** Policies around a route on a listener. */
export interface Around {
  /** The listener whose policies hold: the route's own, or one beside it that names the hosts more closely. */
  readonly by: ListenerView
  /** Of the Gateway and the listener, from the widest on. */
  readonly wider: readonly Scope[]
  /** Attached to the route, to the rule of that name, in the order of precedence. */
  ofRoute(section: string | null): readonly PolicyView[]
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
  const under = around.by === listener ? '' : `~${listenerKey(around.by.owner, around.by.spec)}`
  for (const [n, rule] of rulesOf(route).entries()) {
    const matches = ruleMatches(route, rule, n)
    const usable = matches.filter((match, m) => {
      const problem = expressionProblem(match)
      if (problem !== null) view.dropped.push(`Dropped Rule (${m}): ${problem}`)
      return problem === null
    })
    if (usable.length === 0) continue
    const id = `${routeKey(route)}/${n}@${listenerKey(listener.owner, listener.spec)}${under}`
    const first = usable[0]!
    const place: RulePlace = {
      route,
      listener,
      id,
      hasBackends: (rule.backendRefs ?? []).length > 0,
      prefix: first.path.kind === 'prefix' ? first.path.value : '',
      redirectStatus: redirectStatus(route, rule),
    }
    const segments = usable.flatMap((match) =>
      hosts.map((host): SegmentMatch => ({ ...match, listener: listener.socket, host })),
    )
    const name = `${route.metadata.namespace}/${route.metadata.name}`
    const does = whatRuleDoes(scene, policies, place, rule, around, matches.length, view)
    scene.output.route({ ...PLAIN_ROUTE, id, name, matches: segments, ...does })
  }
  return view
}

/** @param count of the rule's matches: a status names each of them. */
function whatRuleDoes(
  scene: Scene,
  policies: TrafficPolicies,
  place: RulePlace,
  rule: Rule,
  around: Around,
  count: number,
  view: RulesView,
): Partial<RouteSpec> {
  const own = ruleFilters(scene, policies, place, rule.filters ?? [])
  view.unserved.push(...own.unserved)
  const scope = mergedScope([
    ...own.policies,
    ...(rule.name === undefined ? [] : around.ofRoute(rule.name)),
    ...around.ofRoute(null),
  ])
  view.scopes.push(scope)
  const errors = [...scope.errors, ...own.errors]
  if (errors.length > 0) {
    const nothingLeft = own.errors.length > 0 && !place.hasBackends && !own.answers ? '\nno action specified' : ''
    for (let n = 0; n < count; n++) view.replaced.push(`Replaced Rule (${n}): ${errors.join('; ')}${nothingLeft}`)
    return { uses: [replacement(scene)] }
  }
  const { filters, settings } = composed([...around.wider, scope])
  const chain = [...filters, ...own.filters]
  return {
    uses: [],
    backends: ruleBackends(scene, policies, place, own.answers ? null : (rule.backendRefs ?? []), chain, view),
    preserveHost: settings.rewritesHost !== true,
    ...timesOf(rule.timeouts, settings),
  }
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
