/**
 * Runs a chain. Verdicts are plain values and the walk stays synchronous until a step truly has to wait.
 *
 * Multi-authentication is here and nowhere else. A use whose config names an `anonymous` consumer is one of several
 * ways in (OR): it is skipped once a credential was accepted, and its refusal turns into the anonymous consumer. A use
 * without one must succeed by itself (AND), whatever earlier ones found.
 */
import type { Directory } from '../policy/directory.ts'
import type { Identity } from '../policy/identity.ts'
import type { Outcome } from '../policy/outcome.ts'
import { type Answered, type Denied, denied, type Verdict } from '../policy/verdict.ts'
import type { Refusal } from '../policy/wire.ts'
import type { Chain, CompiledUse, Slot } from '../snapshot/route.ts'
import type { HttpExchange, ResponseSeen } from './exchange.ts'
import { reasons } from './reasons.ts'

/** How a chain ended: null to go on to the service. */
export type Judgement = Answered | { readonly kind: 'refused'; readonly refusal: Refusal } | MatchAgain | null

/** The chain stopped on its way: the route is to be chosen anew, and slot `next` is the first that has not run. */
export interface MatchAgain {
  readonly kind: 'match-again'
  readonly next: number
}

/** The use that takes a slot for this request: the consumer's own, or everybody's. */
function useOf(slot: Slot, exchange: HttpExchange): CompiledUse | null {
  if (slot.byConsumer !== null) {
    const consumer = exchange.principal.current?.consumer
    if (consumer) {
      const own = slot.byConsumer.get(consumer.id)
      if (own !== undefined) return own
    }
  }
  return slot.use
}

function anonymousIdentity(use: CompiledUse, directory: Directory): Identity | null {
  const consumer = directory.consumerNamed(use.anonymous!)
  if (consumer === null) return null
  return { policy: use.policy, consumer, credential: null, claims: null, groups: null, scopes: null, anonymous: true }
}

function refused(use: CompiledUse, verdict: Denied): Judgement {
  return { kind: 'refused', refusal: { policy: use.policy, reason: verdict.reason, detail: verdict.detail } }
}

/** What one verdict means for the walk: an outcome ends it, null goes on. */
function settle(use: CompiledUse, verdict: Verdict, exchange: HttpExchange, directory: Directory): Judgement {
  switch (verdict.kind) {
    case 'next':
    case 'abstain':
      return null
    case 'identified':
      exchange.principal.add(verdict.identity)
      return null
    case 'answered':
      exchange.refusedBy = use.policy
      return verdict
    case 'denied': {
      // a policy that could not judge has not found that nobody proved anything: nobody gets in that way
      if (use.anonymous === null || (verdict.detail.status ?? verdict.reason.status) >= 500)
        return refused(use, verdict)
      const identity = anonymousIdentity(use, directory)
      if (identity === null) return refused(use, denied(reasons.anonymousMissing, { log: use.anonymous }))
      exchange.principal.add(identity)
      return null
    }
  }
}

/** What an endpoint of a policy said. Its refusals are about the endpoint, and no stand-in takes their place. */
function ended(use: CompiledUse, verdict: Answered | Denied, exchange: HttpExchange): Judgement {
  if (verdict.kind === 'denied') return refused(use, verdict)
  exchange.refusedBy = use.policy
  return verdict
}

/**
 * A request that waited may find that who it comes from was deleted or changed meanwhile. What was proven of a row that
 * is not there any more is worth nothing: the door closes, and the client may ask again.
 */
function vanished(exchange: HttpExchange, directory: Directory): Judgement {
  for (const { policy, consumer, credential, proof } of exchange.principal.identities) {
    const stamps = [consumer?.stamp, credential?.stamp, proof?.stamp]
    if (stamps.every((stamp) => stamp === undefined || directory.isCurrent(stamp))) continue
    return { kind: 'refused', refusal: { policy, reason: reasons.principalGone, detail: {} } }
  }
  return null
}

/**
 * Runs the `request` steps from slot `from` on, and then those that conclude.
 *
 * @throws what a step throws: the caller closes the door.
 */
export function runRequest(
  chain: Chain,
  exchange: HttpExchange,
  directory: Directory,
  from = 0,
): Judgement | Promise<Judgement> {
  const outcome = judged(chain, exchange, directory, from)
  if (!chain.concludes) return outcome
  if (!(outcome instanceof Promise)) return concluded(chain, exchange, directory, outcome, 0)
  return outcome.then((late) => concluded(chain, exchange, directory, late, 0))
}

/** Runs the `conclude` steps from slot `from` on. */
function concluded(
  chain: Chain,
  exchange: HttpExchange,
  directory: Directory,
  outcome: Judgement,
  from: number,
): Judgement | Promise<Judgement> {
  if (outcome?.kind === 'match-again') return outcome
  for (let i = from; i < chain.slots.length; i++) {
    const waiting = useOf(chain.slots[i]!, exchange)?.steps.conclude?.(exchange)
    if (!(waiting instanceof Promise)) continue
    return waiting.then(() => concluded(chain, exchange, directory, outcome ?? vanished(exchange, directory), i + 1))
  }
  return outcome
}

/** Runs the `request` steps from slot `from` on. */
function judged(
  chain: Chain,
  exchange: HttpExchange,
  directory: Directory,
  from: number,
): Judgement | Promise<Judgement> {
  const slots = chain.slots
  for (let i = from; i < slots.length; i++) {
    const use = useOf(slots[i]!, exchange)
    if (use === null) continue
    const own = use.steps.endpoint?.(exchange) ?? null
    if (own !== null)
      return own instanceof Promise ? own.then((late) => ended(use, late, exchange)) : ended(use, own, exchange)
    if (use.steps.request === undefined) continue
    if (use.anonymous !== null && exchange.principal.hasCredential) continue
    const verdict = use.steps.request(exchange)
    if (verdict instanceof Promise) {
      return verdict.then(
        (late) =>
          settle(use, late, exchange, directory) ??
          vanished(exchange, directory) ??
          stopped(exchange, i + 1) ??
          judged(chain, exchange, directory, i + 1),
      )
    }
    const outcome = settle(use, verdict, exchange, directory) ?? stopped(exchange, i + 1)
    if (outcome !== null) return outcome
  }
  return null
}

function stopped(exchange: HttpExchange, next: number): MatchAgain | null {
  return exchange.matchAgainBy === null ? null : { kind: 'match-again', next }
}

/** Shows a response to every policy of the chain, also when the request was refused. */
export function runResponse(chain: Chain, exchange: HttpExchange, response: ResponseSeen): void {
  if (!chain.observesResponse) return
  for (const slot of chain.slots) useOf(slot, exchange)?.steps.response?.(exchange, response)
}

/** Tells every policy of the chain that the exchange is over. */
export function runRecord(chain: Chain, exchange: HttpExchange, response: ResponseSeen, outcome: Outcome): void {
  if (!chain.recordsExchange) return
  for (const slot of chain.slots) useOf(slot, exchange)?.steps.record?.(exchange, response, outcome)
}
