import type { Entity, StoredEntity } from '../../../store/port.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { constraintName, constraintValue, fieldsFor } from '../schema/entity.ts'
import { fieldOf } from '../schema/field.ts'
import { withOlderSpellings } from '../schema/older-spellings.ts'
import { isUuid, validateField } from '../schema/validate.ts'
import type { AdminContext } from './context.ts'
import { AdminProblem, invalidPrimaryKey, invalidUnique } from './problem.ts'
import { remainingTtl } from './ttl.ts'

/** What a path segment names an entity by: its id, or the value of a unique field. */
export type Key = { readonly field: 'id'; readonly value: string } | { readonly field: string; readonly value: string }

/**
 * Reads a path segment. A UUID is always an id.
 *
 * @throws AdminProblem when the entity has no other key, or the text could not be one.
 */
export function keyOf(kind: EntityKind, segment: string): Key {
  if (isUuid(segment)) return { field: 'id', value: segment.toLowerCase() }
  if (kind.endpointKey === null) throw invalidPrimaryKey({ id: 'expected a valid UUID' })
  const checked = validateField(fieldOf(kind.shape).fields!.get(kind.endpointKey)!, segment)
  if (checked.problem !== null) throw invalidUnique(kind.endpointKey, checked.problem)
  return { field: kind.endpointKey, value: segment }
}

export function findByKey(context: AdminContext, kind: EntityKind, key: Key): Promise<StoredEntity | null> {
  return key.field === 'id'
    ? context.store.get(kind.name, key.value)
    : context.store.findUnique(kind.name, constraintName([key.field]), key.value)
}

/** By a path segment. @throws AdminProblem, for certificates also when no certificate has that server name */
export async function find(context: AdminContext, kind: EntityKind, segment: string): Promise<StoredEntity | null> {
  if (kind.name === 'certificates' && !isUuid(segment)) {
    const sni = await context.store.findUnique('snis', 'name', segment)
    if (!sni) throw new AdminProblem(404, { message: 'SNI not found' })
    return context.store.get(kind.name, referenceOf(sni, 'certificate')!)
  }
  return findByKey(context, kind, keyOf(kind, segment))
}

/** The child that points at the parent through `field`; null also when it points elsewhere. */
export async function findChild(
  context: AdminContext,
  child: EntityKind,
  segment: string,
  field: string,
  parentId: string,
): Promise<StoredEntity | null> {
  if (child.nestedKey && !isUuid(segment)) return findNested(context, child, segment, field, parentId)
  const row = await find(context, child, segment)
  return row && pointsAt(row, field, parentId) ? row : null
}

function findNested(context: AdminContext, child: EntityKind, segment: string, field: string, parentId: string) {
  const fields = [field, child.nestedKey!].sort()
  const value = constraintValue(fields, { [field]: { id: parentId }, [child.nestedKey!]: segment })
  return context.store.findUnique(child.name, constraintName(fields), value)
}

export function pointsAt(row: StoredEntity, field: string, id: string): boolean {
  return referenceOf(row, field) === id
}

/** The id that the entity points at through `field`, or null. */
export function referenceOf(row: Entity, field: string): string | null {
  return (row.json[field] as { id: string } | null | undefined)?.id ?? null
}

/** The entity as it is answered: every field of its shape, and the remaining time to live. */
export function present(context: AdminContext, kind: EntityKind, row: StoredEntity): Values {
  const out: Values = {}
  for (const [name, field] of fieldsFor(kind, row.json).fields!) {
    out[name] = withOlderSpellings(field, row.json[name] ?? null)
  }
  if (kind.expires) out['ttl'] = remainingTtl(row.expiresAt, context.clock.now())
  return out
}
