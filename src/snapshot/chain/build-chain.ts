import type { Chain, CompiledUse, ConsumerUses, Slot } from '../route.ts'
import type { PlacedUse } from './placed-use.ts'
import type { ScopesOfRoute } from './use-index.ts'

/**
 * The chain of what stands on a route and its service: one slot per policy name, larger order first, ties by name
 * descending.
 *
 * @throws Error when a use that takes a slot can't be compiled: the route is closed rather than left unguarded.
 */
export function buildChain(scopes: ScopesOfRoute): Chain {
  const slots = [...scopes.names]
    .map((policy) => ({ order: scopes.anyUse(policy)?.spec.order ?? 0, slot: slotOf(scopes, policy) }))
    .filter(({ slot }) => slot.use !== null || slot.byConsumer !== null)
    .sort((a, b) => b.order - a.order || (a.slot.policy < b.slot.policy ? 1 : -1))
    .map(({ slot }) => slot)
  const consumerBody = slots.map(({ policy, byConsumer }) => (byConsumer === null ? 0 : scopes.mostBody(policy)))
  return {
    slots,
    bodyBytes: Math.max(0, ...consumerBody, ...slots.map(({ use }) => use?.bodyBytes ?? 0)),
    concludes: slots.some(({ use, byConsumer }) => byConsumer !== null || use?.steps.conclude !== undefined),
    // Which consumer will come is not known yet, so a slot with consumer-scoped uses may have any step.
    observesResponse: slots.some(({ use, byConsumer }) => byConsumer !== null || use?.steps.response !== undefined),
    recordsExchange: slots.some(({ use, byConsumer }) => byConsumer !== null || use?.steps.record !== undefined),
  }
}

/** The chain of a route that lists its uses: they run as listed. @throws Error when one can't be compiled. */
export function buildListedChain(uses: readonly PlacedUse[]): Chain {
  const slots = uses
    .filter((use) => use.isCandidate)
    .map((use) => ({ policy: use.spec.policy, use: use.compiled(), byConsumer: null }))
  return {
    slots,
    bodyBytes: Math.max(0, ...slots.map(({ use }) => use.bodyBytes)),
    concludes: slots.some(({ use }) => use.steps.conclude !== undefined),
    observesResponse: slots.some(({ use }) => use.steps.response !== undefined),
    recordsExchange: slots.some(({ use }) => use.steps.record !== undefined),
  }
}

/** The chain for requests without a route: uses that stand everywhere, and of them only what looks on. */
export function buildGlobalChain(scopes: ScopesOfRoute): Chain {
  const chain = buildChain(scopes)
  const slots = chain.slots
    .filter(({ use }) => use !== null)
    .map(({ policy, use }) => ({ policy, use: onlookerOf(use!), byConsumer: null }))
  return {
    slots,
    bodyBytes: 0,
    concludes: false,
    observesResponse: slots.some(({ use }) => use.steps.response !== undefined),
    recordsExchange: slots.some(({ use }) => use.steps.record !== undefined),
  }
}

function slotOf(scopes: ScopesOfRoute, policy: string): Slot {
  return {
    policy,
    use: scopes.useFor(policy)?.compiled() ?? null,
    byConsumer: scopes.hasConsumerUses(policy) ? consumerUses(scopes, policy) : null,
  }
}

function consumerUses(scopes: ScopesOfRoute, policy: string): ConsumerUses {
  return { get: (consumerId) => scopes.consumerUse(policy, consumerId)?.compiled() }
}

function onlookerOf(use: CompiledUse): CompiledUse {
  const { steps } = use
  return {
    ...use,
    bodyBytes: 0,
    steps: {
      ...(steps.response && { response: (exchange, response) => steps.response!(exchange, response) }),
      ...(steps.record && { record: (exchange, response, outcome) => steps.record!(exchange, response, outcome) }),
    },
  }
}
