import type { RouteSpec, SegmentMatch, ServiceSpec, TextMatch } from '../model/model.ts'
import { CountedNames } from './chain/counted-names.ts'
import type { PolicyUses } from './chain/policy-uses.ts'
import type { Chain, CompiledRoute, CompiledService, Found, Match, Matchable, RouteMatcher } from './route.ts'
import { Shares } from './shares.ts'

/** A route's place: the matcher points here, so that a changed service or chain need not touch the matcher. */
interface RoutePlace {
  readonly spec: RouteSpec
  /** One, unless several services share the route's requests. */
  readonly backends: Shares<BackendPlace>
}

interface BackendPlace {
  readonly service: ServicePlace | null
  /** What the route lists, and what the backend adds; null where the route lists nothing. */
  readonly uses: readonly string[] | null
  /** Made on first match and again when the service changed; a running request keeps the one it got. */
  route: ServedRoute | null
}

/** What a source's routes are matched by. */
export type Matcher = RouteMatcher<TextMatch | SegmentMatch, RoutePlace>

/** A service's place; there is one as soon as a route points at the service, be it known yet or not. */
interface ServicePlace {
  readonly id: string
  service: CompiledService | null
  readonly routes: Set<RoutePlace>
}

/** Routes, their services, and which route a request takes. */
export class Routing {
  readonly #matcher: Matcher
  readonly #routes = new Map<string, RoutePlace>()
  readonly #services = new Map<string, ServicePlace>()
  readonly #failures = new Map<string, Error>()
  readonly #headerNames = new CountedNames()
  readonly #uses: PolicyUses

  constructor(uses: PolicyUses, matcher: Matcher) {
    this.#uses = uses
    this.#matcher = matcher
  }

  /** Routes that match nothing because an expression or address of theirs can't be used. */
  get failures(): ReadonlyMap<string, Error> {
    return this.#failures
  }

  routeIds(): Iterable<string> {
    return this.#routes.keys()
  }

  /** Also of services that routes only point at. */
  serviceIds(): Iterable<string> {
    return this.#services.keys()
  }

  putRoute(spec: RouteSpec): void {
    this.deleteRoute(spec.id)
    const backends = spec.backends ?? [{ serviceId: spec.serviceId, weight: 1, uses: [] }]
    const shares = backends.map(({ serviceId, weight, uses }): [BackendPlace, number] => {
      const service = serviceId === null ? null : this.#servicePlace(serviceId)
      return [{ service, uses: spec.uses === undefined ? null : [...spec.uses, ...uses], route: null }, weight]
    })
    const place: RoutePlace = { spec, backends: new Shares(shares) }
    this.#routes.set(spec.id, place)
    this.#headerNames.count(headerNamesOf(spec), 1)
    for (const { service } of place.backends.all) service?.routes.add(place)
    this.#enterMatcher(place)
  }

  deleteRoute(id: string): void {
    const place = this.#routes.get(id)
    if (place === undefined) return
    this.#routes.delete(id)
    this.#headerNames.count(headerNamesOf(place.spec), -1)
    this.#failures.delete(id)
    this.#matcher.delete(id)
    for (const { service } of place.backends.all) {
      if (service === null) continue
      service.routes.delete(place)
      this.#forgetService(service.id)
    }
  }

  putService(spec: ServiceSpec): void {
    const place = this.#servicePlace(spec.id)
    const wasEnabled = place.service?.spec.enabled ?? true
    place.service = { id: spec.id, name: spec.name, host: spec.host, ...(spec.shown && { shown: spec.shown }), spec }
    if (wasEnabled !== spec.enabled) for (const route of place.routes) this.#enterMatcher(route)
  }

  deleteService(id: string): void {
    const place = this.#services.get(id)
    if (place === undefined) return
    const wasEnabled = place.service?.spec.enabled ?? true
    place.service = null
    if (!wasEnabled) for (const route of place.routes) this.#enterMatcher(route)
    this.#forgetService(id)
  }

