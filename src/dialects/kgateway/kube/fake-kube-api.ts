import { setImmediate as turn } from 'node:timers/promises'
import { type Kind, kindNames } from '../resources/kinds.ts'
import { ApiError } from './api/api-error.ts'
import type { KubeApi, Query } from './api/kube-api.ts'
import { listPaths, objectPath } from './api/paths.ts'

type Stored = Record<string, unknown> & { metadata: Record<string, unknown> }

interface Stream {
  readonly path: string
  readonly onLine: (line: unknown) => void
  readonly end: (error?: Error) => void
}

/** For tests: an API server without a socket, that can be taken away, and forgets when told to. */
export class FakeKubeApi implements KubeApi {
  readonly #objects = new Map<string, Stored>()
  readonly #history: { version: number; path: string; type: string; object: Stored }[] = []
  readonly #streams = new Set<Stream>()
  #version = 100
  #compactedTo = 0
  /** Every call, as `GET /path`. */
  readonly calls: string[] = []
  /** What every call fails of, while it is set. */
  down: Error | null = null
  /** Kinds that the server does not know. */
  readonly unknown = new Set<Kind>()
  pageSize = 500
  /** Called before a patch is looked at. */
  beforePatch: (() => void) | null = null

  /** Puts an object there, or changes it, as somebody else would. */
  put(kind: Kind, namespace: string, name: string, rest: object = {}): void {
    const apiVersion = listPaths(kind)[0]!
      .replace(/^\/apis?\//, '')
      .replace(/\/[^/]+$/, '')
    const path = objectPath(kind, apiVersion, namespace, name)
    const before = this.#objects.get(path)
    const metadata = { name, ...(namespace !== '' && { namespace }), generation: 1, ...before?.metadata }
    this.#store(path, before === undefined ? 'ADDED' : 'MODIFIED', { apiVersion, kind, ...before, ...rest, metadata })
  }

  remove(kind: Kind, namespace: string, name: string): void {
    const apiVersion = listPaths(kind)[0]!
      .replace(/^\/apis?\//, '')
      .replace(/\/[^/]+$/, '')
    const path = objectPath(kind, apiVersion, namespace, name)
    const object = this.#objects.get(path)!
    this.#objects.delete(path)
    this.#tell(path, 'DELETED', {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.#version) },
    })
  }

  /** How far the server has come. */
  get version(): string {
    return String(this.#version)
  }

  object(path: string): Stored | undefined {
    return this.#objects.get(path)
  }

  /** Ends all watches, in order or not. */
  drop(error?: Error): void {
    for (const stream of [...this.#streams]) stream.end(error)
  }

  /** Forgets what happened so far: whoever wants to go on from there is told 410. */
  compact(): void {
    this.#compactedTo = this.#version
  }

  /** Says something to all watches of a kind. */
  say(kind: Kind, line: unknown): void {
    for (const { path, onLine, end } of [...this.#streams]) {
      if (!listPaths(kind).includes(path)) continue
      try {
        onLine(line)
      } catch (error) {
        end(error as Error)
      }
    }
  }

  async get(path: string, query: Query): Promise<unknown> {
    await this.#call('GET', path)
    if (collections.has(path)) return this.#list(path, query)
    const object = this.#objects.get(path)
    if (object === undefined) throw new ApiError(404, 'NotFound', 'not found')
    return structuredClone(object)
  }

  async send(method: 'POST' | 'PUT', path: string, body: object): Promise<unknown> {
    await this.#call(method, path)
    const object = structuredClone(body) as Stored
    const place = method === 'POST' ? `${path}/${String(object.metadata.name)}` : path
    const before = this.#objects.get(place)
    if (method === 'POST' && before !== undefined) throw new ApiError(409, 'AlreadyExists', 'already exists')
    this.#checkVersion(before, object.metadata)
    return this.#store(place, before === undefined ? 'ADDED' : 'MODIFIED', object)
  }

  async patch(path: string, body: object): Promise<unknown> {
    await this.#call('PATCH', path)
    this.beforePatch?.()
    const place = path.replace(/\/status$/, '')
    const before = this.#objects.get(place)
    if (before === undefined) throw new ApiError(404, 'NotFound', 'not found')
    const { metadata, status } = body as { metadata: Record<string, unknown>; status: object }
    this.#checkVersion(before, metadata)
    return this.#store(place, 'MODIFIED', { ...before, status: { ...(before.status as object), ...status } })
  }

  async stream(path: string, query: Query, onLine: (line: unknown) => void, signal: AbortSignal): Promise<void> {
    await this.#call('WATCH', path)
    const from = Number(query.resourceVersion)
    if (from < this.#compactedTo) throw new ApiError(410, 'Expired', 'too old resource version')
    for (const { version, path: changed, type, object } of this.#history) {
      if (version > from && collectionOf(changed) === path) onLine({ type, object: structuredClone(object) })
    }
    await new Promise<void>((resolve, reject) => {
      const stream = {
        path,
        onLine,
        end: (error?: Error) => {
          this.#streams.delete(stream)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      this.#streams.add(stream)
      signal.addEventListener('abort', () => stream.end(), { once: true })
    })
  }

  async #call(method: string, path: string): Promise<void> {
    this.calls.push(`${method} ${path}`)
    await turn()
    if (this.down !== null) throw this.down
  }

  #list(path: string, { limit, continue: token = '0' }: Query): unknown {
    for (const kind of this.unknown) {
      if (listPaths(kind).includes(path)) throw new ApiError(404, 'NotFound', 'the server could not find it')
    }
    const all = [...this.#objects].filter(([each]) => collectionOf(each) === path).map(([, object]) => object)
    const size = limit === undefined ? all.length : Math.min(this.pageSize, Number(limit))
    const end = Number(token) + size
    // As of a real one: what is in a list does not say what it is.
    const items = all.slice(Number(token), end).map(({ apiVersion: _, kind: __, ...rest }) => structuredClone(rest))
    const rest = end < all.length ? { continue: String(end) } : {}
    const apiVersion = path.replace(/^\/apis?\//, '').replace(/\/[^/]+$/, '')
    return { apiVersion, items, metadata: { resourceVersion: String(this.#version), ...rest } }
  }

  #checkVersion(before: Stored | undefined, { resourceVersion }: Record<string, unknown>): void {
    if (resourceVersion !== undefined && before?.metadata.resourceVersion !== resourceVersion) {
      throw new ApiError(409, 'Conflict', 'the object has been modified')
    }
  }

  #store(path: string, type: string, object: Stored): unknown {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.#objects.set(path, stored)
    this.#tell(path, type, stored)
    return structuredClone(stored)
  }

  #tell(path: string, type: string, object: Stored): void {
    this.#history.push({ version: this.#version, path, type, object })
    for (const stream of this.#streams) {
      if (collectionOf(path) === stream.path) stream.onLine({ type, object: structuredClone(object) })
    }
  }
}

const collections = new Set(kindNames.flatMap((kind) => listPaths(kind)))

/** `/apis/g/v/things` of `/apis/g/v/namespaces/n/things/x`. */
const collectionOf = (path: string): string =>
  path.replace(/\/namespaces\/[^/]+(?=\/[^/]+\/)/, '').replace(/\/[^/]+$/, '')
