import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../model/problem.ts'

/** One policy of a user's: `NAME/policy.ts` in a folder of policies. */
export interface PolicyFolder {
  readonly name: string
  readonly path: string
  /** The module that holds the policy. */
  readonly file: string
}

/** What the module may be called; TypeScript runs as it is. */
export const MODULE_NAMES = ['policy.ts', 'policy.js', 'policy.mjs'] as const

/**
 * The policies in a folder, one to each folder in it. Names that begin with `_` or `.` are for what policies share, and
 * `node_modules` is for packages.
 */
export function policyFolders(dir: string): { readonly found: readonly PolicyFolder[]; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const complain = (source: string, message: string) => problems.push({ source, line: null, path: '', message })
  let names: string[] = []
  try {
    names = readdirSync(dir).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such folder' : code === 'ENOTDIR' ? 'this is no folder' : String(error)
    complain(dir, `${why}: name the folder that holds a folder for each policy, NAME/policy.ts`)
  }
  if (names.some((name) => (MODULE_NAMES as readonly string[]).includes(name))) {
    complain(dir, 'this is the folder of one policy: name the folder that it is in, which may hold several')
    return { found: [], problems }
  }
  const found: PolicyFolder[] = []
  for (const name of names) {
    const path = join(dir, name)
    if (/^[_.]|^node_modules$/.test(name) || !isFolder(path)) continue
    const modules = MODULE_NAMES.filter((module) => existsSync(join(path, module)))
    const [module] = modules
    if (module === undefined) {
      const remedy = `add policy.ts, or call the folder _${name} if it only holds what policies share`
      complain(path, `there is no policy here (${MODULE_NAMES.join(', ')}): ${remedy}`)
    } else if (modules.length > 1) complain(path, `${modules.join(' and ')} are both here: keep one`)
    else found.push({ name, path, file: join(path, module) })
  }
  return { found, problems }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
