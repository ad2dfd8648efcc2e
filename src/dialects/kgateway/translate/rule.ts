import type { HttpRouteRule } from '../resources/kinds/http-route/spec.ts'
import type { Route } from './attach-routes.ts'
import type { AnyFilter } from './route-filters.ts'

/** A rule of an HTTPRoute or of a GRPCRoute: what both have in common, and what only the former has. */
export type Rule = Omit<HttpRouteRule, 'matches' | 'filters' | 'backendRefs'> & {
  readonly matches?: readonly unknown[]
  readonly filters?: readonly AnyFilter[]
  readonly backendRefs?: readonly RuleBackendRef[]
}

export interface RuleBackendRef {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
  readonly port?: number | undefined
  readonly weight: number
  readonly filters?: readonly AnyFilter[] | undefined
}

export const rulesOf = (route: Route): readonly Rule[] => (route.spec.rules ?? []) as readonly Rule[]

export const backendRefsOf = (route: Route): readonly RuleBackendRef[] =>
  rulesOf(route).flatMap(({ backendRefs = [] }) => backendRefs)
