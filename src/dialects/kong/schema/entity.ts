import type { EntityWrite } from '../../../store/port.ts'
import { type EntityKind, isEmpty, type Values } from '../entities/kind.ts'
import { type Field, fieldOf } from './field.ts'
import { hasProblems, type Problems } from './problems.ts'
import { validateField, validateRecord } from './validate.ts'

export type CheckedEntity = { readonly values: Values; readonly problems: null } | { readonly problems: Problems }

/** The fields of a kind, for this entity (a plugin's depend on its name). */
export function fieldsFor(kind: EntityKind, values: Readonly<Values>): Field {
  const found = kind.shapeFor?.(values)
  return fieldOf(found && 'shape' in found ? found.shape : kind.shape)
}

/** The foreign keys of a kind: field and the kind it points at. */
export function referencesOf(kind: EntityKind): { field: string; target: string; onDelete: 'cascade' | 'refuse' }[] {
  return [...fieldOf(kind.shape).fields!].flatMap(([field, { meta }]) =>
    meta.reference ? [{ field, target: meta.reference, onDelete: meta.onDelete ?? 'refuse' }] : [],
  )
}

/** The whole entity, checked: fields, defaults, then what holds between fields. */
export function checkEntity(kind: EntityKind, input: Readonly<Values>): CheckedEntity {
  const shape = kind.shapeFor?.(input)
  if (shape && 'problems' in shape) return { problems: shape.problems }
  const field = fieldOf(shape ? shape.shape : kind.shape)
  const checked = validateRecord(field, input)
  const problems = checked.problem === null ? {} : (checked.problem as Problems)
  const values = checked.problem === null ? (checked.value as Values) : goodParts(field, input)
  kind.check?.(values, problems)
  return hasProblems(problems) ? { problems } : { values, problems: null }
}

/** As far as it goes, for checks between fields of an entity that has problems already: what is bad stays as it is. */
function goodParts(field: Field, input: Readonly<Values>): Values {
  const values: Values = {}
  for (const [name, inner] of field.fields!) {
    const given = Object.hasOwn(input, name) ? input[name] : undefined
    const checked = validateField(inner, given)
    values[name] = checked.problem === null ? checked.value : (given ?? null)
  }
  return values
}

/** Replaces shorthands (`url`) by the fields they stand for. */
export function expandShorthands(kind: EntityKind, input: Readonly<Values>): CheckedEntity {
  let values: Values = { ...input }
  const problems: Problems = {}
  for (const [name, shorthand] of Object.entries(kind.shorthands ?? {})) {
    if (!Object.hasOwn(input, name)) continue
    const checked = validateField(fieldOf(shorthand.field), input[name])
    if (checked.problem !== null) problems[name] = checked.problem
    else {
      const { [name]: _, ...rest } = values
      values = { ...rest, ...shorthand.expand(checked.value) }
    }
  }
  return hasProblems(problems) ? { problems } : { values, problems: null }
}

/** What a PATCH leaves: records are merged field by field, everything else is replaced. */
export function mergeValues(field: Field, stored: Readonly<Values>, given: Readonly<Values>): Values {
  const merged: Values = { ...stored }
  for (const [name, value] of Object.entries(given)) {
    const inner = field.fields?.get(name)
    const old = Object.hasOwn(stored, name) ? stored[name] : undefined
    const both = inner?.type === 'record' && isRecord(value) && isRecord(old)
    Object.defineProperty(merged, name, {
      value: both ? mergeValues(inner, old, value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return merged
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One constraint of a kind: fields whose values together are unique. */
function uniqueSets(kind: EntityKind): (readonly string[])[] {
  const marked = [...fieldOf(kind.shape).fields!].flatMap(([name, { meta }]) => (meta.unique ? [[name]] : []))
  return [...marked, ...kind.uniqueTogether]
}

export const constraintName = (fields: readonly string[]) => fields.join('+')
export function constraintValue(fields: readonly string[], values: Readonly<Values>): string {
  return fields.length === 1 ? String(values[fields[0]!]) : JSON.stringify(fields.map((field) => values[field] ?? null))
}

/** The entity as the store takes it: with what is unique, what it points at, and its tags. */
export function toWrite(kind: EntityKind, values: Values, expiresAt: number | null): EntityWrite {
  return {
    kind: kind.name,
    id: String(values['id']),
    json: values,
    uniques: uniqueSets(kind)
      .filter((fields) => fields.length > 1 || !isEmpty(values[fields[0]!]))
      .map((fields) => ({ name: constraintName(fields), value: constraintValue(fields, values) })),
    references: referencesOf(kind).flatMap(({ field, target, onDelete }) => {
      const reference = values[field] as { id: string } | null
      return reference ? [{ field, kind: target, id: reference.id, onDelete }] : []
    }),
    tags: Array.isArray(values['tags']) ? values['tags'].map(String) : [],
    expiresAt,
  }
}
