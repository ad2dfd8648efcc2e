import type { StoredEntity, WriteOutcome, WriteRefusal } from '../../../store/port.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { expandShorthands, fieldsFor, mergeValues, referencesOf, toWrite } from '../schema/entity.ts'
import { fieldOf } from '../schema/field.ts'
import { isUuid } from '../schema/validate.ts'
import { withAutoValues } from './auto-values.ts'
import type { AdminContext } from './context.ts'
import { judge } from './judge.ts'
import { findByKey, type Key } from './lookup.ts'
import { checkProtocols } from './plugin-protocols.ts'
import {
  type AdminProblem,
  badRequest,
  entityNotFound,
  missingReference,
  primaryKeyViolation,
  schemaViolation,
  stillReferenced,
  uniqueViolation,
  unresolvedReference,
} from './problem.ts'
import { takeTtl } from './ttl.ts'

/** Makes an entity. @throws AdminProblem */
export async function createEntity(
  context: AdminContext,
  kind: EntityKind,
  input: Readonly<Values>,
): Promise<StoredEntity> {
  const now = context.clock.now()
  const { rest, expiresAt = null } = takeTtl(kind, input, now)
  const values = await preparedFor(kind, await checkedNew(context, kind, rest, now), null)
  return commit(context, kind, values, expiresAt, 'insert')
}

/** Replaces the entity that the key names, or makes it. What is left out goes back to its default. @throws AdminProblem */
export async function putEntity(
  context: AdminContext,
  kind: EntityKind,
  key: Key,
  input: Readonly<Values>,
): Promise<StoredEntity> {
  const now = context.clock.now()
  const { rest, expiresAt = null } = takeTtl(kind, input, now)
  const keyed: Values = { ...rest, [key.field]: key.value }
  const existing = key.field !== 'id' || kind.prepareKept ? await findByKey(context, kind, key) : null
  if (existing) keyed['id'] = existing.id
  const checked = await checkedNew(context, kind, keyed, now)
  const values = await preparedFor(kind, checked, existing?.json ?? null)
  return commit(context, kind, values, expiresAt, 'put')
}

/** Changes the fields that are given. @throws AdminProblem, also when there is no such entity */
export async function patchEntity(
  context: AdminContext,
  kind: EntityKind,
  key: Key,
  input: Readonly<Values>,
): Promise<StoredEntity> {
  const now = context.clock.now()
  const taken = takeTtl(kind, input, now)
  const stored = await findByKey(context, kind, key)
  if (!stored) throw entityNotFound({ [key.field]: key.value })
  const given = await resolved(context, kind, expanded(kind, taken.rest))
  const shape = fieldsFor(kind, { ...stored.json, ...given })
  const merged = withAutoValues(shape, mergeValues(shape, stored.json, given), 'change', now)
  merged['id'] = stored.id
  if (kind.name === 'plugins') await checkProtocols(context, merged, given)
  const judged = judge(context, kind, { values: merged, given, stored: stored.json })
  // Only what was given is prepared: a stored hash must not be hashed again.
  const prepared = await preparedFor(kind, judged, stored.json)
  const values = Object.fromEntries(
    Object.entries(judged).map(([name, value]) => [name, Object.hasOwn(given, name) ? prepared[name] : value]),
  )
  const expiresAt = taken.expiresAt === undefined ? stored.expiresAt : taken.expiresAt
  return commit(context, kind, values, expiresAt, 'update')
}

/** Deletes the entity and what hangs on it; nothing happens when it does not exist. @throws AdminProblem */
export async function deleteEntity(context: AdminContext, kind: EntityKind, id: string): Promise<void> {
  const outcome = await context.store.delete(kind.name, id)
  if (outcome.ok) return context.publish(outcome.changes, outcome.revision)
  if (outcome.refusal.kind !== 'not-found') throw refusalProblem(kind, { id }, outcome.refusal)
}

async function checkedNew(context: AdminContext, kind: EntityKind, input: Values, now: number): Promise<Values> {
  const full = expanded(kind, input)
  const given = withAutoValues(fieldsFor(kind, full), await resolved(context, kind, full), 'create', now)
  if (kind.name === 'plugins') await checkProtocols(context, given, full)
  const judged = judge(context, kind, { values: given, given: full, stored: null })
  return judged
}

/** What a row should hold; `stored` is what it holds now. */
async function preparedFor(kind: EntityKind, values: Values, stored: Readonly<Values> | null): Promise<Values> {
  if (kind.prepareKept) return kind.prepareKept(values, stored)
  return kind.prepare?.(values) ?? values
}

function expanded(kind: EntityKind, input: Readonly<Values>): Values {
  const result = expandShorthands(kind, input)
  if (result.problems) throw schemaViolation(result.problems)
  return result.values
}

/** Foreign keys that name the other entity by a unique field (`{"name": "x"}`) get its id. */
async function resolved(context: AdminContext, kind: EntityKind, input: Readonly<Values>): Promise<Values> {
  const values: Values = { ...input }
  for (const { field, target } of referencesOf(kind)) {
    const given = values[field]
    const targetKind = context.kinds.get(target)
    if (typeof given !== 'object' || given === null || 'id' in given || !targetKind) continue
    for (const [name, { meta }] of fieldOf(targetKind.shape).fields!) {
      const value: unknown = Object.hasOwn(given, name) ? (given as Values)[name] : undefined
      if (!meta.unique || typeof value !== 'string') continue
      const row = await context.store.findUnique(target, name, value)
      if (!row) throw unresolvedReference(field, name, value, target)
      values[field] = { id: row.id }
      break
    }
  }
  return values
}

async function commit(
  context: AdminContext,
  kind: EntityKind,
  values: Values,
  expiresAt: number | null,
  mode: 'insert' | 'put' | 'update',
): Promise<StoredEntity> {
  if (!isUuid(String(values['id']))) throw badRequest('an entity needs an id')
  const outcome: WriteOutcome = await context.store[mode](toWrite(kind, values, expiresAt))
  if (!outcome.ok) throw refusalProblem(kind, values, outcome.refusal)
  await context.publish(outcome.changes, outcome.revision)
  return { kind: kind.name, id: String(values['id']), json: values, expiresAt }
}

function refusalProblem(kind: EntityKind, values: Readonly<Values>, refusal: WriteRefusal): AdminProblem {
  switch (refusal.kind) {
    case 'exists':
      return primaryKeyViolation(refusal.id)
    case 'unique': {
      const fields = refusal.constraint.split('+')
      return uniqueViolation(Object.fromEntries(fields.map((field) => [field, values[field] ?? null])))
    }
    case 'reference-missing':
      return missingReference(refusal.field, refusal.target, refusal.id)
    case 'referenced':
      return stillReferenced(kind.name, refusal.by)
    case 'not-found':
      return entityNotFound({ id: values['id'] })
  }
}
