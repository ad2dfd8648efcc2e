import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

/**
 * Calls back for every change in a folder and in the folders below it, packages left out. Each folder is watched by
 * itself: Node's own recursive watching on Linux watches single files, and loses one that an editor replaces.
 */
export function watchFolder(root: string, changed: () => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  let closed = false

  function look(): void {
    if (closed) return
    const folders = new Set(foldersIn(root))
    for (const [path, watcher] of watchers) {
      if (folders.has(path)) continue
      watcher.close()
      watchers.delete(path)
    }
    for (const path of folders) if (!watchers.has(path)) add(path)
  }

  function add(path: string): void {
    const hear = () => {
      look()
      changed()
    }
    try {
      const watcher = watch(path, hear)
      watcher.on('error', hear)
      watchers.set(path, watcher)
    } catch {
      // Gone again; the folder it was in tells of that.
    }
  }

  look()
  return {
    close() {
      closed = true
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

function foldersIn(path: string): string[] {
  try {
    const below = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
      .flatMap(({ name }) => foldersIn(join(path, name)))
    return [path, ...below]
  } catch {
    return []
  }
}
