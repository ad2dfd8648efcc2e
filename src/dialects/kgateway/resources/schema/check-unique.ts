import { duplicate, type FieldError, invalid } from './field-error.ts'
import { goJson } from './go-text.ts'
import type { Node } from './node.ts'
import type { Path } from './path.ts'
import { isRecord } from './prune.ts'

/** Finds what stands twice in lists that are sets, or maps by some of their items' fields. */
export function checkUnique(node: Node, value: unknown, at: Path, errors: FieldError[]): void {
  if (Array.isArray(value)) {
    const { items, unique } = node
    if (unique !== undefined) errors.push(...repeated(value, unique, at))
    for (const [n, item] of value.entries()) {
      if (items !== undefined) checkUnique(items, item, [...at, n], errors)
    }
  } else if (isRecord(value)) {
    for (const [name, child] of Object.entries(value)) {
      const field = node.fields !== undefined && Object.hasOwn(node.fields, name) ? node.fields[name] : undefined
      if (field !== undefined) checkUnique(field, child, [...at, name], errors)
      else if (node.values !== undefined) checkUnique(node.values, child, [...at, { key: name }], errors)
    }
  }
}

/** Each value that is there more than once is told once, where it stands for the second time. */
function repeated(list: readonly unknown[], unique: 'set' | readonly string[], at: Path): FieldError[] {
  if (unique !== 'set') {
    const odd = list.findIndex((item) => item !== null && !isRecord(item))
    if (odd >= 0) return [invalid([...at, odd], list[odd], 'must be an object for an array of list-type map')]
  }
  const times = new Map<string, number>()
  return list.flatMap((item, n) => {
    const key = unique === 'set' ? item : keyOf(item, unique)
    const text = goJson(key)
    const seen = times.get(text) ?? 0
    times.set(text, seen + 1)
    return seen === 1 ? [duplicate([...at, n], key)] : []
  })
}

const keyOf = (item: unknown, names: readonly string[]): Readonly<Record<string, unknown>> =>
  isRecord(item) ? Object.fromEntries(names.flatMap((name) => (name in item ? [[name, item[name]]] : []))) : {}
