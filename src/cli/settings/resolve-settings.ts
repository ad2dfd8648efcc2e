import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { CommandFailure, failureText, UsageError } from '../failure.ts'
import { isPostgres } from './setting-values.ts'
import { type AnySetting, type SettingName, type Settings, settings, variableOf } from './settings.ts'
import { type FileEntry, readSettingsFile } from './settings-file.ts'

/** Looked for in the working directory when no other file is named. */
const USUAL_FILE = 'sallyport.yaml'

/** What stood on the command line: by flag, every value given. */
export type GivenFlags = (flag: string) => readonly string[]

/** Texts of one setting, where they came from, and how a bad one is reported. */
interface Told {
  readonly texts: readonly string[]
  readonly place: string
  readonly Failure: typeof UsageError | typeof CommandFailure
  /** Folder that names of files are relative to; '' for the working directory. */
  readonly folder: string
}

/**
 * Decides every setting: flag, else variable, else file, else default.
 *
 * @throws UsageError for a bad flag or variable, CommandFailure for a bad file; both name setting, value and expectation.
 */
export function resolveSettings(
  given: GivenFlags,
  env: Readonly<Record<string, string | undefined>>,
  read: (file: string) => string | null = readIfThere,
): Settings {
  const config = told('config', given, env, null)
  const configFile = config === null ? null : (parseAll('config', config)[0] as string)
  const text = read(configFile ?? USUAL_FILE)
  if (text === null && configFile !== null) throw new CommandFailure(`${configFile}: there is no such settings file`)
  const file = configFile ?? USUAL_FILE
  const entries = text === null ? null : { file, byName: readSettingsFile(text, file) }

  const result: Record<string, unknown> = { config: text === null ? null : file }
  for (const name of Object.keys(settings) as SettingName[]) {
    if (name === 'config') continue
    const setting: AnySetting = settings[name]
    const source = told(name, given, env, entries)
    if ('isList' in setting) result[name] = source === null ? [] : parseAll(name, source)
    else if (source !== null) result[name] = parseAll(name, source)[0]
    else result[name] = setting.parse(setting.fallback(env)!)
  }
  return result as unknown as Settings
}

/** The most binding word on a setting, or null if nobody speaks of it. */
function told(
  name: SettingName,
  given: GivenFlags,
  env: Readonly<Record<string, string | undefined>>,
  entries: { readonly file: string; readonly byName: ReadonlyMap<SettingName, FileEntry> } | null,
): Told | null {
  const setting: AnySetting = settings[name]
  const isList = 'isList' in setting
  const flags = given(setting.flag)
  if (flags.length > 0) {
    const texts = isList ? flags.flatMap(splitAtCommas) : flags
    return { texts, place: `--${setting.flag}`, Failure: UsageError, folder: '' }
  }
  const variable = env[variableOf(setting)]
  // An empty variable is how shells and compose files say "not set".
  if (variable !== undefined && variable !== '') {
    const texts = isList ? splitAtCommas(variable) : [variable]
    return { texts, place: variableOf(setting), Failure: UsageError, folder: '' }
  }
  const entry = entries?.byName.get(name)
  if (!entries || !entry) return null
  return { texts: entry.texts, place: entry.place, Failure: CommandFailure, folder: dirname(entries.file) }
}

function parseAll(name: SettingName, { texts, place, Failure, folder }: Told): unknown[] {
  const setting: AnySetting = settings[name]
  return texts.map((text) => {
    let value: unknown
    try {
      value = setting.parse(text)
    } catch (error) {
      throw new Failure(`${place}: '${setting.shown?.(text) ?? text}': ${failureText(error)}`)
    }
    if (setting.isFile && typeof value === 'string') return isAbsolute(value) ? value : join(folder, value)
    return setting.isPath ? inFolder(String(value), folder, name) : value
  })
}

/** A folder, or FILE of `kong:FILE` and `sqlite:FILE`, taken from the folder. */
function inFolder(value: string, folder: string, name: SettingName): string {
  if (name === 'policies') return isAbsolute(value) ? value : join(folder, value)
  if (isPostgres(value) || value === 'kgateway:kube') return value
  const colon = value.indexOf(':')
  const file = value.slice(colon + 1)
  return colon < 0 || folder === '' || isAbsolute(file) ? value : `${value.slice(0, colon)}:${join(folder, file)}`
}

function splitAtCommas(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new CommandFailure(`${file}: the settings file can't be read: ${failureText(error)}`)
  }
}
