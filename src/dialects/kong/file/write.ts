import type { EntityKind, Values } from '../entities/kind.ts'
import { fieldsFor, referencesOf } from '../schema/entity.ts'
import type { Field } from '../schema/field.ts'

/** An entity as it is stored or shown. */
export interface WrittenEntity {
  readonly kind: string
  readonly id: string
  readonly json: Readonly<Values>
}

/** Fields that the gateway writes itself. */
const OWN = new Set(['id', 'created_at', 'updated_at', 'cert_digest'])
/** A service is no part of the certificate it shows. */
const NEVER_NESTED = new Set(['client_certificate'])

/**
 * Writes entities as a declarative document (format 3.0) that reads back to the same: children stand in their parent,
 * references are names, and what is at its default is left out. Credentials are in their stored form
 * (`_transform: false`).
 *
 * @param kinds in an order in which each comes after what it points at.
 */
export function kongDocument(
  entities: readonly WrittenEntity[],
  kinds: ReadonlyMap<string, EntityKind>,
): Record<string, unknown> {
  const known = new Map(entities.map((entity) => [`${entity.kind} ${entity.id}`, entity]))
  const written = new Map<WrittenEntity, Values>()
  const root: Record<string, unknown[]> = {}
  const nameOf = (kind: string, id: string) => {
    const key = kinds.get(kind)?.endpointKey
    const name = key ? known.get(`${kind} ${id}`)?.json[key] : null
    return typeof name === 'string' ? name : id
  }
  for (const kind of kinds.values()) {
    for (const entity of entities) {
      if (entity.kind !== kind.name) continue
      const links = referencesOf(kind).flatMap(({ field, target }) => {
        const id = idOf(entity.json[field])
        return id === null ? [] : [{ field, target, id }]
      })
      const values = withoutDefaults(fieldsFor(kind, entity.json), entity.json)
      const parent = links.length === 1 && !NEVER_NESTED.has(links[0]!.field) ? links[0]! : null
      const above = parent === null ? undefined : written.get(known.get(`${parent.target} ${parent.id}`)!)
      // Where it stands in its parent says which one that is.
      if (above !== undefined) delete values[parent!.field]
      else for (const { field, target, id } of links) values[field] = nameOf(target, id)
      // Without a name nothing else could tell it from a new one, and others point at it by this.
      const isNamed = kind.endpointKey !== null && typeof entity.json[kind.endpointKey] === 'string'
      const whole = isNamed || hasFixedId(kind) ? values : { id: entity.id, ...values }
      written.set(entity, whole)
      add((above as Record<string, unknown[]> | undefined) ?? root, kind.name, whole)
    }
  }
  return { _format_version: '3.0', _transform: false, ...root }
}

/** Its place and fields make up its id, so that reading it again gives the same. */
function hasFixedId({ name, nestedKey }: EntityKind): boolean {
  return name === 'plugins' || nestedKey !== undefined
}

function add(record: Record<string, unknown[]>, name: string, value: Values): void {
  ;(record[name] ??= []).push(value)
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return typeof id === 'string' ? id : null
}

function withoutDefaults(record: Field, values: Readonly<Values>): Values {
  const left: Values = {}
  for (const [name, field] of record.fields!) {
    const value = values[name]
    if (OWN.has(name) || value === null || value === undefined || field.meta.standsFor) continue
    if (field.makeDefault && same(field.makeDefault(), value)) continue
    if (field.type !== 'record') left[name] = value
    else {
      const inner = withoutDefaults(field, value as Values)
      if (Object.keys(inner).length > 0) left[name] = inner
    }
  }
  return left
}

/** As data: the order of a record's fields counts for nothing. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [names, others] = [Object.keys(a), Object.keys(b)]
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && same((a as Values)[name], (b as Values)[name]))
  )
}
