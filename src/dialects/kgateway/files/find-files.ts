import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MANIFEST = /\.(ya?ml|json)$/

export interface FoundFiles {
  readonly files: readonly string[]
  /** Why a file or folder can't be looked at. */
  readonly unreadable: readonly { readonly path: string; readonly message: string }[]
}

/**
 * The manifests that a path stands for: the file itself, or every `.yaml`, `.yml` and `.json` of a folder and the folders
 * in it, in the order that kubectl takes them. Names that begin with a dot are passed over: where a ConfigMap is mounted,
 * every file is there a second time under such a name.
 */
export function findFiles(path: string): FoundFiles {
  const files: string[] = []
  const unreadable: { path: string; message: string }[] = []

  function visit(here: string, above: readonly string[]): void {
    try {
      if (!statSync(here).isDirectory()) {
        if (above.length === 0 || MANIFEST.test(here)) files.push(here)
        return
      }
      const real = realpathSync(here)
      if (above.includes(real)) return
      for (const name of readdirSync(here).sort()) {
        if (!name.startsWith('.')) visit(join(here, name), [...above, real])
      }
    } catch (error) {
      unreadable.push({ path: here, message: unreadableText(error) })
    }
  }
  visit(path, [])
  return { files, unreadable }
}

/** What keeps a file from being read, without the system's own words where they say too little or the name again. */
export function unreadableText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'there is no such file or folder'
  if (code === 'EACCES') return 'this may not be read'
  if (code === 'ELOOP') return 'this link leads to itself'
  return error instanceof Error ? error.message : String(error)
}
