import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { type Problem, problemText } from '../../model/problem.ts'
import { CommandFailure } from '../failure.ts'
import { type AnySetting, type SettingName, settings } from './settings.ts'

/** What a settings file says of one setting: its values as text, and where. */
export interface FileEntry {
  readonly texts: readonly string[]
  /** `FILE:LINE: KEY`. */
  readonly place: string
}

/**
 * Reads the text of `sallyport.yaml`.
 *
 * @throws CommandFailure with a line for each problem: no YAML, an unknown key, a value of the wrong shape.
 */
export function readSettingsFile(text: string, file: string): Map<SettingName, FileEntry> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineOf = (node: unknown) => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line
  const entries = new Map<SettingName, FileEntry>()
  const problems: Problem[] = document.errors.map((error) => ({
    source: file,
    line: lines.linePos(error.pos[0]).line,
    path: '',
    message: error.message,
  }))

  function visit(node: unknown, path: readonly string[]): void {
    if (!isMap(node)) return complain(node, path, 'expected a record of settings')
    for (const { key, value } of node.items) {
      const here = [...path, String(isScalar(key) ? key.value : key)]
      const name = nameOf(here)
      if (name !== null) enter(name, here, key, value)
      else if (isSection(here)) visit(value, here)
      else complain(key, here, `unknown setting; here may stand: ${keysUnder(path).join(', ')}`)
    }
  }

  function enter(name: SettingName, path: readonly string[], key: unknown, value: unknown): void {
    const items = isSeq(value) ? value.items : [value]
    if (isSeq(value) && !('isList' in settings[name])) return complain(value, path, 'expected one value, not a list')
    const texts: string[] = []
    for (const item of items) {
      if (!isScalar(item) || isAlias(item) || item.value === null) return complain(key, path, 'expected plain text')
      // `on`, `8000` and `true` are meant as they are written.
      texts.push(typeof item.value === 'string' ? item.value : (item.source ?? String(item.value)))
    }
    entries.set(name, { texts, place: `${file}:${lineOf(key)}: ${path.join('.')}` })
  }

  function complain(node: unknown, path: readonly string[], message: string): void {
    problems.push({ source: file, line: lineOf(node), path: path.join('.'), message })
  }

  if (problems.length === 0 && document.contents !== null) visit(document.contents, [])
  if (problems.length > 0) throw new CommandFailure(problems.map(problemText).join('\n'))
  return entries
}

const keyed = (Object.entries(settings) as [SettingName, AnySetting][]).flatMap(([name, { key }]) =>
  key === null ? [] : [{ name, key }],
)

function startsWith(key: readonly string[], path: readonly string[]): boolean {
  return path.every((part, n) => key[n] === part)
}

function nameOf(path: readonly string[]): SettingName | null {
  return keyed.find(({ key }) => key.length === path.length && startsWith(key, path))?.name ?? null
}

function isSection(path: readonly string[]): boolean {
  return keyed.some(({ key }) => key.length > path.length && startsWith(key, path))
}

function keysUnder(path: readonly string[]): string[] {
  return [...new Set(keyed.filter(({ key }) => startsWith(key, path)).map(({ key }) => key[path.length]!))]
}
