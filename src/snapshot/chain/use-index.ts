import type { PlacedUse } from './placed-use.ts'

/** The uses on one combination of route and service (either may be absent), by policy name. */
interface Scope {
  readonly forAll: Map<string, PlacedUse[]>
  /** By policy name, then consumer id. */
  readonly forConsumers: Map<string, Map<string, PlacedUse[]>>
}

/** Where a use may stand in relation to a route, from the most to the least specific. */
export interface ScopesOfRoute {
  readonly names: ReadonlySet<string>
  /** The use that takes the slot when no consumer-scoped one does. */
  useFor(policy: string): PlacedUse | null
  hasConsumerUses(policy: string): boolean
  consumerUse(policy: string, consumerId: string): PlacedUse | null
  /** Any use of that policy here; for what they have in common. */
  anyUse(policy: string): PlacedUse | null
  mostBody(policy: string): number
}

/**
 * Policy uses by what they are placed on. All lookups are by key, so uses on other routes, services and consumers cost
 * a request nothing.
 */
export class UseIndex {
  readonly #scopes = new Map<string, Scope>()
  /** The most body any consumer-scoped use of that policy ever asked for while it had some. */
  readonly #consumerBody = new Map<string, number>()

  add(use: PlacedUse): void {
    const { policy, routeId, serviceId, consumerId } = use.spec
    const key = scopeKey(routeId, serviceId)
    let scope = this.#scopes.get(key)
    if (scope === undefined) this.#scopes.set(key, (scope = { forAll: new Map(), forConsumers: new Map() }))
    if (consumerId === null) {
      push(scope.forAll, policy, use)
      return
    }
    let byConsumer = scope.forConsumers.get(policy)
    if (byConsumer === undefined) scope.forConsumers.set(policy, (byConsumer = new Map()))
    push(byConsumer, consumerId, use)
    this.#consumerBody.set(policy, Math.max(this.#consumerBody.get(policy) ?? 0, use.bodyBytes()))
  }

  remove(use: PlacedUse): void {
    const { policy, routeId, serviceId, consumerId } = use.spec
    const key = scopeKey(routeId, serviceId)
    const scope = this.#scopes.get(key)
    if (scope === undefined) return
    if (consumerId === null) pull(scope.forAll, policy, use)
    else {
      const byConsumer = scope.forConsumers.get(policy)
      if (byConsumer !== undefined) {
        pull(byConsumer, consumerId, use)
        if (byConsumer.size === 0) scope.forConsumers.delete(policy)
      }
    }
    if (scope.forAll.size === 0 && scope.forConsumers.size === 0) this.#scopes.delete(key)
  }

  /**
   * The order is Kong's: route+service+consumer, route+consumer, service+consumer, route+service, consumer, route,
   * service, everywhere.
   */
  scopesOf(routeId: string | null, serviceId: string | null): ScopesOfRoute {
    const both = routeId !== null && serviceId !== null ? this.#scopes.get(scopeKey(routeId, serviceId)) : undefined
    const route = routeId === null ? undefined : this.#scopes.get(scopeKey(routeId, null))
    const service = serviceId === null ? undefined : this.#scopes.get(scopeKey(null, serviceId))
    const everywhere = this.#scopes.get(scopeKey(null, null))
    const all = [both, route, service, everywhere].filter((scope) => scope !== undefined)
    const names = new Set(all.flatMap((scope) => [...scope.forAll.keys(), ...scope.forConsumers.keys()]))

    function firstOf(policy: string, scopes: readonly (Scope | undefined)[]): PlacedUse | null {
      for (const scope of scopes) {
        const use = scope?.forAll.get(policy)?.find(isCandidate)
        if (use !== undefined) return use
      }
      return null
    }
    function consumerUseIn(policy: string, consumerId: string, scopes: readonly (Scope | undefined)[]) {
      for (const scope of scopes) {
        const use = scope?.forConsumers.get(policy)?.get(consumerId)?.find(isCandidate)
        if (use !== undefined) return use
      }
      return null
    }
    return {
      names,
      useFor: (policy) => firstOf(policy, all),
      hasConsumerUses: (policy) => all.some((scope) => scope.forConsumers.has(policy)),
      consumerUse: (policy, consumerId) => {
        const placed = consumerUseIn(policy, consumerId, [both, route, service])
        if (placed !== null || firstOf(policy, [both]) !== null) return placed
        return consumerUseIn(policy, consumerId, [everywhere])
      },
      anyUse: (policy) => {
        const use = firstOf(policy, all)
        if (use !== null) return use
        const byConsumer = all.find((scope) => scope.forConsumers.has(policy))?.forConsumers.get(policy)
        return byConsumer?.values().next().value?.[0] ?? null
      },
      mostBody: (policy) => this.#consumerBody.get(policy) ?? 0,
    }
  }
}

const isCandidate = (use: PlacedUse) => use.isCandidate
const scopeKey = (routeId: string | null, serviceId: string | null) => JSON.stringify([routeId, serviceId])

function push(map: Map<string, PlacedUse[]>, key: string, use: PlacedUse): void {
  const uses = map.get(key)
  if (uses === undefined) map.set(key, [use])
  else {
    uses.push(use)
    // Two uses on one place are a mistake that dialects refuse; should it happen, it must not depend on who came first.
    uses.sort((a, b) => (a.spec.id < b.spec.id ? -1 : 1))
  }
}

function pull(map: Map<string, PlacedUse[]>, key: string, use: PlacedUse): void {
  const uses = map.get(key)?.filter((other) => other !== use) ?? []
  if (uses.length === 0) map.delete(key)
  else map.set(key, uses)
}
