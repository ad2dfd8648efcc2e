import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Change } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

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
  readonly #snapshot: Snapshot
  readonly #serving = new Map<string, string>()
  #watcher: { close(): void } | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(read: ReadModel, snapshot: Snapshot) {
    this.#read = read
    this.#snapshot = snapshot
  }

  /** @returns what is wrong with the file; empty when it is being served now. */
  load(): readonly Problem[] {
    const { changes, problems } = this.#read()
    if (problems.length > 0) return problems
    this.#snapshot.apply(this.#differences(changes))
    return []
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

  /** Re-reads whenever the file changes. Its folder is watched, since editors and mounts replace files by renaming. */
  watch(file: string, reread: () => void): void {
    const name = basename(file)
    this.#watcher = watch(dirname(file), (_event, changed) => {
      if (changed !== null && changed !== name && !changed.startsWith('..')) return
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
