import { definitionOf, type Kind, kindNames } from '../../resources/kinds.ts'
import { resourceId } from '../../resources/resource.ts'
import { isRecord } from '../../resources/schema/prune.ts'
import type { ResourceStatus } from '../../resources/status.ts'
import { hasStatus } from '../api/api-error.ts'
import type { KubeApi } from '../api/kube-api.ts'
import { type KubeObject, kubeObject } from '../api/kube-object.ts'
import { objectPath } from '../api/paths.ts'
import type { HeldObject } from '../watch/kube-objects.ts'
import { hasOurEntries, statusChange } from './merge.ts'

/** Where the writer finds objects as they are, and puts what the API server made of a write. */
export interface StatusObjects {
  get(kind: Kind, namespace: string, name: string): HeldObject | undefined
  all(kind: Kind): Iterable<HeldObject>
  put(kind: Kind, object: KubeObject): unknown
}

export interface StatusWriterTools {
  readonly api: KubeApi
  readonly objects: StatusObjects
  /** As it stands in every entry of ours. */
  readonly controllerName: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** How many writes are on their way at once. */
const AT_ONCE = 4
/** How often one object is tried, when somebody else changes it at the same time. */
const TRIES = 5

/**
 * Brings the statuses of objects to what is wanted. It writes only where something differs, since every write wakes our
 * own watch, and always upon the version that it looked at, since entries of other controllers must not be lost.
 */
export class StatusWriter {
  readonly #tools: StatusWriterTools

  constructor(tools: StatusWriterTools) {
    this.#tools = tools
  }

  /**
   * Writes what differs; entries of ours on objects of which nothing is wanted go.
   *
   * @returns a sentence for each object that could not be written.
   */
  async write(wanted: readonly ResourceStatus[], signal: AbortSignal): Promise<string[]> {
    const queue = [...wanted, ...this.#forgotten(wanted)]
    const problems: string[] = []
    const work = async () => {
      for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) {
        const problem = await this.#one(next, signal)
        if (problem !== null) problems.push(problem)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return problems
  }

  #forgotten(wanted: readonly ResourceStatus[]): ResourceStatus[] {
    const known = new Set(wanted.map(({ kind, namespace, name }) => resourceId(kind, namespace, name)))
    return kindNames.flatMap((kind) =>
      [...this.#tools.objects.all(kind)].flatMap(({ object }) => {
        const { namespace, name, generation } = object.metadata
        const { status } = object.written
        if (known.has(resourceId(kind, namespace, name))) return []
        if (!hasOurEntries(status, this.#tools.controllerName)) return []
        const none = isRecord(status) && status.parents !== undefined ? { parents: [] } : { ancestors: [] }
        return [{ kind, namespace, name, observedGeneration: generation, ...none }]
      }),
    )
  }

  async #one(wanted: ResourceStatus, signal: AbortSignal): Promise<string | null> {
    const { api, objects, controllerName, now } = this.#tools
    const { kind, namespace, name } = wanted
    let held = objects.get(kind, namespace, name)?.object
    for (let tries = 1; held !== undefined; tries++) {
      const writer = { controllerName, now: `${new Date(now()).toISOString().slice(0, 19)}Z` }
      const change = statusChange(held.written.status, wanted, writer)
      if (change === null) return null
      const path = objectPath(kind, held.apiVersion, namespace, name)
      const { resourceVersion } = held.metadata
      try {
        const written = await api.patch(`${path}/status`, { metadata: { resourceVersion }, status: change }, signal)
        this.#keep(kind, written)
        return null
      } catch (error) {
        // Gone in the meantime: nobody will miss its status.
        if (hasStatus(error, 404) || signal.aborted) return null
        if (!hasStatus(error, 409) || tries === TRIES) return problemText(wanted, error)
        held = await this.#again(kind, path, signal)
      }
    }
    return null
  }

  /** What the watch will say, too, in a moment: until then nothing may be written upon the version before. */
  #keep(kind: Kind, written: unknown): void {
    const object = this.#objectOf(kind, written)
    if (object !== undefined) this.#tools.objects.put(kind, object)
  }

  async #again(kind: Kind, path: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return this.#objectOf(kind, await this.#tools.api.get(path, {}, signal))
    } catch {
      return undefined
    }
  }

  #objectOf(kind: Kind, value: unknown): KubeObject | undefined {
    return kubeObject(value, definitionOf(kind).versions[0], kind) ?? undefined
  }
}

const problemText = ({ kind, namespace, name }: ResourceStatus, error: unknown): string =>
  `status of ${kind} ${namespace === '' ? name : `${namespace}/${name}`}: ${error instanceof Error ? error.message : String(error)}`
