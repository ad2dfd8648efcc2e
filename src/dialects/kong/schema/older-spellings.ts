import type { Field } from './field.ts'
import type { Problems } from './problems.ts'
import { validateField } from './validate.ts'

/**
 * Fields that only stand for others (`redis_host` for `redis.host`), so that configuration of an older version is taken
 * and clients of one still find what they look for. The value lives in one place, the newer one.
 */

/**
 * Moves what was given under an older spelling to where it lives; there it replaces what was given as well. Null says
 * nothing.
 * @returns what is wrong with the values, by the spelling that was used.
 */
export function moveOlderSpellings(record: Field, given: Map<string, unknown>): Problems {
  const problems: Problems = {}
  for (const [name, field] of record.fields!) {
    const path = field.meta.standsFor
    if (path === undefined || !given.has(name)) continue
    const value = given.get(name)
    given.delete(name)
    if (value === null || value === undefined) continue
    const checked = validateField(field, value)
    if (checked.problem !== null) problems[name] = checked.problem
    else given.set(path[0], placed(given.get(path[0]), path.slice(1), checked.value))
  }
  return problems
}

function placed(record: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  const parts = isRecord(record) ? record : {}
  return { ...parts, [name]: placed(parts[name], rest, value) }
}

/** The value as it is shown: with the older spellings of what it holds, in the order of its fields. */
export function withOlderSpellings(field: Field, value: unknown): unknown {
  if (field.type !== 'record' || !isRecord(value)) return value
  const shown: Record<string, unknown> = {}
  for (const [name, inner] of field.fields!) {
    const path = inner.meta.standsFor
    if (path) shown[name] = path.reduce<unknown>((at, part) => (isRecord(at) ? at[part] : null), value) ?? null
    else if (Object.hasOwn(value, name)) shown[name] = withOlderSpellings(inner, value[name])
  }
  // A row written by another version may hold what this shape does not name.
  return { ...value, ...shown }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
