import { randomUUID } from 'node:crypto'
import { withAutoValues } from '../admin/auto-values.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { checkEntity, fieldsFor, referencesOf, toWrite } from '../schema/entity.ts'
import type { Field } from '../schema/field.ts'
import type { DeclaredEntity } from './check-drafts.ts'
import { same, type WrittenEntity } from './write.ts'

/** One write that brings a gateway closer to a file. */
export interface Step {
  readonly verb: 'create' | 'update' | 'delete'
  readonly kind: EntityKind
  readonly id: string
  /** For people, without any secret: `routes orders`. */
  readonly label: string
  /** The whole entity: what to write, as the Admin API takes it, or what goes. */
  readonly body: Readonly<Values>
  /** Fields that differ, by dotted name; of secrets only that they do. */
  readonly differences: readonly Difference[]
}
export interface Difference {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
  readonly isSecret: boolean
}

/** Fields that change by themselves. */
const OWN = new Set(['id', 'created_at', 'updated_at'])

/**
 * What has to be written so that a gateway holds what a file declares, in an order in which it can be.
 *
 * An entity of the file is the one there with its id, or else with the same unique values (a service's name, a
 * consumer's username …). Values that the file leaves to chance stay what they are. Nothing is deleted unless `prune`.
 *
 * @param current everything there is, as the Admin API shows it.
 * @param kinds in an order in which each comes after what it points at.
 * @param now milliseconds since the epoch.
 */
export async function planned(
  declared: readonly DeclaredEntity[],
  current: readonly WrittenEntity[],
  kinds: ReadonlyMap<string, EntityKind>,
  now: number,
  prune: { readonly tags: readonly string[] } | null,
): Promise<Step[]> {
  const there = new Known(current, kinds)
  const ids = new Map<string, string>()
  const kept = new Set<WrittenEntity>()
  const names = new Labels(kinds, [...current, ...declared])
  const steps: Step[] = []
  for (const entity of declared) {
    const kind = kinds.get(entity.kind)!
    const given = withIds(kind, entity.given, ids)
    const known = there.find(kind, entity, withIds(kind, entity.json, ids))
    const isTaken = there.withId(kind, entity.id) !== undefined
    const id = known?.id ?? (isTaken ? randomUUID() : entity.id)
    ids.set(`${kind.name} ${entity.id}`, id)
    const step = { kind, id, label: names.of({ kind: kind.name, id, json: given }) }
    if (known === undefined) {
      steps.push({ ...step, verb: 'create', body: { ...given, id }, differences: [] })
      continue
    }
    kept.add(known)
    const body = withKept(fieldsFor(kind, given), given, known.json)
    const differences = [...differing(fieldsFor(kind, given), known.json, await wanted(kind, body, known, now))]
    if (differences.length > 0) steps.push({ ...step, verb: 'update', body: { ...body, id }, differences })
  }
  if (prune === null) return steps
  return [...steps, ...deletions(current, kept, kinds, prune.tags, names)]
}

/** The entity as it would be stored, made from what would be written. */
async function wanted(
  kind: EntityKind,
  body: Readonly<Values>,
  known: WrittenEntity,
  now: number,
): Promise<Readonly<Values>> {
  const { ttl: _, ...fields } = body
  const checked = checkEntity(kind, withAutoValues(fieldsFor(kind, fields), { ...fields, id: known.id }, 'create', now))
  if (checked.problems !== null) return fields
  if (kind.prepareKept) return kind.prepareKept(checked.values, known.json)
  return kind.prepare ? kind.prepare(checked.values) : checked.values
}

/** Children first, and only what does not go with its parent anyway. */
function deletions(
  current: readonly WrittenEntity[],
  kept: ReadonlySet<WrittenEntity>,
  kinds: ReadonlyMap<string, EntityKind>,
  tags: readonly string[],
  names: Labels,
): Step[] {
  const carriesTags = ({ json }: WrittenEntity) => tags.every((tag) => (json['tags'] as string[] | null)?.includes(tag))
  const going = current.filter((entity) => !kept.has(entity) && carriesTags(entity))
  const gone = new Set(going.map(({ kind, id }) => `${kind} ${id}`))
  const goesWithParent = (entity: WrittenEntity) =>
    referencesOf(kinds.get(entity.kind)!).some(({ field, target, onDelete }) => {
      const id = idOf(entity.json[field])
      return onDelete === 'cascade' && id !== null && gone.has(`${target} ${id}`)
    })
  const order = [...kinds.keys()]
  return going
    .filter((entity) => !goesWithParent(entity))
    .toSorted((a, b) => order.indexOf(b.kind) - order.indexOf(a.kind))
    .map((entity) => {
      const kind = kinds.get(entity.kind)!
      return { verb: 'delete', kind, id: entity.id, label: names.of(entity), body: entity.json, differences: [] }
    })
}

