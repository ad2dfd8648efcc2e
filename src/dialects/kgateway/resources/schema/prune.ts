import type { Node } from './node.ts'
import { type Path, pathText } from './path.ts'

export interface UnknownField {
  readonly at: Path
  readonly field: string
}

/**
 * A copy of a value without the fields that its schema does not name, and without nulls that stand where nothing may
 * be null.
 *
 * @param unknown is given what was left out.
 */
export function pruned(node: Node, value: unknown, at: Path, unknown: UnknownField[]): unknown {
  if (node.type === 'any') return structuredClone(value)
  if (Array.isArray(value)) {
    const { items } = node
    if (items === undefined) return structuredClone(value)
    return value.map((item, n) => pruned(items, item, [...at, n], unknown))
  }
  if (!isRecord(value)) return value
  if (node.values !== undefined) return prunedMap(node.values, value, at, unknown)
  // What is no object by its schema is one here: of its fields none is known.
  const fields = node.fields ?? {}
  const kept: [string, unknown][] = []
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const here = [...at, name]
    if (field === undefined && node.keepsUnknown === true) kept.push([name, structuredClone(child)])
    else if (field === undefined) unknown.push({ at: here, field: pathText(here, 'dotted') })
    else if (child !== null || field.type === 'any') kept.push([name, pruned(field, child, here, unknown)])
  }
  // Unlike an assignment, this makes an ordinary property of `__proto__`.
  return Object.fromEntries(kept)
}

function prunedMap(values: Node, map: object, at: Path, unknown: UnknownField[]): unknown {
  const entries = Object.entries(map)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, pruned(values, value, [...at, { key }], unknown)])
  return Object.fromEntries(entries)
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
