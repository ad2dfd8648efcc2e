import type { Problem } from '../../../model/problem.ts'
import type { Document } from './document.ts'

type Values = Readonly<Record<string, unknown>>

/** What the keys that start with an underscore say about the rest of the file. */
export interface FileSettings {
  readonly problems: readonly Problem[]
  /** True for `_format_version` 1.1 and 2.1: paths are read by the older rule. */
  readonly olderPaths: boolean
  /** False when passwords and the like are already in stored form. */
  readonly transform: boolean
  /** Tags that every entity gets. */
  readonly tags: readonly string[]
  /** Values that entities of a kind take in place of Kong's own defaults. */
  readonly defaults: ReadonlyMap<string, Values>
  /** Configs that plugins refer to by name (`_config`). */
  readonly pluginConfigs: ReadonlyMap<string, Values>
}

const VERSIONS = ['1.1', '2.1', '3.0']
/** `_info.defaults` names kinds in the singular. */
const DEFAULT_KINDS = { service: 'services', route: 'routes', upstream: 'upstreams', target: 'targets' } as const
/** Keys of `_info` that only steer decK's own work. */
const DECK_ONLY = new Set(['default_lookup_tags', 'consumer_group_policy_overrides', 'include_plugin_definitions'])

/** Reads the keys that start with an underscore: Kong's own, and those of decK that mean something to one gateway. */
export function readSettings(root: Values, document: Document): FileSettings {
  const problems: Problem[] = []
  const problem = (path: readonly string[], message: string) => void problems.push(document.problemAt(path, message))
  const version = root['_format_version']
  if (version === undefined) problem([], "_format_version: required field missing (write _format_version: '3.0')")
  else if (typeof version !== 'string') problem(['_format_version'], "expected a string (write '3.0' in quotes)")
  else if (!VERSIONS.includes(version)) problem(['_format_version'], `expected one of: ${VERSIONS.join(', ')}`)

  expect(root, '_transform', (value) => typeof value === 'boolean', 'expected a boolean', problem)
  expect(root, '_comment', (value) => typeof value === 'string', 'expected a string', problem)
  expect(root, '_ignore', Array.isArray, 'expected an array', problem)
  expect(root, '_workspace', (value) => value === 'default', "there is one workspace, 'default'", problem)
  for (const name of ['_info', '_konnect', '_plugin_configs'])
    expect(root, name, isRecord, 'expected a record', problem)

  const info = isRecord(root['_info']) ? root['_info'] : {}
  return {
    problems,
    olderPaths: version === '1.1' || version === '2.1',
    transform: root['_transform'] !== false && info['skip_hash_for_basic_auth'] !== true,
    tags: readTags(info, problem),
    defaults: readDefaults(info, problem),
    pluginConfigs: new Map(
      Object.entries(isRecord(root['_plugin_configs']) ? root['_plugin_configs'] : {}).filter(hasRecord),
    ),
  }
}

type Tell = (path: readonly string[], message: string) => void

function expect(root: Values, name: string, isGood: (value: unknown) => boolean, message: string, tell: Tell): void {
  if (root[name] !== undefined && root[name] !== null && !isGood(root[name])) tell([name], message)
}

function readTags(info: Values, tell: Tell): readonly string[] {
  const tags = info['select_tags'] ?? []
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags
  tell(['_info', 'select_tags'], 'expected an array of strings')
  return []
}

function readDefaults(info: Values, tell: Tell): ReadonlyMap<string, Values> {
  for (const name of Object.keys(info)) {
    if (DECK_ONLY.has(name) || ['select_tags', 'defaults', 'skip_hash_for_basic_auth'].includes(name)) continue
    tell(['_info', name], 'unknown field')
  }
  const given = isRecord(info['defaults']) ? info['defaults'] : {}
  const known = Object.entries(DEFAULT_KINDS)
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULT_KINDS))
      tell(['_info', 'defaults', name], `expected one of: ${Object.keys(DEFAULT_KINDS).join(', ')}`)
  }
  return new Map(known.flatMap(([name, kind]) => (isRecord(given[name]) ? [[kind, given[name]]] : [])))
}

function hasRecord(entry: [string, unknown]): entry is [string, Values] {
  return isRecord(entry[1])
}

export function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
