import type { FieldName } from './fields.ts'
import type { FieldEffect, Filter, RouteSettings } from './filter.ts'
import type { PolicyView } from './traffic-policy.ts'

/** What became of a policy in one place. */
export type Outcome = 'attached' | 'merged' | 'overridden'

/** What the policies of one scope come to, together. */
export interface Scope {
  readonly effects: readonly FieldEffect[]
  /** What makes the scope answer 500 and nothing else: `POLICY: what is wrong`. */
  readonly errors: readonly string[]
  readonly outcomes: ReadonlyMap<PolicyView, Outcome>
}

/**
 * Merges policies field by field: the first that has a field decides it whole.
 *
 * @param given in the order of precedence.
 */
export function mergedScope(given: readonly PolicyView[]): Scope {
  // One that is attached in two ways is still one.
  const policies = [...new Set(given)]
  const taken = new Map<FieldName, FieldEffect>()
  const contributors = new Set<PolicyView>()
  const errors: string[] = []
  for (const view of policies) {
    if (view.effects.size === 0) contributors.add(view)
    for (const [field, effect] of view.effects) {
      if (taken.has(field)) continue
      taken.set(field, effect)
      contributors.add(view)
    }
    for (const error of view.errors) errors.push(`${view.key}: ${error}`)
  }
  const outcomes = new Map<PolicyView, Outcome>()
  for (const view of policies) {
    outcomes.set(view, !contributors.has(view) ? 'overridden' : contributors.size > 1 ? 'merged' : 'attached')
  }
  return { effects: [...taken.values()], errors, outcomes }
}

/** What runs on a route, from all the scopes around it. */
export interface Composed {
  readonly filters: readonly Filter[]
  readonly settings: RouteSettings
}

/**
 * Of each filter, by name, the most specific scope's use runs. A scope that switches filters off does so for what wider
 * scopes said; what a narrower one then asks for runs.
 *
 * @param scopes from the widest to the narrowest.
 */
export function composed(scopes: readonly Scope[]): Composed {
  const filters = new Map<string, Filter>()
  let settings: RouteSettings = {}
  for (const { effects } of scopes) {
    for (const name of effects.flatMap(({ off = [] }) => off)) {
      for (const known of [...filters.keys()]) {
        if (name.endsWith('/') ? known.startsWith(name) : known === name) filters.delete(known)
      }
    }
    for (const filter of effects.flatMap((effect) => effect.filters ?? [])) filters.set(filter.name, filter)
    for (const { route } of effects) settings = { ...settings, ...route }
  }
  return { filters: [...filters.values()], settings }
}
