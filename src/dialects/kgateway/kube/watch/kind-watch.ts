import type { Kind } from '../../resources/kinds.ts'
import { isRecord } from '../../resources/schema/prune.ts'
import { apiError, hasStatus } from '../api/api-error.ts'
import type { KubeApi, Query } from '../api/kube-api.ts'
import { type KubeObject, kubeObject } from '../api/kube-object.ts'
import { listPaths } from '../api/paths.ts'
import { type Backoff, backoffMs, type Wait } from './backoff.ts'

/** Who is told what there is of a kind. */
export interface WatchSink {
  /** All there is of the kind now. */
  replaced(kind: Kind, objects: readonly KubeObject[]): void
  put(kind: Kind, object: KubeObject): void
  removed(kind: Kind, object: KubeObject): void
  /** @param problem null when it goes well again. */
  trouble(kind: Kind, problem: string | null): void
}

export interface WatchTools {
  readonly api: KubeApi
  readonly wait: Wait
  /** From 0 to 1. */
  readonly random: () => number
  /** Milliseconds, only ever compared with itself. */
  readonly ticks: () => number
}

const PAGE = '500'
const RETRY: Backoff = { firstMs: 100, longestMs: 10_000 }
/** A kind that the server does not know may be defined later. */
const ABSENT_RETRY_MS = 5000
/** A watch that the server ends sooner than this did not go well. */
const SHORT_WATCH_MS = 1000
/** How long a watch is asked to last: a little different each time, so that not all end at once. Seconds. */
const SHORTEST_S = 300
const SPREAD_S = 300

/** The filter keeps out what no gateway reads: releases of Helm, which are most of the bytes of many clusters' Secrets. */
const FILTERS: Partial<Readonly<Record<Kind, Query>>> = { Secret: { fieldSelector: 'type!=helm.sh/release.v1' } }

/** Where a watch goes on from. */
interface Position {
  readonly path: string
  readonly apiVersion: string
  version: string
}

/**
 * Follows all objects of one kind: a list, then what changes, for ever. A watch that ends goes on where it ended; one
 * that can't (410: too long ago) begins again with a list, and the sink sees only the difference.
 */
export class KindWatch {
  readonly #kind: Kind
  readonly #sink: WatchSink
  readonly #tools: WatchTools

  constructor(kind: Kind, sink: WatchSink, tools: WatchTools) {
    this.#kind = kind
    this.#sink = sink
    this.#tools = tools
  }

  /** Resolves when the signal has come, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { wait, random, ticks } = this.#tools
    let position: Position | null = null
    let failures = 0
    while (!signal.aborted) {
      const began = ticks()
      try {
        position ??= await this.#list(signal)
        if (position === null) {
          await wait(ABSENT_RETRY_MS, signal)
          continue
        }
        await this.#watch(position, signal)
        this.#sink.trouble(this.#kind, null)
        failures = ticks() - began < SHORT_WATCH_MS ? failures + 1 : 0
      } catch (error) {
        if (signal.aborted) return
        // Too long ago, or the kind is not there any more: only a list tells. All else goes on where it was.
        if (hasStatus(error, 404, 410)) position = null
        failures = ticks() - began < SHORT_WATCH_MS ? failures + 1 : 1
        if (!hasStatus(error, 410)) this.#sink.trouble(this.#kind, messageOf(error))
        if (failures > GIVE_UP_POSITION) position = null
      }
      if (failures > 0) await wait(backoffMs(RETRY, failures, random), signal)
    }
  }

  /** @returns null where the server knows the kind in none of its versions; the sink is told that there is nothing. */
  async #list(signal: AbortSignal): Promise<Position | null> {
    for (const path of listPaths(this.#kind)) {
      try {
        return await this.#listAt(path, signal)
      } catch (error) {
        if (!hasStatus(error, 404)) throw error
      }
    }
    this.#sink.replaced(this.#kind, [])
    this.#sink.trouble(this.#kind, null)
    return null
  }

  async #listAt(path: string, signal: AbortSignal): Promise<Position> {
    try {
      return await this.#pages(path, { limit: PAGE }, signal)
    } catch (error) {
      // The pages were read too slowly, and the rest of them is gone: all at once, then.
      if (!hasStatus(error, 410)) throw error
      return this.#pages(path, {}, signal)
    }
  }

  async #pages(path: string, paging: Query, signal: AbortSignal): Promise<Position> {
    const objects: KubeObject[] = []
    let next: Query = {}
    for (;;) {
      const query = { ...FILTERS[this.#kind], ...paging, ...next }
      const page = await this.#tools.api.get(path, query, signal)
      if (!isRecord(page) || !isRecord(page.metadata) || !Array.isArray(page.items)) {
        throw new Error(`the API server answers ${path} with something else than a list`)
      }
      const apiVersion = String(page.apiVersion)
      for (const item of page.items) {
        const object = kubeObject(item, apiVersion, this.#kind)
        if (object !== null) objects.push(object)
      }
      const { resourceVersion, continue: token } = page.metadata
      if (typeof token !== 'string' || token === '') {
        this.#sink.replaced(this.#kind, objects)
        this.#sink.trouble(this.#kind, null)
        return { path, apiVersion, version: String(resourceVersion) }
      }
      next = { continue: token }
    }
  }

  async #watch(position: Position, signal: AbortSignal): Promise<void> {
    const { api, random } = this.#tools
    const query = {
      ...FILTERS[this.#kind],
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: position.version,
      timeoutSeconds: String(Math.round(SHORTEST_S + SPREAD_S * random())),
    }
    await api.stream(position.path, query, (line) => this.#event(line, position), signal)
  }

  #event(line: unknown, position: Position): void {
    if (!isRecord(line)) return
    const { type, object: sent } = line
    if (type === 'ERROR') throw apiError(0, sent)
    this.#sink.trouble(this.#kind, null)
    const object = kubeObject(sent, position.apiVersion, this.#kind)
    // A bookmark has no name: it only says how far the server has come.
    const version = isRecord(sent) && isRecord(sent.metadata) ? sent.metadata.resourceVersion : null
    if (typeof version === 'string') position.version = version
    if (object === null) return
    if (type === 'ADDED' || type === 'MODIFIED') this.#sink.put(this.#kind, object)
    else if (type === 'DELETED') this.#sink.removed(this.#kind, object)
  }
}

/** After so many failures in a row a watch does not insist on where it was: a list may go better. */
const GIVE_UP_POSITION = 5

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
