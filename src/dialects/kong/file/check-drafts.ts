import type { Problem } from '../../../model/problem.ts'
import { parseReference, shownReference } from '../../../secrets/reference.ts'
import { vaultSchemas } from '../../../secrets/vault-schemas.ts'
import type { Entity } from '../../../store/port.ts'
import { seededChance, withAutoValues } from '../admin/auto-values.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { checkEntity, expandShorthands, fieldsFor, referencesOf, toWrite } from '../schema/entity.ts'
import type { FieldProblem, Problems } from '../schema/problems.ts'
import { referencesIn } from '../schema/references.ts'
import { isUuid } from '../schema/validate.ts'
import type { Draft } from './collect.ts'
import type { Document, Path } from './document.ts'
import { pathFromOlderFormat } from './older-paths.ts'
import type { FileSettings } from './settings.ts'

/** Seconds: somewhat over three years. */
const LONGEST_TTL = 100_000_000

/** An entity as the store would hold it. */
export interface DeclaredEntity extends Entity {
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null
  /** What was written of it, references and shorthands resolved: without defaults, nothing made up, nothing hashed. */
  readonly given: Readonly<Values>
}

export interface Drafted {
  readonly entities: readonly DeclaredEntity[]
  readonly problems: readonly Problem[]
  /** What keeps an element from being served, but not the file: references to secrets that lead nowhere. */
  readonly warnings: readonly Problem[]
}

/** Resolves references and validates: the entities as they would be stored, or what is wrong with any of them. */
export function checkDrafts(
  drafts: readonly Draft[],
  settings: FileSettings,
  document: Document,
  now: number,
  seed: string,
): Drafted {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const vaults = drafts.filter(({ kind }) => kind.name === 'vaults').map(({ values }) => String(values['prefix']))
  const entities: DeclaredEntity[] = []
  const known = new KnownEntities(drafts)
  const uniques = new Set<string>()

  for (const draft of drafts) {
    const { kind, path } = draft
    const resolved = known.resolved(draft, (field, message) =>
      problems.push(document.problemAt([...path, field], message)),
    )
    const { ttl, ...given } = resolved
    const isTimed = kind.expires && ttl !== undefined && ttl !== null
    if (isTimed && !isTtl(ttl)) {
      problems.push(document.problemAt([...path, 'ttl'], `must be an integer between 0 and ${LONGEST_TTL}`))
    }
    const checked = checkValues(kind, kind.expires ? given : resolved, settings, now, seed)
    if (checked.problems !== null) {
      for (const { at, message } of flat(checked.problems)) problems.push(document.problemAt([...path, ...at], message))
      continue
    }
    for (const found of referencesIn(fieldsFor(kind, checked.values), checked.values)) {
      const message = referenceProblem(found.text, vaults)
      if (message !== null) warnings.push(document.problemAt([...path, ...found.path], message))
    }
    const expiresAt = isTimed && isTtl(ttl) && ttl > 0 ? now + ttl * 1000 : null
    const write = toWrite(kind, checked.values, expiresAt)
    for (const [name, value] of [['primary key', write.id], ...write.uniques.map((each) => [each.name, each.value])]) {
      const key = JSON.stringify([kind.name, name, value])
      if (uniques.has(key)) {
        const message = `uniqueness violation: '${kind.name}' entity with ${name} set to '${value}' already declared`
        problems.push(document.problemAt(path, message))
      }
      uniques.add(key)
    }
    const written = isTimed ? { ...checked.given, ttl } : checked.given
    entities.push({ kind: kind.name, id: write.id, json: write.json, expiresAt, given: written })
  }
  return { entities, problems, warnings }
}

/** What is wrong with a reference as it stands in the file; whether it has a value is seen by whoever serves it only. */
function referenceProblem(text: string, vaults: readonly string[]): string | null {
  const reference = parseReference(text)
  if ('problem' in reference) return `the reference ${shownReference(text)} can't be read: ${reference.problem}`
  const { vault } = reference
  if (vaults.includes(vault) || Object.hasOwn(vaultSchemas, vault)) return null
  const names = [...Object.keys(vaultSchemas), ...vaults].sort().join(', ')
  return `the reference ${shownReference(text)} names no vault: expected one of ${names}`
}

type Checked =
  | { readonly values: Values; readonly given: Values; readonly problems: null }
  | { readonly problems: Problems }

function checkValues(kind: EntityKind, input: Values, settings: FileSettings, now: number, seed: string): Checked {
  const expanded = expandShorthands(kind, input)
  if (expanded.problems !== null) return expanded
  const values = { ...expanded.values }
  if (settings.olderPaths && kind.name === 'routes' && Array.isArray(values['paths'])) {
    values['paths'] = values['paths'].map(pathFromOlderFormat)
  }
  const chance = seededChance(seed, `${kind.name} ${values['id']}`)
  const checked = checkEntity(kind, withAutoValues(fieldsFor(kind, values), values, 'create', now, chance))
  if (checked.problems !== null) return checked
  if (kind.prepare === undefined) return { ...checked, given: values }
  // Only what policies prepare (a password's hash) may be in stored form already; an address is put right always.
  const isStoredForm = !settings.transform && referencesOf(kind).some(({ target }) => target === 'consumers')
  return { values: isStoredForm ? checked.values : kind.prepare(checked.values), given: values, problems: null }
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_TTL
}

/** What foreign keys may point at: by id, or by the field that stands for it. */
class KnownEntities {
  readonly #ids = new Map<string, string>()

  constructor(drafts: readonly Draft[]) {
    for (const { kind, id, values } of drafts) {
      this.#ids.set(JSON.stringify([kind.name, id]), id)
      const name = kind.endpointKey === null ? undefined : values[kind.endpointKey]
      if (typeof name === 'string') this.#ids.set(JSON.stringify([kind.name, name]), id)
    }
  }

  /** The values with each foreign key as `{id}`. */
  resolved({ kind, values }: Draft, tell: (field: string, message: string) => void): Values {
    const result: Values = { ...values }
    for (const { field, target } of referencesOf(kind)) {
      const text = referenceText(values[field])
      if (text === null) continue
      const id = this.#ids.get(JSON.stringify([target, text]))
      if (id === undefined) tell(field, `invalid reference '${field}: ${text}' (no such entry in '${target}')`)
      // With a made-up id the rest of the entity is checked all the same.
      result[field] = { id: id !== undefined && isUuid(id) ? id : '00000000-0000-4000-8000-000000000000' }
    }
    return result
  }
}

/** `name`, `{id: …}` or `{name: …}`. */
function referenceText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return null
  const [text] = ['id', 'name', 'username']
    .map((field) => (value as Values)[field])
    .filter((each) => typeof each === 'string')
  return typeof text === 'string' ? text : null
}

/** Nested problems as single sentences with the place of each. */
function flat(problem: FieldProblem, at: Path = []): { readonly at: Path; readonly message: string }[] {
  if (typeof problem === 'string') return [{ at, message: problem }]
  if (Array.isArray(problem)) return problem.flatMap((each, n) => (each === null ? [] : flat(each, [...at, n])))
  return Object.entries(problem).flatMap(([name, each]) => {
    // Sentences about the whole stand on the whole.
    if (name === '@entity') return [each].flat().map((sentence) => ({ at, message: String(sentence) }))
    return flat(each, [...at, name])
  })
}
