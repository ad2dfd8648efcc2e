import type { Problem } from '../../../model/problem.ts'
import type { EntityKind } from '../entities/kind.ts'
import { declaredId } from '../ids.ts'
import { referencesOf } from '../schema/entity.ts'
import type { Document, Path } from './document.ts'
import { type FileSettings, isRecord } from './settings.ts'

/** An entity as it was written, with its id and without what was nested in it. */
export interface Draft {
  readonly kind: EntityKind
  readonly id: string
  readonly values: Record<string, unknown>
  readonly path: Path
}

/** Sections that Kong has and that are not served. Empty ones do no harm. */
const UNSERVED = new Set([
  'keys',
  'key_sets',
  'filter_chains',
  'workspaces',
  'hmacauth_credentials',
  'consumer_groups',
  'rbac_roles',
  'licenses',
  'partials',
  'custom_entities',
  'groups',
  'mtls_auth_credentials',
])

/** Takes the nested document apart into single entities. */
export function collectEntities(
  root: Readonly<Record<string, unknown>>,
  kinds: ReadonlyMap<string, EntityKind>,
  settings: FileSettings,
  document: Document,
): { readonly drafts: readonly Draft[]; readonly problems: readonly Problem[] } {
  const drafts: Draft[] = []
  const problems: Problem[] = []

  function section(kind: EntityKind, list: unknown, path: Path, parent: { field: string; id: string } | null): void {
    if (list === null || list === undefined) return
    if (!Array.isArray(list)) problems.push(document.problemAt(path, 'expected an array'))
    else for (const [index, item] of list.entries()) entity(kind, item, [...path, index], parent, index)
  }

  function entity(
    kind: EntityKind,
    item: unknown,
    path: Path,
    parent: { field: string; id: string } | null,
    index: number,
  ) {
    if (!isRecord(item)) {
      problems.push(document.problemAt(path, 'expected a record'))
      return
    }
    if (parent !== null && item[parent.field] !== undefined) {
      problems.push(document.problemAt([...path, parent.field], `is implied by where it stands, in another entity`))
    }
    const { _ignore, _comment, ...rest } = item
    const values: Record<string, unknown> = rest
    const id = values['id'] ?? declaredId({ kind: kind.name, values, parent, index })
    const nested = children(kind, kinds).filter(({ child }) => isNested(child, values[child.name]))
    for (const { child, field } of nested) {
      const list = values[child.name]
      delete values[child.name]
      section(child, namesAsEntities(list), [...path, child.name], { field, id: String(id) })
    }
    for (const name of Object.keys(values)) {
      if (!UNSERVED.has(name)) continue
      if (!isEmptyList(values[name])) problems.push(document.problemAt([...path, name], `${name} are not served`))
      delete values[name]
    }
    if (parent !== null) values[parent.field] = { id: parent.id }
    applyPluginConfig(kind, values, path)
    drafts.push({ kind, id: String(id), values: { ...withSettings(kind, values), id }, path })
  }

  /** decK: a plugin may name a config of `_plugin_configs`; what it says itself goes on top. */
  function applyPluginConfig(kind: EntityKind, values: Record<string, unknown>, path: Path): void {
    if (kind.name !== 'plugins' || values['_config'] === undefined) return
    const shared = settings.pluginConfigs.get(String(values['_config']))
    if (shared === undefined) {
      problems.push(document.problemAt([...path, '_config'], `no such entry in _plugin_configs: ${values['_config']}`))
    }
    delete values['_config']
    const own = values['config']
    values['config'] = { ...shared, ...(isRecord(own) ? own : {}) }
  }

  function withSettings(kind: EntityKind, values: Record<string, unknown>): Record<string, unknown> {
    const full = { ...settings.defaults.get(kind.name), ...values }
    if (settings.tags.length === 0) return full
    return { ...full, tags: [...(Array.isArray(full['tags']) ? full['tags'] : []), ...settings.tags] }
  }

  for (const [name, list] of Object.entries(root)) {
    const kind = kinds.get(name)
    if (kind !== undefined) section(kind, list, [name], null)
    else if (UNSERVED.has(name)) {
      if (!isEmptyList(list)) problems.push(document.problemAt([name], `${name} are not served`))
    } else if (!SETTINGS.has(name)) problems.push(document.problemAt([name], 'unknown field'))
  }
  return { drafts, problems }
}

const SETTINGS = new Set([
  '_format_version',
  '_transform',
  '_comment',
  '_ignore',
  '_info',
  '_workspace',
  '_konnect',
  '_plugin_configs',
])

/** The kinds that may be nested in this one, and the foreign key that nesting implies. */
function children(kind: EntityKind, kinds: ReadonlyMap<string, EntityKind>) {
  return [...kinds.values()].flatMap((child) => {
    const reference = referencesOf(child).find(({ target }) => target === kind.name)
    // A service's `client_certificate` does not make services children of certificates.
    return reference === undefined || reference.field === 'client_certificate'
      ? []
      : [{ child, field: reference.field }]
  })
}

function isNested(child: EntityKind, value: unknown): boolean {
  return value !== undefined && (Array.isArray(value) || child.name !== 'snis')
}

/** decK and Kong's Admin API write a certificate's server names as plain strings, the declarative form as entities. */
function namesAsEntities(list: unknown): unknown {
  if (!Array.isArray(list)) return list
  return list.map((item) => (typeof item === 'string' ? { name: item } : item))
}

function isEmptyList(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0)
}
