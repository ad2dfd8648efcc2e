/**
 * How modules of users' policies are found and loaded.
 *
 * `sallyport/policy` means the contract of this very process, wherever the folder lies: a second copy would bring
 * second classes of schemas. An edited policy is loaded as another instance: its modules get a mark behind their URLs,
 * handed on from whoever imports to what is imported, so that the loader takes none of them for one it has.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const MARK = 'sallyport-instance'
const ENDING = extname(import.meta.filename)
const CONTRACT: Readonly<Record<string, string>> = {
  'sallyport/policy': new URL(`../policy/contract${ENDING}`, import.meta.url).href,
  'sallyport/policy/test-kit': new URL(`../policy/test-kit${ENDING}`, import.meta.url).href,
}

/** Files of each instance that is being loaded or was: path to digest of the text it was loaded from. */
const filesOf = new Map<string, Map<string, string>>()
let lastInstance = 0
let registered = false

/** Has `sallyport/policy` mean ours in this process, once and for all. */
export function registerModuleHooks(): void {
  if (registered) return
  registered = true
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const ours = Object.hasOwn(CONTRACT, specifier) ? CONTRACT[specifier] : undefined
      if (ours !== undefined) return nextResolve(ours, context)
      const found = nextResolve(specifier, context)
      const instance = instanceOf(context.parentURL)
      if (instance === null || !isOwnFile(specifier, found.url)) return found
      return { ...found, url: marked(found.url, instance) }
    },
    load(url, context, nextLoad) {
      const instance = instanceOf(url)
      if (instance === null) return nextLoad(url, context)
      const path = fileURLToPath(url)
      // Read ahead of the loader: should the file change in between, it looks changed later, and is loaded again.
      filesOf.get(instance)?.set(path, digestOf(path))
      return nextLoad(url, context)
    },
  })
}

/** A module as an instance of its own, with everything that it imports by a relative name. */
export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>
  /** True when a file that it was loaded from is another one now, or gone. */
  isStale(): boolean
}

/** How long a module may take to load, in milliseconds: it may wait for something at its top level. */
const PATIENCE_MS = 10_000

/** @throws whatever the module throws while it loads. */
export async function importInstance(file: string): Promise<Instance> {
  registerModuleHooks()
  const instance = String(++lastInstance)
  const files = new Map<string, string>()
  filesOf.set(instance, files)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not load within 10 seconds')), PATIENCE_MS)
  })
  try {
    const exports = await Promise.race([import(marked(pathToFileURL(file).href, instance)), late])
    return { exports, isStale: () => [...files].some(([path, digest]) => digestOf(path) !== digest) }
  } finally {
    clearTimeout(timer)
    filesOf.delete(instance)
  }
}

/** Files by relative names, wherever they lead, but no packages: those may hold state of their own. */
function isOwnFile(specifier: string, url: string): boolean {
  return /^(?:\.|\/|file:)/.test(specifier) && url.startsWith('file:') && !url.includes('/node_modules/')
}

function marked(url: string, instance: string): string {
  const result = new URL(url)
  result.searchParams.set(MARK, instance)
  return result.href
}

function instanceOf(url: string | undefined): string | null {
  return url?.includes(MARK) ? new URL(url).searchParams.get(MARK) : null
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('base64')
  } catch {
    return ''
  }
}
