import type { BackendSpec } from '../../../model/model.ts'
import type { Route } from './attach-routes.ts'
import type { Unresolved } from './backends.ts'
import { replacement } from './fallback-routes.ts'
import { type Filter, inOrder } from './filter.ts'
import type { Pointer } from './grants.ts'
import { GATEWAY_API } from './names.ts'
import { type RulePlace, ruleFilters } from './route-filters.ts'
import { backendRefsOf, type RuleBackendRef } from './rule.ts'
import type { RulesView } from './rules-view.ts'
import type { Scene } from './scene.ts'
import { composed, mergedScope } from './scope.ts'
import type { TrafficPolicies } from './traffic-policy.ts'

/**
 * Services that share a rule's requests, each with the whole chain. What leads nowhere answers 500 in its place.
 *
 * @param refs null where the rule answers by itself.
 * @param chain what runs for the rule.
 */
export function ruleBackends(
  scene: Scene,
  policies: TrafficPolicies,
  place: RulePlace,
  refs: readonly RuleBackendRef[] | null,
  chain: readonly Filter[],
  view: RulesView,
): readonly BackendSpec[] {
  const uses = inOrder(chain)
  if (refs === null) return [{ serviceId: null, weight: 1, uses }]
  const nowhere = () => scene.output.use('nowhere', 'direct-response', { status: 500 })
  const made = refs.map((ref, n): BackendSpec => {
    const backend = resolved(scene, place.route, ref)
    if ('reason' in backend) {
      view.unresolved.push(backend)
      return { serviceId: null, weight: ref.weight, uses: [...uses, nowhere()] }
    }
    const own = ownUses(scene, policies, { ...place, id: `${place.id}/${n}`, hasBackends: false }, ref, chain, view)
    if (own === null) return { serviceId: null, weight: ref.weight, uses: [replacement(scene)] }
    return { serviceId: backend.service.id, weight: ref.weight, uses: own }
  })
  const drawn = made.filter(({ weight }) => weight > 0)
  return drawn.length > 0 ? drawn : [{ serviceId: null, weight: 1, uses: [...uses, nowhere()] }]
}

/** The chain with what a backend's own filters add; null when they can't be followed. */
function ownUses(
  scene: Scene,
  policies: TrafficPolicies,
  place: RulePlace,
  { filters = [] }: RuleBackendRef,
  chain: readonly Filter[],
  view: RulesView,
): readonly string[] | null {
  if (filters.length === 0) return inOrder(chain)
  const own = ruleFilters(scene, policies, place, filters)
  view.unserved.push(...own.unserved)
  const scope = mergedScope(own.policies)
  view.scopes.push(scope)
  const errors = [...own.errors, ...scope.errors]
  if (errors.length > 0) {
    view.replaced.push(`Replaced Rule (0): ${errors.join('; ')}`)
    return null
  }
  // What the backend's own policies say of a filter goes before what all wider scopes say of it.
  const narrower = composed([{ effects: [{ filters: chain }], errors: [], outcomes: new Map() }, scope])
  const names = new Map<string, Filter>([...narrower.filters, ...behind(own.filters)].map((each) => [each.name, each]))
  return inOrder(names.values())
}

/** A backend's own filters run behind those of its rule, and do not replace them. */
function behind(filters: readonly Filter[]): readonly Filter[] {
  return filters.map((filter) => ({ ...filter, name: `${filter.name}/backend` }))
}

/** Backends that lead nowhere, of a route on a listener that is not served: it is told of them all the same. */
export function unresolvedOf(scene: Scene, route: Route): readonly Unresolved[] {
  return backendRefsOf(route)
    .map((ref) => resolved(scene, route, ref))
    .filter((backend) => 'reason' in backend)
}

function resolved(scene: Scene, { kind, metadata }: Route, ref: RuleBackendRef) {
  const from: Pointer = { group: GATEWAY_API, kind, namespace: metadata.namespace }
  return scene.backends.resolve(from, ref, kind === 'GRPCRoute')
}
