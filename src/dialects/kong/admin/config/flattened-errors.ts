import type { Problem } from '../../../../model/problem.ts'
import type { EntityKind, Values } from '../../entities/kind.ts'
import { referencesOf } from '../../schema/entity.ts'
import { isUuid } from '../../schema/validate.ts'
import { stepsOf } from './problem-fields.ts'

interface FlattenedError {
  readonly entity_type: string
  readonly entity_name?: string
  readonly entity_id?: string
  readonly entity_tags?: readonly string[]
  /** As it was sent, without what is nested in it. */
  readonly entity: Values
  readonly errors: ({ type: 'entity'; message: string } | { type: 'field'; field: string; message: string })[]
}

/**
 * The problems of a declarative document by the entity that has them, however deep it stands.
 *
 * @returns also what stands on no entity.
 */
export function flattenedErrors(
  problems: readonly Problem[],
  document: unknown,
  kinds: ReadonlyMap<string, EntityKind>,
): { readonly flattened: readonly FlattenedError[]; readonly rest: readonly Problem[] } {
  const byPlace = new Map<string, FlattenedError>()
  const rest: Problem[] = []
  for (const problem of problems) {
    const found = entityAt(stepsOf(problem.path), document, kinds)
    if (found === null) {
      rest.push(problem)
      continue
    }
    let error = byPlace.get(found.place)
    if (error === undefined) byPlace.set(found.place, (error = emptyError(found)))
    const { message } = problem
    error.errors.push(found.field === '' ? { type: 'entity', message } : { type: 'field', field: found.field, message })
  }
  return { flattened: [...byPlace.values()], rest }
}

interface Found {
  readonly place: string
  readonly kind: EntityKind
  readonly entity: Values
  /** Path below the entity, with places counted from 1; empty for the whole. */
  readonly field: string
}

function entityAt(steps: readonly (string | number)[], document: unknown, kinds: ReadonlyMap<string, EntityKind>) {
  let found: Found | null = null
  let at: unknown = document
  let above: { readonly kind: EntityKind; readonly entity: Values } | null = null
  for (let n = 0; n + 1 < steps.length; n += 2) {
    const [name, index] = [String(steps[n]), steps[n + 1]]
    const kind = kinds.get(name)
    const list: unknown = isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined
    if (kind === undefined || typeof index !== 'number' || !Array.isArray(list)) break
    at = list[index]
    if (!isRecord(at)) break
    const entity = shownEntity(kind, at, above, kinds)
    const field = steps.slice(n + 2).map((step) => (typeof step === 'number' ? step + 1 : step))
    found = { place: steps.slice(0, n + 2).join('.'), kind, entity, field: field.join('.') }
    above = { kind, entity }
  }
  return found
}

/** Without the entities inside, which are told of by themselves, and with its parent where that has an id. */
function shownEntity(
  kind: EntityKind,
  entity: Values,
  above: { readonly kind: EntityKind; readonly entity: Values } | null,
  kinds: ReadonlyMap<string, EntityKind>,
): Values {
  const nested = new Set(
    [...kinds.values()].flatMap((child) =>
      referencesOf(child).some(({ target }) => target === kind.name) ? [child.name] : [],
    ),
  )
  const shown = Object.fromEntries(
    Object.entries(entity).filter(([name, value]) => !(nested.has(name) && Array.isArray(value))),
  )
  if (above === null || !isUuid(String(above.entity['id']))) return shown
  const reference = referencesOf(kind).find(({ target }) => target === above.kind.name)
  if (reference !== undefined && shown[reference.field] === undefined) {
    shown[reference.field] = { id: above.entity['id'] }
  }
  return shown
}

function emptyError({ kind, entity }: Found): FlattenedError {
  const { name, id, tags } = entity
  return {
    entity_type: kind.name.replace(/s$/, ''),
    ...(typeof name === 'string' && name !== '' ? { entity_name: name } : {}),
    ...(typeof id === 'string' && isUuid(id) ? { entity_id: id } : {}),
    ...(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? { entity_tags: tags } : {}),
    entity,
    errors: [],
  }
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
