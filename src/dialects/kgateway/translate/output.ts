import type { CertificateSpec, Change, PolicyUse, RouteSpec, ServiceSpec, UpstreamSpec } from '../../../model/model.ts'
import { PolicyError } from './policy-error.ts'

/** What keeps a policy from being compiled with a config; null when nothing does. */
export type ConfigProblem = (policy: string, config: Readonly<Record<string, unknown>>) => string | null

/** The model's records that a translation makes, each once. */
export class Output {
  readonly #changes = new Map<string, Change>()
  readonly #problemOf: ConfigProblem

  constructor(problemOf: ConfigProblem) {
    this.#problemOf = problemOf
  }

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

  /**
   * A policy use that routes list.
   *
   * @returns its id.
   * @throws PolicyError when the policy can't be compiled with that config: better said here, of the element that asks
   *   for it, than found when the first request comes.
   */
  use(id: string, policy: string, config: Readonly<Record<string, unknown>>): string {
    const problem = this.#problemOf(policy, config)
    if (problem !== null) throw new PolicyError(problem)
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
