import { CustomPolicies } from '../custom-policies/custom-policies.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { fieldOf } from '../dialects/kong/schema/field.ts'
import { type Problem, problemText } from '../model/problem.ts'
import { policies as all } from '../policies/index.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import { withoutFunctions } from './functions-switch.ts'
import { keptAsKong } from './kept-as-kong.ts'
import { BadConfiguration, errorText, type GatewaySettings, type Log } from './settings.ts'

/** The policies of this process: those that come with the gateway, and the users' own. */
export interface Policies {
  /** Another list whenever one of them is another one. */
  readonly current: readonly AnyPolicy[]
  /** Calls back for every list that takes the place of another. */
  onChange(take: (policies: readonly AnyPolicy[]) => void): void
  /** Reads the users' own again; what can't be loaded is logged, and stays what it was. */
  reload(): void
  /** Reads them again whenever their files change. */
  watch(): void
  close(): void
}

/**
 * The only place that knows the built-in policies; all else is given the list.
 *
 * @throws BadConfiguration when one of the users' own can't be loaded.
 */
export async function openPolicies(
  { policies: dirs = [], functions = false, exact = [] }: Pick<GatewaySettings, 'policies' | 'functions' | 'exact'>,
  log: Log,
): Promise<Policies> {
  const allowed = functions ? all : withoutFunctions(all)
  const builtIn = exact.includes('passwords') ? keptAsKong(allowed) : allowed
  const custom = customPolicies(dirs)
  const problems = await custom.read()
  if (problems.length > 0) throw new BadConfiguration(problems)
  let current = [...builtIn, ...custom.policies]
  const takers: ((policies: readonly AnyPolicy[]) => void)[] = []

  async function reread(): Promise<void> {
    for (const problem of await custom.read()) {
      log.error({ problem: problemText(problem) }, 'a custom policy could not be taken over; what was serving stays')
    }
    const next = [...builtIn, ...custom.policies]
    const changed = namesOf(next.filter((policy) => !current.includes(policy)))
    const gone = namesOf(current.filter(({ name }) => !next.some((policy) => policy.name === name)))
    if (changed.length === 0 && gone.length === 0) return
    current = next
    for (const take of takers) take(next)
    log.info({ policies: changed, ...(gone.length > 0 && { gone }) }, 'custom policies taken over')
  }
  const reload = () => {
    if (dirs.length === 0) return
    reread().catch((error: unknown) => log.error({ error: errorText(error) }, 'custom policies not taken over'))
  }
  return {
    get current() {
      return current
    },
    onChange: (take) => takers.push(take),
    reload,
    watch: () => custom.watch(reload),
    close: () => custom.close(),
  }
}

/** All policies for who only looks at configuration, and what is wrong with the users' own. */
export async function readPolicies(
  dirs: readonly string[],
  functions: boolean,
): Promise<{ readonly policies: readonly AnyPolicy[]; readonly problems: readonly Problem[] }> {
  const builtIn = functions ? all : withoutFunctions(all)
  const custom = customPolicies(dirs)
  const problems = await custom.read()
  return { policies: [...builtIn, ...custom.policies], problems }
}

function customPolicies(dirs: readonly string[]): CustomPolicies {
  const kinds = entityKinds(all, () => 0)
  const taken = [...kinds.values()].flatMap(({ name, path, nestedPath }) => [name, path, nestedPath])
  return new CustomPolicies({
    dirs,
    taken: { policies: new Set(namesOf(all)), kinds: new Set(taken.filter((name) => name !== null)) },
    derive: ({ config, entities = [] }) => {
      for (const schema of [config, ...entities.map(({ schema }) => schema)]) fieldOf(schema)
    },
  })
}

function namesOf(policies: readonly AnyPolicy[]): string[] {
  return policies.map(({ name }) => name)
}
