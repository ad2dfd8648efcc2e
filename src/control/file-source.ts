import { statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Change } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { ChangeTaker } from './change-taker.ts'

/** Reads a configuration whole: its records, or what is wrong with it. */
export type ReadModel = () => { readonly changes: readonly Change[]; readonly problems: readonly Problem[] }

/** Editors write a file in several steps; a change is read when it has been quiet for this many milliseconds. */
const QUIET_MS = 100

/**
 * A file as a source. It is taken whole or not at all; what a re-read brings is compared with what is being served, and
 * only the differences are applied, so that caches and connections of everything else stay.
 */
export class FileSource {
  readonly #read: ReadModel
  readonly #target: ChangeTaker
  /** A reading that waits for what it needs. */
  #waiting: Promise<void> | null = null
  readonly #serving = new Map<string, string>()
  #watcher: { close(): void } | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(read: ReadModel, target: ChangeTaker) {
    this.#read = read
    this.#target = target
  }

  /** The first load, before anything is served. @returns what is wrong with the file; empty when all of it is there. */
  async load(): Promise<readonly Problem[]> {
    const { changes, problems } = this.#read()
    if (problems.length > 0) return problems
    this.#target.apply(this.#differences(changes))
    await this.#target.settle?.()
    return []
  }

  /**
   * Reads the file anew; one reading after the other. What needs no waiting is done when this returns.
   *
   * @returns as `load` does.
   */
  reload(): readonly Problem[] | Promise<readonly Problem[]> {
    if (this.#waiting === null) return this.#reloadNow()
    return this.#inTurn(this.#waiting.then(() => this.#reloadNow()))
  }

  #reloadNow(): readonly Problem[] | Promise<readonly Problem[]> {
    const { changes, problems } = this.#read()
    if (problems.length > 0) return problems
    const differences = this.#differences(changes)
    const prepared = this.#target.prepare?.(differences) ?? null
    if (prepared !== null) {
      return this.#inTurn(
        prepared.then(() => {
          this.#target.apply(differences)
          return []
        }),
      )
    }
    this.#target.apply(differences)
    return []
  }

  #inTurn<T>(work: Promise<T>): Promise<T> {
    const mine = work
      .catch(() => {})
      .then(() => {
        if (this.#waiting === mine) this.#waiting = null
      })
    this.#waiting = mine
    return work
  }

  #differences(changes: readonly Change[]): Change[] {
    const gone = new Map(this.#serving)
    const result: Change[] = []
    for (const change of changes) {
      if (change.op !== 'put') continue
      const key = `${change.kind} ${change.value.id}`
      const json = JSON.stringify(change.value)
      gone.delete(key)
      if (this.#serving.get(key) === json) continue
      this.#serving.set(key, json)
      result.push(change)
    }
    for (const key of gone.keys()) {
      this.#serving.delete(key)
      const space = key.indexOf(' ')
      result.unshift({ op: 'delete', kind: key.slice(0, space), id: key.slice(space + 1) } as Change)
    }
    return result
  }

  /** Re-reads whenever the file, or anything in the folder, changes. A file's folder is watched, since editors and mounts replace files by renaming. */
  watch(file: string, reread: () => void): void {
    const isFolder = statSync(file).isDirectory()
    const name = basename(file)
    this.#watcher = watch(isFolder ? file : dirname(file), { recursive: isFolder }, (_event, changed) => {
      if (!isFolder && changed !== null && changed !== name && !changed.startsWith('..')) return
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = setTimeout(reread, QUIET_MS)
      this.#timer.unref()
    })
  }

  close(): void {
    this.#watcher?.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
