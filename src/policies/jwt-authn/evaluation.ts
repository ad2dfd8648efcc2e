/**
 * How the tokens of one request are judged: Envoy's rules for one provider, for any of several and for all of several.
 *
 * Providers are asked in their order. Each verifies all tokens that it finds, the last found first, and the first that
 * fails is its answer. A good token is taken out of the request there and then, so that a later provider does not see it.
 * Synchronous unless keys must be waited for.
 */
import { type HeaderBlock, withoutLines } from '../../base/header-block.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Reason } from '../../policy/reason.ts'
import type { Denied, Identified } from '../../policy/verdict.ts'
import type { Accepted, KnownToken } from './known-token.ts'
import type { FoundToken } from './places.ts'
import type { CompiledProvider } from './providers.ts'
import { reasons } from './reasons.ts'

/** What a good token does to the request. */
export interface Effect {
  readonly provider: CompiledProvider
  readonly known: KnownToken
  readonly found: FoundToken
  readonly verdict: Identified
  lines: HeaderBlock | Denied
}

/** The effects of a request that may pass, or why it may not. */
export type Judgement = readonly Effect[] | Reason

/** Null when good. */
type Status = Reason | null

export class Evaluation {
  readonly #exchange: Exchange
  readonly #found: readonly FoundToken[]
  readonly #providers: readonly CompiledProvider[]
  readonly #needsAll: boolean
  readonly #read: (text: string) => KnownToken | Reason
  readonly #effects: Effect[] = []
  #final: Reason

  /**
   * @param providers those that are asked, in their order.
   * @param others what providers say that are not among them: nothing counts less than `missing`.
   */
  constructor(
    exchange: Exchange,
    found: readonly FoundToken[],
    providers: readonly CompiledProvider[],
    read: (text: string) => KnownToken | Reason,
    { needsAll = false, others = reasons.missing as Reason } = {},
  ) {
    this.#exchange = exchange
    this.#found = found
    this.#providers = providers
    this.#read = read
    this.#needsAll = needsAll
    this.#final = others
  }

  run(from = 0): Judgement | Promise<Judgement> {
    for (let n = from; n < this.#providers.length; n++) {
      const status = this.#ask(this.#providers[n]!)
      if (status instanceof Promise) return status.then((late) => this.#settle(late) ?? this.run(n + 1))
      const end = this.#settle(status)
      if (end !== null) return end
    }
    return this.#needsAll ? this.#effects : this.#final
  }

  /** What a provider's answer means for all: the end, or null to ask the next. */
  #settle(status: Status): Judgement | null {
    if (this.#needsAll) return status
    if (status === null) return this.#effects
    // A token that is wrong says more than one that was meant for somebody else, and that more than none.
    const saysMore = status !== reasons.missing && status !== reasons.unknownIssuer
    if (saysMore || this.#final === reasons.missing) this.#final = status
    return null
  }

  #ask(provider: CompiledProvider): Status | Promise<Status> {
    for (const effect of this.#effects) {
      if (!('kind' in effect.lines)) effect.lines = withoutLines(effect.lines, provider.claimNames)
    }
    const tokens = this.#found.filter((token) => this.#isSeenBy(provider, token))
    return tokens.length === 0 ? reasons.missing : this.#verify(provider, tokens, tokens.length - 1)
  }

  #isSeenBy(provider: CompiledProvider, { place, isRepeated }: FoundToken): boolean {
    if (!provider.places.includes(place) || (isRepeated && !provider.forwardToken)) return false
    return !this.#effects.some((effect) => takesOut(effect, place))
  }

  #verify(provider: CompiledProvider, tokens: readonly FoundToken[], from: number): Status | Promise<Status> {
    for (let n = from; n >= 0; n--) {
      const found = tokens[n]!
      const known = (found.known ??= this.#read(found.text))
      if ('code' in known) return known
      const judged = known.judge(provider, this.#exchange.now)
      if (judged instanceof Promise) {
        return judged.then((late) => this.#take(provider, known, found, late) ?? this.#verify(provider, tokens, n - 1))
      }
      const wrong = this.#take(provider, known, found, judged)
      if (wrong !== null) return wrong
    }
    return null
  }

  #take(provider: CompiledProvider, known: KnownToken, found: FoundToken, judged: Accepted | Reason): Status {
    if ('code' in judged) return judged
    const { verdict, lines } = judged
    this.#effects.push({ provider, known, found, verdict, lines })
    return null
  }
}

/** True when nothing is left of what stood at that place. Cookies are never taken out. */
function takesOut({ provider, found }: Effect, { kind, name }: FoundToken['place']): boolean {
  return !provider.forwardToken && kind !== 'cookie' && found.place.kind === kind && found.place.name === name
}