  route(id: string): CompiledRoute | null {
    const place = this.#routes.get(id)
    return place === undefined ? null : this.#routeAt(place, place.backends.all[0]!)
  }

  service(id: string): CompiledService | null {
    return this.#services.get(id)?.service ?? null
  }

  /** True when a header of that name (lower case) may decide which route a request takes. */
  matchesBy(name: string): boolean {
    return this.#headerNames.has(name)
  }

  match(request: Matchable): Match | null {
    const found = this.#matcher.match(request)
    if (found === null) return null
    const place = found.target
    const route = this.#routeAt(place, place.backends.next())
    if (found.expression !== null) return new ExpressionMatch(route, found.expression, request.path)
    // The answer of a plain path is always the same, so it is made once.
    if (found.lastMatch?.route !== route) {
      found.lastMatch = { route, matchedLength: found.prefixLength, captures: () => null }
    }
    return found.lastMatch
  }

  #routeAt(place: RoutePlace, backend: BackendPlace): ServedRoute {
    const service = backend.service?.service ?? null
    if (backend.route === null || backend.route.service !== service) {
      backend.route = new ServedRoute(place.spec, service, backend.uses, this.#uses)
    }
    return backend.route
  }

  #enterMatcher(place: RoutePlace): void {
    const { id, matches } = place.spec
    this.#failures.delete(id)
    if (place.backends.all.every(({ service }) => service?.service?.spec.enabled === false)) {
      this.#matcher.delete(id)
      return
    }
    try {
      this.#matcher.put(id, matches, place)
    } catch (error) {
      this.#matcher.delete(id)
      this.#failures.set(id, error instanceof Error ? error : new Error(String(error)))
    }
  }

  #servicePlace(id: string): ServicePlace {
    let place = this.#services.get(id)
    if (place === undefined) this.#services.set(id, (place = { id, service: null, routes: new Set() }))
    return place
  }

  #forgetService(id: string): void {
    const place = this.#services.get(id)
    if (place?.service === null && place.routes.size === 0) this.#services.delete(id)
  }
}

class ServedRoute implements CompiledRoute {
  readonly id: string
  readonly name: string | null
  readonly spec: RouteSpec
  readonly service: CompiledService | null
  readonly #listed: readonly string[] | null
  readonly #uses: PolicyUses
  #chain: Chain | null = null
  #epoch = -1

  constructor(spec: RouteSpec, service: CompiledService | null, listed: readonly string[] | null, uses: PolicyUses) {
    this.#listed = listed
    this.id = spec.id
    this.name = spec.name
    this.spec = spec
    this.service = service
    this.#uses = uses
  }

  get shown(): Readonly<Record<string, unknown>> {
    return this.spec.shown ?? {}
  }

  chain(): Chain {
    if (this.#chain === null || this.#epoch !== this.#uses.epoch) {
      const listed = this.#listed
      this.#chain = listed === null ? this.#uses.chainOf(this.id, this.spec.serviceId) : this.#uses.listedChain(listed)
      this.#epoch = this.#uses.epoch
    }
    return this.#chain
  }
}

class ExpressionMatch implements Match {
  readonly route: CompiledRoute
  readonly matchedLength: number
  readonly #expression: NonNullable<Found<unknown>['expression']>
  readonly #path: string

  constructor(route: CompiledRoute, expression: NonNullable<Found<unknown>['expression']>, path: string) {
    this.route = route
    this.matchedLength = expression.matchLength(path)
    this.#expression = expression
    this.#path = path
  }

  captures(): Readonly<Record<string, string>> | null {
    return this.#expression.captures(this.#path)
  }
}

function headerNamesOf({ matches }: RouteSpec): string[] {
  return matches.flatMap(({ headers }) => headers.map(({ name }) => name.toLowerCase()))
}
