import type { RouteSpec, ServiceSpec } from '../model/model.ts'
import type { RouteInfo, ServiceInfo } from '../policy/exchange.ts'
import type { CompiledPolicy, Phase } from '../policy/policy.ts'

/** A policy use, ready to run. */
export interface CompiledUse {
  readonly id: string
  readonly policy: string
  readonly phase: Phase
  readonly steps: CompiledPolicy
  /**
   * Id or username of the consumer that stands in when nobody proved anything (the config's `anonymous`), or null.
   * With it the use is one of several ways in (OR); without it, it must succeed by itself (AND).
   */
  readonly anonymous: string | null
  /** Bytes of request body it wants collected before `request`; 0 for none. */
  readonly bodyBytes: number
}

/** Uses scoped to a consumer, found when the consumer is known: a million of them cost a chain nothing. */
export interface ConsumerUses {
  /** The most specific one for this route, service and consumer. @throws when it can't be compiled. */
  get(consumerId: string): CompiledUse | undefined
}

/** One place in a chain: a policy name, and the use that takes it. */
export interface Slot {
  readonly policy: string
  /** What runs when no consumer-scoped use applies; null when only consumers have one. */
  readonly use: CompiledUse | null
  /** What runs instead of `use` for some consumers; null when no consumer has one. */
  readonly byConsumer: ConsumerUses | null
}

export interface Chain {
  readonly slots: readonly Slot[]
  /** The most body any slot may want; 0 when none does. */
  readonly bodyBytes: number
  /** True when any slot may have a `conclude` step. */
  readonly concludes: boolean
  /** True when any slot may have a `response` or a `record` step. */
  readonly observesResponse: boolean
  readonly recordsExchange: boolean
}

export interface CompiledService extends ServiceInfo {
  readonly spec: ServiceSpec
}

/** A route as the plane runs it. A request keeps the one it was matched with until it ends. */
export interface CompiledRoute extends RouteInfo {
  readonly spec: RouteSpec
  readonly service: CompiledService | null
  /** Compiled on first use, memoised by what it read. @throws when a use can't be compiled: the request is refused with 500. */
  chain(): Chain
}

/** What a matcher looks at. The plane's exchange fulfils it. */
export interface Matchable {
  readonly method: string
  /** Name of the listener it came in by: `http`, `https`, or the one that the operator gave. */
  readonly listener: string
  /** Host header without its port, as sent. */
  readonly hostname: string
  /** Port of the Host header; the local port where it names none. */
  readonly hostPort: number
  /** Normalised path. */
  readonly path: string
  /** The raw query without `?`. */
  readonly query: string
  readonly scheme: 'http' | 'https'
  /** Server name of the TLS handshake; null without one. */
  readonly sni: string | null
  readonly clientIp: string
  readonly clientPort: number
  readonly localIp: string
  readonly localPort: number
  headerValues(name: string): readonly string[]
}

export interface Match {
  readonly route: CompiledRoute
  /** How many characters of the path the route's path matched (prefix length, or length of the expression's match). */
  readonly matchedLength: number
  /** Named and positional groups of a path expression, made on demand; null for plain paths. */
  captures(): Readonly<Record<string, string>> | null
}

/** What a matcher found: where the request goes, and how much of its path said so. */
export interface Found<T> {
  readonly target: T
  /** Of a path expression that can be asked for its groups; null for all other paths. */
  readonly expression: {
    matchLength(path: string): number
    captures(path: string): Readonly<Record<string, string>> | null
  } | null
  /** Length of the plain path in characters. */
  readonly prefixLength: number
  /** The answer made last; holds as long as the target's route is the same. */
  lastMatch: Match | null
}

/** Finds the route of a request, in the way of one family of dialects. */
export interface RouteMatcher<M, T> {
  /** Adds or replaces all matches of one route. @throws Error on one that can't be used; the route is then not there at all. */
  put(id: string, matches: readonly M[], target: T): void
  delete(id: string): void
  match(request: Matchable): Found<T> | null
}
