import type { CertificateSpec, Change, PolicyUse, RouteSpec, ServiceSpec, UpstreamSpec } from '../../../model/model.ts'

/** The model's records that a translation makes, each once. */
export class Output {
  readonly #changes = new Map<string, Change>()

  route(value: RouteSpec): void {
    this.#put({ op: 'put', kind: 'route', value })
  }
  service(value: ServiceSpec): void {
    this.#put({ op: 'put', kind: 'service', value })
  }
  upstream(value: UpstreamSpec): void {
    this.#put({ op: 'put', kind: 'upstream', value })
  }
  certificate(value: CertificateSpec): void {
    this.#put({ op: 'put', kind: 'certificate', value })
  }

  /** A policy use that routes list. @returns its id. */
  use(id: string, policy: string, config: Readonly<Record<string, unknown>>): string {
    this.#put({ op: 'put', kind: 'use', value: listedUse(id, policy, config) })
    return id
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()]
  }

  #put(change: Extract<Change, { op: 'put' }>): void {
    this.#changes.set(`${change.kind} ${change.value.id}`, change)
  }
}

export function listedUse(id: string, policy: string, config: Readonly<Record<string, unknown>>): PolicyUse {
  return {
    id,
    policy,
    config,
    routeId: null,
    serviceId: null,
    consumerId: null,
    order: 0,
    protocols: [],
    enabled: true,
    listed: true,
  }
}
