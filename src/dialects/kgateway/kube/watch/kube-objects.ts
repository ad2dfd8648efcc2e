import { isDeepStrictEqual } from 'node:util'
import { type Kind, kindNames } from '../../resources/kinds.ts'
import { type ReadObject, readObject } from '../../resources/read-object.ts'
import type { RefusedObject } from '../../resources/refused-object.ts'
import type { Resource } from '../../resources/resource.ts'
import { elementText, type ResourceProblem } from '../../resources/resource-problem.ts'
import { Resources } from '../../resources/resources.ts'
import { toResource } from '../../resources/to-resource.ts'
import type { KubeObject } from '../api/kube-object.ts'

/** An object, and what became of it. */
export interface HeldObject {
  readonly object: KubeObject
  readonly read: ReadObject
  /** Null for an object that the API server took but we don't: its definitions are not those that we know. */
  readonly resource: Resource | null
}

/** All that the API server has of the kinds we read, as far as we know. */
export class KubeObjects {
  readonly #source: string
  readonly #byKind = new Map<Kind, Map<string, HeldObject>>(kindNames.map((kind) => [kind, new Map()]))
  #resources: Resources | null = null

  /** @param source how problems name where the objects come from. */
  constructor(source: string) {
    this.#source = source
  }

  /** @returns whether anything changed that matters to whoever reads resources. */
  replace(kind: Kind, objects: readonly KubeObject[]): boolean {
    const gone = new Map(this.#byKind.get(kind))
    let changed = false
    for (const object of objects) {
      gone.delete(keyOf(object))
      if (this.put(kind, object)) changed = true
    }
    for (const { object } of gone.values()) if (this.remove(kind, object)) changed = true
    return changed
  }

  /** @returns as `replace`: a status that changes, ours above all, is nothing to a reader. */
  put(kind: Kind, object: KubeObject): boolean {
    const held = this.#byKind.get(kind)!
    const before = held.get(keyOf(object))
    if (before?.object.metadata.resourceVersion === object.metadata.resourceVersion) return false
    const read = readObject(kind, object.written, () => undefined)
    if (before !== undefined && sameToReaders(before, object, read)) {
      held.set(keyOf(object), { ...before, object })
      return false
    }
    const { generation, creationTimestamp } = object.metadata
    const place = { source: this.#source, line: null }
    const resource =
      read.errors.length > 0 ? null : toResource(read, place, { generation, creationTimestamp, order: 0 })
    held.set(keyOf(object), { object, read, resource })
    this.#resources = null
    return true
  }

  remove(kind: Kind, object: KubeObject): boolean {
    const removed = this.#byKind.get(kind)!.delete(keyOf(object))
    if (removed) this.#resources = null
    return removed
  }

  get(kind: Kind, namespace: string, name: string): HeldObject | undefined {
    return this.#byKind.get(kind)!.get(`${namespace}/${name}`)
  }

  all(kind: Kind): Iterable<HeldObject> {
    return this.#byKind.get(kind)!.values()
  }

  /** Remembered until something changes. */
  resources(): Resources {
    this.#resources ??= new Resources(
      this.#everything().flatMap(({ resource }) => (resource === null ? [] : [resource])),
    )
    return this.#resources
  }

  problems(): ResourceProblem[] {
    return this.#everything().flatMap(({ read }) => {
      const element = { kind: read.kind, namespace: read.namespace, name: read.name }
      const say = (severity: 'error' | 'warning', message: string): ResourceProblem => ({
        severity,
        element,
        source: this.#source,
        line: null,
        path: elementText(element),
        message,
      })
      return [
        ...read.unknown.map(({ field }) => say('warning', `unknown field "${field}"`)),
        ...read.errors.map(({ field, message }) => say('error', `${field}: ${message}`)),
      ]
    })
  }

  refused(): RefusedObject[] {
    const place = { source: this.#source, line: null }
    return this.#everything().flatMap(({ object, read, resource }) =>
      resource !== null
        ? []
        : [
            {
              kind: read.kind,
              namespace: read.namespace,
              name: read.name,
              place,
              spec: object.written.spec,
              isKept: false,
            },
          ],
    )
  }

  #everything(): HeldObject[] {
    return [...this.#byKind.values()].flatMap((held) => [...held.values()])
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`

function sameToReaders(before: HeldObject, object: KubeObject, read: ReadObject): boolean {
  return (
    before.object.metadata.generation === object.metadata.generation &&
    before.object.metadata.creationTimestamp === object.metadata.creationTimestamp &&
    isDeepStrictEqual(before.read, read)
  )
}
