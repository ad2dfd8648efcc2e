import type { Fields, Infer, Node, ObjectOf } from './node.ts'
import type { Rule } from './rule.ts'

interface TextLimits {
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}
interface Bounds {
  readonly min?: number
  readonly max?: number
}

export const text = (limits: TextLimits = {}, ...rules: Rule<string>[]): Node<string> => ({
  type: 'string',
  ...limits,
  ...(rules.length > 0 && { rules }),
})

export const oneOf = <const V extends readonly string[]>(...allowed: V): Node<V[number]> => ({
  type: 'string',
  allowed,
})

export const integer = (bounds: Bounds = {}): Node<number> => ({ type: 'integer', ...bounds })

export const oneNumberOf = <const V extends readonly number[]>(...allowed: V): Node<V[number]> => ({
  type: 'integer',
  allowed,
})

export const boolean = (): Node<boolean> => ({ type: 'boolean' })

export const object = <F extends Fields>(fields: F, ...rules: Rule<ObjectOf<F>>[]): Node<ObjectOf<F>> => ({
  type: 'object',
  fields,
  ...(rules.length > 0 && { rules }),
})

/** Kept as it is and looked at by nobody here. */
export const any = (): Node<unknown> => ({ type: 'any' })

/** Bytes, as JSON has them: text until somebody decodes it. */
export const base64 = (): Node<string> => ({ type: 'base64' })

/** The number of a port, or its name. */
export const portOrName = (): Node<number | string> => ({ type: 'integer-or-string' })

/** `disable: {}` and its like: that it is there says everything. */
export const presence = (): Node<Readonly<Record<never, never>>> => object({})

/** Any JSON object, kept as it is. */
export const anyObject = (): Node<Readonly<Record<string, unknown>>> => ({
  type: 'object',
  fields: {},
  keepsUnknown: true,
})

export const map = <V>(
  values: Node<V>,
  bounds: Bounds = {},
  ...rules: Rule<Readonly<Record<string, V>>>[]
): Node<Readonly<Record<string, V>>> => ({
  type: 'object',
  values,
  ...bounds,
  ...(rules.length > 0 && { rules }),
})

export const list = <V>(items: Node<V>, bounds: Bounds = {}, ...rules: Rule<readonly V[]>[]): Node<readonly V[]> => ({
  type: 'array',
  items,
  ...bounds,
  ...(rules.length > 0 && { rules }),
})

/** A list in which no two items are equal. */
export const set = <V>(items: Node<V>, bounds: Bounds = {}, ...rules: Rule<readonly V[]>[]): Node<readonly V[]> => ({
  ...list(items, bounds, ...rules),
  unique: 'set',
})

/** A list of objects that these fields tell apart. */
export const listMap = <V>(
  items: Node<V>,
  keys: readonly (keyof V & string)[],
  bounds: Bounds = {},
  ...rules: Rule<readonly V[]>[]
): Node<readonly V[]> => ({ ...list(items, bounds, ...rules), unique: keys })

export const required = <N extends Node>(node: N): N & { readonly isRequired: true } => ({ ...node, isRequired: true })

export const defaulted = <N extends Node, const D extends Infer<N> & (string | number | boolean | object)>(
  node: N,
  standard: D,
): N & { readonly standard: D } => ({ ...node, standard })
