import type { RouteSpec } from '../../../model/model.ts'

/** Where a filter stands among others: Envoy's stages, in kgateway's order. */
export const STAGE = {
  acl: 0,
  cors: 1,
  login: 2,
  authentication: 3,
  authorization: 4,
  rateLimit: 5,
  csrf: 6,
  headers: 7,
  /** What the router does itself, behind all filters. */
  router: 8,
} as const

/** A policy use in its place. In one stage filters run in the order of their names. */
export interface Filter {
  readonly stage: number
  /** One name is there once: the use of the most specific scope. */
  readonly name: string
  readonly useId: string
}

export function inOrder(filters: Iterable<Filter>): readonly string[] {
  return [...filters]
    .sort((a, b) => a.stage - b.stage || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ useId }) => useId)
}

/** What one field of a TrafficPolicy comes to. */
export interface FieldEffect {
  readonly filters?: readonly Filter[]
  /** Names of filters that are switched off; one that ends with `/` stands for all that begin so. */
  readonly off?: readonly string[]
  /** What it says of the route itself. */
  readonly route?: RouteSettings
}

export interface RouteSettings {
  readonly timeouts?: { readonly request: number | null; readonly attempt?: number | null }
  readonly retry?: NonNullable<RouteSpec['retry']>
  readonly attemptTimeout?: number
  /** The Host header becomes that of the service. */
  readonly rewritesHost?: boolean
}
