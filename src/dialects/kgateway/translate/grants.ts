import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'

/** Who points, and at what. */
export interface Pointer {
  readonly group: string
  readonly kind: string
  readonly namespace: string
}
export interface Target extends Pointer {
  readonly name: string
}

/** What ReferenceGrants let objects of one namespace point at in another. */
export class Grants {
  readonly #byNamespace = new Map<string, Resource<'ReferenceGrant'>[]>()

  readonly #needed: boolean

  /** @param needed false when everything may point at everything. */
  constructor(resources: Resources, needed = true) {
    this.#needed = needed
    for (const grant of resources.all('ReferenceGrant')) {
      const { namespace } = grant.metadata
      this.#byNamespace.set(namespace, [...(this.#byNamespace.get(namespace) ?? []), grant])
    }
  }

  /** Within a namespace everything may point at everything. */
  allows(from: Pointer, to: Target): boolean {
    if (!this.#needed || from.namespace === to.namespace) return true
    return (this.#byNamespace.get(to.namespace) ?? []).some(
      ({ spec }) =>
        spec.from.some(
          (each) => each.group === from.group && each.kind === from.kind && each.namespace === from.namespace,
        ) &&
        spec.to.some(
          (each) =>
            each.group === to.group && each.kind === to.kind && (each.name === undefined || each.name === to.name),
        ),
    )
  }
}
