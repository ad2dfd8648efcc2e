import type { Field } from './field.ts'

type Attributes = Record<string, unknown>

/** The document that `GET /schemas/…` answers with: what clients read types and defaults from. */
export interface SchemaDocument {
  readonly fields: readonly Record<string, Attributes>[]
  readonly entity_checks: readonly Record<string, unknown>[]
}

/**
 * Fields in order, one object with one key each. Older spellings stand apart (see `olderSpellings`), and what not every
 * version knows is left out: a client that fills in defaults from here would find a difference for ever.
 */
export function documentFields(fields: ReadonlyMap<string, Field>): Record<string, Attributes>[] {
  return [...fields]
    .filter(([, { meta }]) => !meta.standsFor && !meta.whenGiven)
    .map(([name, field]) => ({ [name]: attributesOf(field) }))
}

/** Fields that only stand for others, with the paths they stand for. */
function olderSpellings(fields: ReadonlyMap<string, Field>): Record<string, Attributes>[] {
  return [...fields].flatMap(([name, field]) => {
    const path = field.meta.standsFor
    if (!path) return []
    const { type, ...rest } = attributesOf(field)
    const deprecation = { replaced_with: [{ path }] }
    return [{ [name]: { type, ...rest, translate_backwards: path, deprecation } }]
  })
}

function attributesOf(field: Field): Attributes {
  const { meta } = field
  const out: Attributes = { type: field.type === 'other' ? 'string' : field.type }
  if (field.description) out['description'] = field.description
  if (meta.reference) {
    out['reference'] = meta.reference
    if (meta.onDelete === 'cascade') out['on_delete'] = 'cascade'
  }
  if (meta.mustBeNull !== undefined) out['eq'] = null
  if (field.makeDefault) {
    const value = field.makeDefault()
    if (value !== null) out['default'] = value
  }
  if (meta.written === 'uuid') out['uuid'] = true
  else if (meta.written) out['timestamp'] = true
  if (meta.auto) out['auto'] = true
  else if (!field.nullable) out['required'] = true
  if (meta.unique) out['unique'] = true
  if (meta.referenceable) out['referenceable'] = true
  if (meta.secret) out['encrypted'] = true
  if (field.oneOf) out['one_of'] = field.oneOf
  if (field.between) out['between'] = field.between
  if (field.greaterThan !== undefined) out['gt'] = field.greaterThan
  if (field.type === 'map') {
    out['keys'] = attributesOf(field.key!)
    out['values'] = attributesOf(field.element!)
  } else if (field.element) out['elements'] = attributesOf(field.element)
  if (field.type === 'record') {
    out['fields'] = documentFields(field.fields!)
    const older = olderSpellings(field.fields!)
    if (older.length > 0) out['shorthand_fields'] = older
  }
  return out
}
