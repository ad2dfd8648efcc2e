import type { EntityOutcome, EntityWrite, WriteEntity } from '../../../policy/entities.ts'
import { StoreUnavailable } from '../../../store/port.ts'
import type { AdminContext } from './context.ts'
import { AdminProblem } from './problem.ts'
import { MAX_TTL } from './ttl.ts'
import { createEntity, patchEntity } from './write.ts'

/** Codes of the Admin API's own answers that say: a value is taken, or an entity is not there. */
const CONFLICTS: ReadonlySet<unknown> = new Set([3, 5])
const ABSENCES: ReadonlySet<unknown> = new Set([4, 6, 13])

/**
 * What policies write, by the very code that the Admin API writes with: the same checks, the same unique values and
 * references. A write that breaks the schema is a mistake of the policy and throws.
 */
export function ownedEntities(context: AdminContext): WriteEntity {
  return async (write) => {
    try {
      return await make(context, write)
    } catch (error) {
      if (error instanceof StoreUnavailable) return { kind: 'unavailable', why: error.message }
      if (!(error instanceof AdminProblem)) throw error
      const code = error.body['code']
      if (CONFLICTS.has(code)) return { kind: 'conflict' }
      if (ABSENCES.has(code)) return { kind: 'missing' }
      throw error
    }
  }
}

async function make(context: AdminContext, write: EntityWrite): Promise<EntityOutcome> {
  const kind = context.kinds.get(write.kind)
  if (kind === undefined) throw new TypeError(`no such kind of entity: ${write.kind}`)
  switch (write.op) {
    case 'create': {
      const { id } = await createEntity(context, kind, { ...write.fields, ...ttl(write.lifetime) })
      return { kind: 'done', id }
    }
    case 'change': {
      if (!(await isStill(context, write))) return { kind: 'missing' }
      const input = { ...write.fields, ...(write.lifetime === undefined ? {} : ttl(write.lifetime)) }
      const { id } = await patchEntity(context, kind, { field: 'id', value: write.id }, input)
      return { kind: 'done', id }
    }
    case 'remove': {
      const outcome = await context.store.delete(kind.name, write.id)
      if (!outcome.ok) return { kind: outcome.refusal.kind === 'not-found' ? 'missing' : 'conflict' }
      await context.publish(outcome.changes, outcome.revision)
      return { kind: 'done', id: write.id }
    }
  }
}

async function isStill(context: AdminContext, write: Extract<EntityWrite, { op: 'change' }>): Promise<boolean> {
  if (write.ifStill === undefined) return true
  const row = await context.store.get(write.kind, write.id)
  return Object.entries(write.ifStill).every(([name, value]) => row?.json[name] === value)
}

/** Whole seconds, as the Admin API takes them; a longer time is as good as the longest. */
function ttl(lifetime: number | null): { readonly ttl: number | null } {
  return { ttl: lifetime === null ? null : Math.min(Math.ceil(lifetime), MAX_TTL) }
}
