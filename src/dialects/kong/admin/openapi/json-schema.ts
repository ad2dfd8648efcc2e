import type { Field } from '../../schema/field.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

const TYPES: Readonly<Partial<Record<Field['type'], string>>> = {
  ...{ string: 'string', integer: 'integer', number: 'number', boolean: 'boolean' },
  ...{ array: 'array', set: 'array', map: 'object', record: 'object', foreign: 'object' },
}

/** A field as JSON Schema (2020-12, which OpenAPI 3.1 uses). */
export function fieldSchema(field: Field, partial = false): JsonSchema {
  const { meta, type, oneOf, between, greaterThan, element } = field
  if (meta.mustBeNull !== undefined) return { type: 'null' }
  const value = field.makeDefault?.()
  const name = TYPES[type]
  return {
    ...(name === undefined ? {} : { type: field.nullable ? [name, 'null'] : name }),
    ...(field.description ? { description: field.description } : {}),
    ...(value === undefined || value === null ? {} : { default: value }),
    ...(oneOf ? { enum: field.nullable ? [...oneOf, null] : oneOf } : {}),
    ...(between ? { minimum: between[0], maximum: between[1] } : {}),
    ...(greaterThan === undefined ? {} : { exclusiveMinimum: greaterThan }),
    ...(meta.written === 'uuid' ? { format: 'uuid' } : {}),
    ...(meta.standsFor ? { deprecated: true } : {}),
    ...(type === 'set' ? { uniqueItems: true } : {}),
    ...(element && type === 'map' ? { additionalProperties: fieldSchema(element) } : {}),
    ...(element && type !== 'map' ? { items: fieldSchema(element) } : {}),
    ...(type === 'record' || type === 'foreign' ? recordParts(field, partial || type === 'foreign') : {}),
  }
}

/** @param partial whether fields that must be there may be left out, as in a change. */
function recordParts({ fields }: Field, partial: boolean): JsonSchema {
  const all = [...fields!]
  const required = partial ? [] : all.filter(([, field]) => isRequired(field)).map(([name]) => name)
  return {
    properties: Object.fromEntries(all.map(([name, field]) => [name, fieldSchema(field, partial)])),
    ...(required.length > 0 ? { required } : {}),
  }
}

function isRequired({ nullable, makeDefault, meta }: Field): boolean {
  return !nullable && !makeDefault && !meta.auto && !meta.written && meta.mustBeNull === undefined
}
