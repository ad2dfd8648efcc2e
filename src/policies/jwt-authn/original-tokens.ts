import type { Exchange } from '../../policy/exchange.ts'

const KEY = 'jwt-authn original tokens'

/**
 * What a use has taken out of a request, for a later use on the same chain: it must judge the request as the client sent
 * it. Private members, so that whoever prints what policies share sees no token.
 */
export class OriginalTokens {
  readonly #lines = new Map<string, readonly string[]>()
  #query: string | null = null

  /** Null where nothing was taken out. */
  static of(exchange: Exchange): OriginalTokens | null {
    return (exchange.shared.get(KEY) as OriginalTokens | undefined) ?? null
  }

  /** To be called before a header is taken out. */
  static keepHeader(exchange: Exchange, name: string): void {
    const kept = OriginalTokens.#for(exchange)
    if (!kept.#lines.has(name)) kept.#lines.set(name, exchange.headerValues(name))
  }

  /** To be called before an argument is taken out of the query. */
  static keepQuery(exchange: Exchange): void {
    OriginalTokens.#for(exchange).#query ??= exchange.query
  }

  static #for(exchange: Exchange): OriginalTokens {
    let kept = OriginalTokens.of(exchange)
    if (kept === null) exchange.shared.set(KEY, (kept = new OriginalTokens()))
    return kept
  }

  lines(name: string): readonly string[] | undefined {
    return this.#lines.get(name)
  }

  get query(): string | null {
    return this.#query
  }
}
