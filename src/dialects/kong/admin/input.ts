import type { EntityKind, Values } from '../entities/kind.ts'
import { fieldsFor } from '../schema/entity.ts'
import { fieldOf } from '../schema/field.ts'
import { inferRecord, inferValue } from '../schema/form.ts'
import type { Body } from './endpoint.ts'

/**
 * What was sent, with the types that the schema asks for where it came as a form.
 *
 * @param stored the entity that is changed: it may decide the schema (a plugin's name) when the body does not say.
 */
export function inputFor(kind: EntityKind, body: Body, stored: Readonly<Values> = {}): Values {
  if (!body.isForm) return { ...body.values }
  const typed = inferRecord(fieldsFor(kind, { ...stored, ...body.values }), body.values)
  for (const [name, { field }] of Object.entries(kind.shorthands ?? {})) {
    if (Object.hasOwn(body.values, name)) typed[name] = inferValue(fieldOf(field), body.values[name])
  }
  if (kind.expires && typeof typed['ttl'] === 'string' && typed['ttl'].trim() !== '') {
    const seconds = Number(typed['ttl'])
    if (Number.isFinite(seconds)) typed['ttl'] = seconds
  }
  return typed
}
