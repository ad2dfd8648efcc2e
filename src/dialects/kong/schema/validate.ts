import { isReference } from '../../../secrets/reference.ts'
import type { Field } from './field.ts'
import { moveOlderSpellings } from './older-spellings.ts'
import { type FieldProblem, hasProblems, MUST_BE_NULL, REQUIRED, UNKNOWN } from './problems.ts'

/** The value as it would be stored (defaults filled in, sets made distinct), or what is wrong with it. */
export type Checked = { readonly value: unknown; readonly problem: null } | { readonly problem: FieldProblem }

const good = (value: unknown): Checked => ({ value, problem: null })
const bad = (problem: FieldProblem): Checked => ({ problem })

const EXPECTED = {
  string: 'expected a string',
  integer: 'expected an integer',
  number: 'expected a number',
  boolean: 'expected a boolean',
  array: 'expected an array',
  set: 'expected a set',
  map: 'expected a map',
  record: 'expected a record',
} as const

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * Checks one value against its field and says it in Kong's words. The shape is walked here and not by zod, because
 * Kong's answers depend on things zod does not tell: null against missing, sets, one sentence a field, places counted
 * from 1. What a leaf may hold beyond its type is zod's to decide.
 */
export function validateField(field: Field, value: unknown): Checked {
  if (value === undefined) {
    if (field.makeDefault) return good(field.makeDefault())
    if (field.nullable || field.meta.auto) return good(null)
    return field.type === 'record' ? validateRecord(field, {}) : bad(REQUIRED)
  }
  if (value === null) return field.nullable || field.meta.auto ? good(null) : bad(REQUIRED)
  if (field.meta.mustBeNull !== undefined) return bad(field.meta.mustBeNull || MUST_BE_NULL)
  switch (field.type) {
    case 'string':
    case 'boolean':
      return typeof value === field.type ? validateLeaf(field, value) : bad(EXPECTED[field.type])
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) return bad(EXPECTED[field.type])
      if (field.type === 'integer' && !Number.isInteger(value)) return bad(EXPECTED.integer)
      return validateLeaf(field, value)
    case 'array':
    case 'set':
      return validateList(field, value)
    case 'map':
      return validateMap(field, value)
    case 'record':
      return typeof value === 'object' ? validateRecord(field, value) : bad(EXPECTED.record)
    case 'foreign':
      return validateForeign(value)
    case 'other':
      return validateLeaf(field, value)
  }
}

/** The problems of all fields of a record at once; with none, the record as it would be stored. */
export function validateRecord(field: Field, input: object): Checked {
  if (Array.isArray(input) && input.length > 0) return bad(input.map(() => UNKNOWN))
  const given = new Map(Object.entries(input))
  const problems = moveOlderSpellings(field, given)
  const value: Record<string, unknown> = {}
  for (const [name, inner] of field.fields!) {
    if (inner.meta.standsFor) continue
    const own = given.get(name)
    given.delete(name)
    if (own === undefined && inner.meta.whenGiven) continue
    const checked = validateField(inner, own)
    if (checked.problem === null) value[name] = checked.value
    else problems[name] = checked.problem
  }
  for (const name of given.keys()) Object.defineProperty(problems, name, { value: UNKNOWN, enumerable: true })
  return hasProblems(problems) ? bad(problems) : refined(field, value)
}

function validateList(field: Field, given: unknown): Checked {
  // Kong cannot tell an empty list from an empty object.
  const input = isEmptyObject(given) ? [] : given
  if (!Array.isArray(input)) return bad(EXPECTED[field.type === 'set' ? 'set' : 'array'])
  const elements = field.type === 'set' ? distinct(input) : input
  const checked = elements.map((element) => validateField(field.element!, element === undefined ? null : element))
  if (checked.some((each) => each.problem !== null)) return bad(sparse(checked.map((each) => each.problem)))
  return refined(
    field,
    checked.map((each) => (each.problem === null ? each.value : null)),
  )
}

function validateMap(field: Field, given: unknown): Checked {
  if (typeof given !== 'object' || given === null) return bad(EXPECTED.map)
  if (Array.isArray(given) && given.length > 0) return bad(EXPECTED.string)
  const entries: [string, unknown][] = []
  for (const [name, inner] of Object.entries(given)) {
    const key = validateField(field.key!, name)
    if (key.problem !== null) return key
    const value = validateField(field.element!, inner)
    if (value.problem !== null) return value
    entries.push([name, value.value])
  }
  // fromEntries defines, where assigning would run the setter of `__proto__`.
  return refined(field, Object.fromEntries(entries))
}

/** Only the id counts; the store says whether it points at something. */
function validateForeign(value: unknown): Checked {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  if (id === undefined) return bad({ id: 'missing primary key' })
  if (id === null) return bad({ id: REQUIRED })
  if (typeof id !== 'string') return bad({ id: EXPECTED.string })
  return isUuid(id) ? good({ id: id.toLowerCase() }) : bad({ id: 'expected a valid UUID' })
}

function validateLeaf(field: Field, value: unknown): Checked {
  if (field.meta.referenceable && isReference(value)) return good(value)
  if (field.oneOf && !field.oneOf.includes(value as string)) return bad(`expected one of: ${field.oneOf.join(', ')}`)
  if (field.meta.written === 'uuid') {
    return isUuid(String(value)) ? good(String(value).toLowerCase()) : bad('expected a valid UUID')
  }
  return refined(field, value)
}

/** What zod's own checks say of a value whose type and parts are good already. */
function refined(field: Field, value: unknown): Checked {
  if (field.checks === null) return good(value)
  const parsed = field.checks.safeParse(value)
  if (parsed.success) return good(field.type === 'other' ? parsed.data : value)
  const issue = parsed.error.issues[0]!
  if (issue.code === 'too_small' && (field.type === 'string' || field.element)) {
    return bad(`length must be at least ${issue.minimum}`)
  }
  if (issue.code === 'too_big' && (field.type === 'string' || field.element)) {
    return bad(`length must be at most ${issue.maximum}`)
  }
  if (field.greaterThan !== undefined) return bad(`value must be greater than ${field.greaterThan}`)
  if (field.between) return bad(`value should be between ${field.between[0]} and ${field.between[1]}`)
  return bad(issue.message)
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

function distinct(values: readonly unknown[]): unknown[] {
  const seen = new Set(values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : value)))
  if (seen.size === values.length) return [...values]
  const kept = new Set<unknown>()
  return values.filter((value) => {
    const key = typeof value === 'object' ? JSON.stringify(value) : value
    return !kept.has(key) && kept.add(key)
  })
}

/** Good elements after the last bad one are left out, as in the list that Kong prints. */
function sparse(problems: readonly (FieldProblem | null)[]): (FieldProblem | null)[] {
  return problems.slice(0, problems.findLastIndex((problem) => problem !== null) + 1)
}
