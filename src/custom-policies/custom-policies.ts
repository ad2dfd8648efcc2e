import type { Problem } from '../model/problem.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import { definitionFaults, type Taken } from './check-definition.ts'
import { guardedPolicy } from './guarded-policy.ts'
import { type Instance, importInstance } from './module-hooks.ts'
import { type PolicyFolder, policyFolders } from './policy-folders.ts'
import { watchFolder } from './watch-folder.ts'

/** Editors write a file in several steps; a change is read when it has been quiet for this many milliseconds. */
const QUIET_MS = 100

interface Loaded {
  readonly policy: AnyPolicy
  readonly instance: Instance
}

export interface CustomPoliciesOptions {
  /** Folders that hold a folder for each policy. */
  readonly dirs: readonly string[]
  readonly taken: Taken
  /** Throws when nothing can be derived from a policy's schemas. */
  readonly derive?: (policy: AnyPolicy) => void
}

/** Policies of the users' own, as they stand in their folders: loaded, and loaded again when they are edited. */
export class CustomPolicies {
  readonly #options: CustomPoliciesOptions
  #loaded: ReadonlyMap<string, Loaded> = new Map()
  #last: Promise<unknown> = Promise.resolve()
  readonly #watchers: { close(): void }[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(options: CustomPoliciesOptions) {
    this.#options = options
  }

  get policies(): readonly AnyPolicy[] {
    return [...this.#loaded.values()].map(({ policy }) => policy)
  }

  /**
   * Reads the folders, one reading after the other. A policy whose files are as they were stays what it is; a broken
   * one stays what it was before; one whose folder is gone is gone.
   */
  read(): Promise<readonly Problem[]> {
    const mine = this.#last.then(() => this.#read())
    this.#last = mine.catch(() => {})
    return mine
  }

  async #read(): Promise<readonly Problem[]> {
    const next = new Map<string, Loaded>()
    const problems: Problem[] = []
    const names = new Set(this.#options.taken.policies)
    const kinds = new Set(this.#options.taken.kinds)
    for (const dir of this.#options.dirs) {
      const { found, problems: unreadable } = policyFolders(dir)
      problems.push(...unreadable)
      // A folder that is there and holds no policy any more is a broken edit.
      for (const { source } of unreadable) {
        for (const [path, before] of this.#loaded) if (path === source || source === dir) next.set(path, before)
      }
      for (const folder of found) {
        const before = this.#loaded.get(folder.path)
        if (before !== undefined && !before.instance.isStale()) next.set(folder.path, before)
        else {
          const outcome = await this.#load(folder, { policies: names, kinds })
          if ('problems' in outcome) problems.push(...outcome.problems)
          else next.set(folder.path, outcome)
          if ('problems' in outcome && before !== undefined) next.set(folder.path, before)
        }
        const policy = next.get(folder.path)?.policy
        if (policy !== undefined) names.add(policy.name)
        for (const { kind } of policy?.entities ?? []) kinds.add(kind)
      }
    }
    this.#loaded = next
    return problems
  }

  async #load({ file, name }: PolicyFolder, taken: Taken): Promise<Loaded | { readonly problems: Problem[] }> {
    const problem = (path: string, message: string): Problem => ({ source: file, line: null, path, message })
    let instance: Instance
    try {
      instance = await importInstance(file)
    } catch (error) {
      return { problems: [problem('', `it can't be loaded: ${loadFailure(error)}`)] }
    }
    const given = instance.exports['default']
    const faults = definitionFaults(given, name, taken)
    if (faults.length > 0) return { problems: faults.map(([field, message]) => problem(field, message)) }
    const policy = guardedPolicy(given as AnyPolicy)
    try {
      this.#options.derive?.(policy)
    } catch (error) {
      return { problems: [problem('config', `no schema can be made of it: ${(error as Error).message}`)] }
    }
    return { policy, instance }
  }

  /** Calls back when files have changed, whichever and however. */
  watch(changed: () => void): void {
    for (const dir of this.#options.dirs) {
      const watcher = watchFolder(dir, () => {
        if (this.#timer !== null) clearTimeout(this.#timer)
        this.#timer = setTimeout(changed, QUIET_MS)
        this.#timer.unref()
      })
      this.#watchers.push(watcher)
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}

/** What a module said when it did not load, with the place where it is known. */
function loadFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [place] = /[^\s()]*policy[^\s()]*:\d+(?::\d+)?/.exec(error.stack ?? '') ?? []
  const where = place === undefined ? '' : ` (${place.replace(/\?sallyport-instance=\d+/, '').replace('file://', '')})`
  return `${error.name}: ${error.message.replaceAll(/\?sallyport-instance=\d+/g, '')}${where}`
}
