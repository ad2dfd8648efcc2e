/**
 * Form arguments as nested values (`config.add.headers[1]=x`, `tags[]=a`, `headers[x-a]=b`), and then with the types that
 * the schema asks for: a form holds nothing but text.
 */
import type { Field } from './field.ts'

export const MAX_ARGUMENTS = 1000

/** No schema is nested nearly as deep; without a bound, a name of dots alone would exhaust the stack. */
const DEEPEST = 50

interface Node {
  readonly children: Map<string, Node | string[]>
}

/** @returns the nested values; a list where all keys are numbers or `[]`. */
export function decodeForm(entries: Iterable<readonly [string, string]>): Record<string, unknown> {
  const root: Node = { children: new Map() }
  for (const [name, value] of entries) place(root, keysOf(name), value)
  return Object.fromEntries([...root.children].map(([key, child]) => [key, plain(child)]))
}

/** `a.b[1][x]` → a, b, 1, x. A name with a dot at either end, no closing bracket, or too many parts is taken as it is. */
function keysOf(name: string): string[] {
  if (name === '' || name.startsWith('.') || name.endsWith('.') || name.startsWith('[')) return [name]
  const keys: string[] = []
  const part = /([^.[\]]+)|\[([^\]]*)\]/gy
  for (let at = 0; at < name.length; ) {
    if (name[at] === '.') at++
    part.lastIndex = at
    const match = part.exec(name)
    if (!match || keys.length === DEEPEST) return [name]
    keys.push(match[1] ?? match[2]!)
    at = part.lastIndex
  }
  return keys
}

function place(node: Node, keys: readonly string[], value: string): void {
  const [key, ...rest] = keys as [string, ...string[]]
  const child = node.children.get(key)
  if (rest.length === 0) {
    if (Array.isArray(child)) child.push(value)
    else if (child === undefined) node.children.set(key, [value])
    else place(child, [''], value)
    return
  }
  if (child === undefined || Array.isArray(child)) {
    const inner: Node = { children: new Map() }
    // `a=1` and `a.b=2` together: what was there stays as an unnamed element.
    if (child) inner.children.set('', child)
    node.children.set(key, inner)
    place(inner, rest, value)
  } else place(child, rest, value)
}

function plain(node: Node | string[]): unknown {
  if (Array.isArray(node)) return node.length === 1 ? node[0] : node
  const keys = [...node.children.keys()]
  if (keys.every((key) => key === '' || /^\d+$/.test(key))) {
    return keys
      .sort((a, b) => Number(a || Number.MAX_SAFE_INTEGER) - Number(b || Number.MAX_SAFE_INTEGER))
      .flatMap((key) => {
        const child = node.children.get(key)!
        return Array.isArray(child) ? child : [plain(child)]
      })
  }
  return Object.fromEntries([...node.children].map(([key, child]) => [key, plain(child)]))
}

/** Text as the type its field asks for; what cannot be read as that stays text, and validation words it. Empty is null. */
export function inferValue(field: Field | undefined, value: unknown): unknown {
  if (field === undefined) return value
  if (value === '') return null
  switch (field.type) {
    case 'number':
    case 'integer':
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value
    case 'array':
    case 'set':
      return (Array.isArray(value) ? value : [value]).map((each) => inferValue(field.element, each))
    case 'map':
      if (!isObject(value)) return value
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inferValue(field.element, each)]))
    case 'record':
      return isObject(value) ? inferRecord(field, value) : value
    default:
      return value
  }
}

export function inferRecord(field: Field, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, inferValue(field.fields?.get(name), value)]),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
