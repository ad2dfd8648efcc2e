import type { Node } from './node.ts'
import { isRecord } from './prune.ts'

/** The value with every default put in, also inside of defaults. Makes a new one; what was not touched is shared. */
export function withDefaults(node: Node, value: unknown): unknown {
  const { fields, values, items } = node
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => withDefaults(items, item))
  if (!isRecord(value)) return value
  if (fields === undefined) {
    if (values === undefined) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withDefaults(values, each)]))
  }
  const filled: Record<string, unknown> = { ...value }
  for (const [name, field] of Object.entries(fields)) {
    const given = Object.hasOwn(filled, name) ? filled[name] : field.standard
    if (given !== undefined) filled[name] = withDefaults(field, given)
  }
  return filled
}