/** What is there, by id and by unique values. */
class Known {
  readonly #byId = new Map<string, WrittenEntity>()
  readonly #byName = new Map<string, WrittenEntity>()

  constructor(current: readonly WrittenEntity[], kinds: ReadonlyMap<string, EntityKind>) {
    for (const entity of current) {
      const { kind, id, json } = entity
      this.#byId.set(`${kind} ${id}`, entity)
      for (const name of this.#namesOf(kinds.get(kind)!, id, json)) this.#byName.set(name, entity)
    }
  }

  /**
   * The entity that is meant: the one with the same unique values, else the one with the id. An id that was only made of
   * the place in the file names nothing that has a name: another key in the same place is another credential.
   */
  find(kind: EntityKind, { id }: WrittenEntity, json: Readonly<Values>): WrittenEntity | undefined {
    const names = this.#namesOf(kind, id, json)
    for (const name of names) {
      const found = this.#byName.get(name)
      if (found !== undefined) return found
    }
    return names.length > 0 && isMadeUp(id) ? undefined : this.withId(kind, id)
  }

  withId(kind: EntityKind, id: string): WrittenEntity | undefined {
    return this.#byId.get(`${kind.name} ${id}`)
  }

  #namesOf(kind: EntityKind, id: string, json: Readonly<Values>): string[] {
    return toWrite(kind, { ...json, id }, null).uniques.map(({ name, value }) => `${kind.name} ${name} ${value}`)
  }
}

/** Made of names and places (version 5), as for all that a file declares without an id. */
function isMadeUp(id: string): boolean {
  return id[14] === '5'
}

/** What entities are called. */
class Labels {
  readonly #kinds: ReadonlyMap<string, EntityKind>
  readonly #entities: ReadonlyMap<string, WrittenEntity>

  constructor(kinds: ReadonlyMap<string, EntityKind>, entities: readonly WrittenEntity[]) {
    this.#kinds = kinds
    this.#entities = new Map(entities.map((entity) => [`${entity.kind} ${entity.id}`, entity]))
  }

  of({ kind: kindName, id, json }: WrittenEntity): string {
    const kind = this.#kinds.get(kindName)!
    const fields = fieldsFor(kind, json).fields!
    const names = kind.name === 'plugins' ? ['name'] : [kind.endpointKey, kind.nestedKey, 'username', 'name']
    const name = names.find((each) => each && typeof json[each] === 'string' && !fields.get(each)?.meta.secret)
    const parents = referencesOf(kind).flatMap(({ field, target }) => {
      const parent = this.#entities.get(`${target} ${idOf(json[field])}`)
      return parent === undefined ? [] : [this.of(parent)]
    })
    const own = `${kind.name} ${name ? String(json[name]) : id}`
    return parents.length === 0 ? own : `${own} (${parents.join(', ')})`
  }
}

/** With the ids that entities of the file have there. */
function withIds(kind: EntityKind, values: Readonly<Values>, ids: ReadonlyMap<string, string>): Values {
  const result: Values = { ...values }
  for (const { field, target } of referencesOf(kind)) {
    const id = idOf(values[field])
    if (id !== null) result[field] = { id: ids.get(`${target} ${id}`) ?? id }
  }
  return result
}

/** What the gateway made up once (keys, secrets) stays, where the file does not say otherwise. */
function withKept(record: Field, given: Readonly<Values>, stored: Readonly<Values>): Values {
  const values: Values = { ...given }
  for (const [name, field] of record.fields!) {
    const [own, old] = [values[name], stored[name]]
    if (field.type === 'record' && isRecord(old)) {
      const inner = withKept(field, isRecord(own) ? own : {}, old)
      if (Object.keys(inner).length > 0) values[name] = inner
    } else if (field.meta.auto && !field.meta.written && (own === undefined || own === null)) {
      if (old !== null && old !== undefined) values[name] = old
    }
  }
  return values
}

function* differing(
  record: Field,
  before: Readonly<Values>,
  after: Readonly<Values>,
  above = '',
): Generator<Difference> {
  for (const [name, field] of record.fields!) {
    if (OWN.has(name) || field.meta.standsFor) continue
    const [old, next] = [before[name] ?? null, after[name] ?? null]
    if (same(old, next)) continue
    if (field.type === 'record' && isRecord(old) && isRecord(next))
      yield* differing(field, old, next, `${above}${name}.`)
    else yield { field: above + name, before: old, after: next, isSecret: holdsSecret(field) }
  }
}

/** Also of a list or a map whose values are secrets: it is told as a whole. */
function holdsSecret({ meta, element, fields }: Field): boolean {
  const inner = [...(element === undefined ? [] : [element]), ...(fields?.values() ?? [])]
  return meta.secret === true || inner.some(holdsSecret)
}

function idOf(value: unknown): string | null {
  const id = isRecord(value) ? value['id'] : null
  return typeof id === 'string' ? id : null
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
