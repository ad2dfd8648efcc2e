import { problemText } from '../model/problem.ts'
import type { Command, Input } from './command.ts'
import { failureText, UsageError } from './failure.ts'
import type { Io } from './io.ts'
import { settingFlags, settingsFrom } from './setting-flags.ts'
import { sourceName } from './settings/setting-values.ts'
import type { Settings } from './settings/settings.ts'

const flags = settingFlags(['config', 'sources', 'policies', 'functions'])

export const checkCommand: Command = {
  name: 'check',
  summary: 'Validate sources without starting anything',
  details: [
    'Lists every problem as FILE:LINE: PATH: MESSAGE and then exits with 1. Sources come from the arguments, or from the settings that start would take.',
  ],
  positionals: [{ name: 'SOURCE', description: 'Such as kong:kong.yaml.', optional: true, rest: true }],
  flags,
  examples: ['check kong:kong.yaml', 'check --config sallyport.yaml'],
  run: check,
}

async function check(input: Input, io: Io): Promise<number> {
  const settings = settingsFrom(input, Object.keys(flags), io.env)
  const given = input.rest('SOURCE').map(checkedSource)
  const sources =
    given.length > 0 ? [...given, ...(input.list('source').length > 0 ? settings.sources : [])] : settings.sources
  if (sources.length === 0 && settings.policies.length === 0)
    throw new UsageError('there is no source to check: name one, such as kong:kong.yaml')

  const problems = await sourceProblems(sources, settings)
  if (problems.length > 0) {
    io.err(
      `${problems.join('\n')}\nerror: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} found\n`,
    )
    return 1
  }
  io.out(`ok: ${[...settings.policies, ...sources].join(', ')}\n`)
  return 0
}

/** Every problem of every source and of users' own policies, a line each. */
export async function sourceProblems(
  sources: readonly string[],
  { policies: dirs, functions }: Pick<Settings, 'policies' | 'functions'>,
): Promise<string[]> {
  // Loaded here, so that the small commands need not wait for every policy to load.
  const { manifestProblems } = await import('../dialects/kgateway/manifest-problems.ts')
  const { settingsFrom } = await import('../dialects/kgateway/translate/settings.ts')
  const { configProblem } = await import('../policy/config-problem.ts')
  const { readKongFile } = await import('../dialects/kong/file.ts')
  const { readPolicies } = await import('../app/open-policies.ts')
  const { systemClock } = await import('../base/clock.ts')
  const { policies, problems: ofPolicies } = await readPolicies(dirs, functions)
  const ofSources = sources.flatMap((source) => {
    const path = source.slice(source.indexOf(':') + 1)
    // An API server has checked what it holds.
    if (source === 'kgateway:kube') return []
    if (source.startsWith('kgateway:')) {
      const problemOf = (name: string, config: object) => configProblem(policies, name, { ...config })
      return manifestProblems(path, { ...settingsFrom(process.env), problemOf })
    }
    const { problems, warnings } = readKongFile(path, policies, systemClock)
    return [...problems, ...warnings]
  })
  return [...ofPolicies, ...ofSources].map(problemText)
}

function checkedSource(text: string): string {
  try {
    return sourceName(text)
  } catch (error) {
    throw new UsageError(`SOURCE: '${text}': ${failureText(error)}`)
  }
}
