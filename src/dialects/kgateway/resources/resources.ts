import type { Kind } from './kinds.ts'
import { type Resource, resourceId } from './resource.ts'

/** Every Kubernetes gives this label to a namespace, with its name for a value. */
const NAME_LABEL = 'kubernetes.io/metadata.name'

/** All resources of a source at one moment. */
export class Resources {
  readonly #byId = new Map<string, Resource>()
  readonly #byKind = new Map<Kind, Resource[]>()

  constructor(resources: Iterable<Resource>) {
    for (const resource of resources) {
      const { kind, metadata } = resource
      this.#byId.set(resourceId(kind, metadata.namespace, metadata.name), resource)
    }
    for (const resource of this.#byId.values()) {
      const sameKind = this.#byKind.get(resource.kind)
      if (sameKind === undefined) this.#byKind.set(resource.kind, [resource])
      else sameKind.push(resource)
    }
  }

  /** All of a kind, in the order they came. */
  all<K extends Kind>(kind: K): readonly Resource<K>[] {
    return (this.#byKind.get(kind) ?? []) as unknown as readonly Resource<K>[]
  }

  /** @param namespace empty for kinds without one. */
  get<K extends Kind>(kind: K, namespace: string, name: string): Resource<K> | undefined {
    return this.#byId.get(resourceId(kind, namespace, name)) as Resource<K> | undefined
  }

  /** The labels of a namespace, also of one that nobody has declared: a folder of files need not. */
  namespaceLabels(name: string): Readonly<Record<string, string>> {
    return { ...this.get('Namespace', '', name)?.metadata.labels, [NAME_LABEL]: name }
  }

  [Symbol.iterator](): IterableIterator<Resource> {
    return this.#byId.values()
  }

  get size(): number {
    return this.#byId.size
  }
}
