import type { RouteSpec, ServiceSpec } from '../model/model.ts'
import type { PolicyUses } from './chain/policy-uses.ts'
import type { Chain, CompiledRoute, CompiledService, Match, Matchable } from './route.ts'
import type { Candidate } from './text-matcher/candidate.ts'
import { TextMatcher } from './text-matcher/text-matcher.ts'

/** A route's place: the matcher points here, so that a changed service or chain need not touch the matcher. */
interface RoutePlace {
  readonly spec: RouteSpec
  readonly service: ServicePlace | null
  /** Made on first match and again when the service changed; a running request keeps the one it got. */
  route: ServedRoute | null
}

/** A service's place; there is one as soon as a route points at the service, be it known yet or not. */
interface ServicePlace {
  service: CompiledService | null
  readonly routes: Set<RoutePlace>
}

/** Routes, their services, and which route a request takes. */
export class Routing {
  readonly #matcher: TextMatcher<RoutePlace>
  readonly #routes = new Map<string, RoutePlace>()
  readonly #services = new Map<string, ServicePlace>()
  readonly #failures = new Map<string, Error>()
  readonly #uses: PolicyUses

  constructor(uses: PolicyUses, exactHosts: boolean) {
    this.#uses = uses
    this.#matcher = new TextMatcher(exactHosts)
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
    const service = spec.serviceId === null ? null : this.#servicePlace(spec.serviceId)
    const place: RoutePlace = { spec, service, route: null }
    this.#routes.set(spec.id, place)
    service?.routes.add(place)
    this.#enterMatcher(place)
  }

  deleteRoute(id: string): void {
    const place = this.#routes.get(id)
    if (place === undefined) return
    this.#routes.delete(id)
    this.#failures.delete(id)
    this.#matcher.delete(id)
    if (place.service !== null) {
      place.service.routes.delete(place)
      this.#forgetService(place.spec.serviceId!)
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
    return place === undefined ? null : this.#routeAt(place)
  }

  service(id: string): CompiledService | null {
    return this.#services.get(id)?.service ?? null
  }

  match(request: Matchable): Match | null {
    const found = this.#matcher.match(request)
    if (found === null) return null
    const route = this.#routeAt(found.target)
    if (found.expression !== null) return new ExpressionMatch(route, found, request.path)
    // The answer of a plain path is always the same, so it is made once.
    if (found.lastMatch?.route !== route) {
      found.lastMatch = { route, matchedLength: found.prefixLength, captures: () => null }
    }
    return found.lastMatch
  }

  #routeAt(place: RoutePlace): ServedRoute {
    const service = place.service?.service ?? null
    if (place.route === null || place.route.service !== service) {
      place.route = new ServedRoute(place.spec, service, this.#uses)
    }
    return place.route
  }

  #enterMatcher(place: RoutePlace): void {
    const { id, matches } = place.spec
    this.#failures.delete(id)
    if (place.service?.service?.spec.enabled === false) {
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
    if (place === undefined) this.#services.set(id, (place = { service: null, routes: new Set() }))
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
  readonly #uses: PolicyUses
  #chain: Chain | null = null
  #epoch = -1

  constructor(spec: RouteSpec, service: CompiledService | null, uses: PolicyUses) {
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
      this.#chain = this.#uses.chainOf(this.id, this.spec.serviceId)
      this.#epoch = this.#uses.epoch
    }
    return this.#chain
  }
}

class ExpressionMatch implements Match {
  readonly route: CompiledRoute
  readonly matchedLength: number
  readonly #candidate: Candidate<unknown>
  readonly #path: string

  constructor(route: CompiledRoute, candidate: Candidate<unknown>, path: string) {
    this.route = route
    this.matchedLength = candidate.expression!.matchLength(path)
    this.#candidate = candidate
    this.#path = path
  }

  captures(): Readonly<Record<string, string>> | null {
    return this.#candidate.expression!.captures(this.#path)
  }
}
