import { type FieldError, missing, notAmong, outOfBounds, tooLong, tooMany, wrongType } from './field-error.ts'
import type { Node } from './node.ts'
import type { Path } from './path.ts'
import { hasMatch } from './pattern.ts'
import { isRecord } from './prune.ts'

/** What an API server calls the type of a value. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

const WANTED = { 'integer-or-string': ['integer', 'string'], base64: ['string'] } as const

const wantedTypes = (node: Node): readonly string[] =>
  node.type === 'integer-or-string' || node.type === 'base64' ? WANTED[node.type] : [node.type]

function typeError(node: Node, value: unknown, at: Path): FieldError | null {
  const name = typeOf(value)
  const wanted = wantedTypes(node)
  return wanted.includes(name) ? null : wrongType(at, wanted.join(','), name)
}

/** Types, limits, required fields: all that a schema says of a value by itself. */
export function checkShape(node: Node, value: unknown, at: Path, errors: FieldError[]): void {
  if (node.type === 'any') return
  const wrong = typeError(node, value, at)
  if (wrong !== null) errors.push(wrong)
  if (typeof value === 'number' && node.type === 'integer') checkNumber(node, value, at, errors)
  else if (wrong !== null) {
    // Its limits are of another type than it is.
  } else if (typeof value === 'string') checkText(node, value, at, errors)
  else if (Array.isArray(value)) checkList(node, value, at, errors)
  else if (isRecord(value)) checkObject(node, value, at, errors)
  if (node.alternatives !== undefined && value !== null) errors.push(...node.alternatives(value, at))
  if (node.allowed !== undefined && !node.allowed.some((each) => each === value)) {
    errors.push(notAmong(at, value, node.allowed))
  }
}

/** Only the first thing that is wrong with a text is told. */
function checkText({ min = 0, max, pattern }: Node, value: string, at: Path, errors: FieldError[]): void {
  const length = max === undefined && min === 0 ? 0 : [...value].length
  if (max !== undefined && length > max) errors.push(tooLong(at, max))
  else if (length < min) errors.push(outOfBounds(at, value, `should be at least ${min} chars long`))
  else if (pattern !== undefined && !hasMatch(pattern, value)) {
    errors.push(outOfBounds(at, value, `should match '${pattern}'`))
  }
}

function checkNumber({ min, max }: Node, value: number, at: Path, errors: FieldError[]): void {
  if (min !== undefined && value < min) {
    errors.push(outOfBounds(at, value, `should be greater than or equal to ${min}`))
  }
  if (max !== undefined && value > max) errors.push(outOfBounds(at, value, `should be less than or equal to ${max}`))
}

function checkList({ items, min = 0, max }: Node, value: readonly unknown[], at: Path, errors: FieldError[]): void {
  for (const [n, item] of value.entries()) {
    if (items !== undefined) checkShape(items, item, [...at, n], errors)
  }
  if (value.length < min) errors.push(outOfBounds(at, value.length, `should have at least ${min} items`))
  if (max !== undefined && value.length > max) errors.push(tooMany(at, value.length, max))
}

function checkObject(node: Node, value: Readonly<Record<string, unknown>>, at: Path, errors: FieldError[]): void {
  const { fields, values, min = 0, max } = node
  const count = Object.keys(value).length
  if (count < min) errors.push(outOfBounds(at, count, `should have at least ${min} properties`))
  if (max !== undefined && count > max) errors.push(tooMany(at, count, max))
  if (values !== undefined) {
    for (const [key, each] of Object.entries(value)) checkShape(values, each, [...at, { key }], errors)
  }
  for (const [name, field] of Object.entries(fields ?? {})) {
    if (Object.hasOwn(value, name)) checkShape(field, value[name], [...at, name], errors)
    else if (field.isRequired === true) errors.push(missing([...at, name]))
  }
}
