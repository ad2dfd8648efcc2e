import { z } from 'zod'

declare module 'zod' {
  interface GlobalMeta {
    /** A foreign key: the kind it points at. */
    reference?: string
    /** What happens to the entity when what it points at is deleted. */
    onDelete?: 'cascade' | 'refuse'
    /** Kong writes the value itself: a UUID, or a time in seconds (`s`) or in seconds with milliseconds (`ms`). */
    written?: 'uuid' | 's' | 'ms'
    /** Only null is good, and with which words anything else is refused (default `value must be null`). */
    mustBeNull?: string
  }
}

export type FieldType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'array'
  | 'set'
  | 'map'
  | 'record'
  | 'foreign'
  | 'other'

/** A field of a zod shape as Kong sees it: what is left when `nullable` and `default` are taken off. */
export interface Field {
  readonly type: FieldType
  /** What a value must pass whose type and parts are good: the checks of the type itself, not those of its parts. */
  readonly checks: z.ZodType | null
  readonly meta: z.core.GlobalMeta
  /** True when null is a value of it. */
  readonly nullable: boolean
  /** Makes the default anew; absent when there is none. */
  readonly makeDefault?: () => unknown
  readonly description?: string
  /** Elements of an array or set; values of a map. */
  readonly element?: Field
  /** Keys of a map. */
  readonly key?: Field
  /** Fields of a record, in order. */
  readonly fields?: ReadonlyMap<string, Field>
  /** The closed list of values, where there is one. */
  readonly oneOf?: readonly (string | number)[]
  readonly between?: readonly [number, number]
  readonly greaterThan?: number
}

const known = new WeakMap<z.ZodType, Field>()

/** Reads a zod type once; the same type gives the same object. */
export function fieldOf(schema: z.ZodType): Field {
  let field = known.get(schema)
  if (!field) known.set(schema, (field = readField(schema)))
  return field
}

// biome-ignore lint/suspicious/noExplicitAny: zod's definitions have one shape per type; `type` tells which
const definition = (schema: z.ZodType): any => schema._zod.def

function readField(schema: z.ZodType): Field {
  let core = schema
  let nullable = false
  let makeDefault: (() => unknown) | undefined
  let meta: z.core.GlobalMeta = {}
  for (;;) {
    // The outermost mark wins: it was written last.
    meta = { ...core.meta(), ...meta }
    const def = definition(core)
    if (def.type === 'nullable' || def.type === 'optional') nullable = true
    else if (def.type === 'default') makeDefault ??= () => structuredClone(def.defaultValue)
    else break
    core = def.innerType
  }
  const { description } = meta
  return {
    checks: checksOf(core),
    meta,
    nullable,
    ...(makeDefault ? { makeDefault } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...readCore(core, meta),
  }
}

function readCore(core: z.ZodType, meta: z.core.GlobalMeta): Pick<Field, 'type'> & Partial<Field> {
  const def = definition(core)
  switch (def.type) {
    case 'string':
      return { type: 'string' }
    case 'boolean':
      return { type: 'boolean' }
    case 'number':
      return { type: def.format ? 'integer' : 'number', ...bounds(core) }
    case 'enum':
      return { type: 'string', oneOf: Object.values<string>(def.entries) }
    case 'literal':
      return { type: typeof def.values[0] === 'string' ? 'string' : 'integer', oneOf: def.values }
    case 'array':
      return { type: meta.set ? 'set' : 'array', element: fieldOf(def.element) }
    case 'record':
      return { type: 'map', key: fieldOf(def.keyType), element: fieldOf(def.valueType) }
    case 'object': {
      const fields = new Map(Object.entries<z.ZodType>(def.shape).map(([name, type]) => [name, fieldOf(type)]))
      return { type: meta.reference ? 'foreign' : 'record', fields }
    }
    default:
      return { type: 'other' }
  }
}

const CONTAINERS = ['array', 'record', 'object']

function checksOf(core: z.ZodType): z.ZodType | null {
  const { type, checks } = definition(core)
  if (!CONTAINERS.includes(type)) return core
  return checks?.length > 0 ? z.unknown().check(...checks) : null
}

function bounds(core: z.ZodType): Pick<Field, 'between' | 'greaterThan'> {
  let [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const check of definition(core).checks ?? []) {
    const { check: name, value, inclusive } = check._zod.def
    if (name === 'greater_than' && !inclusive) return { greaterThan: value }
    if (name === 'greater_than') from = Math.max(from, value)
    if (name === 'less_than') to = Math.min(to, value)
  }
  return Number.isFinite(from) && Number.isFinite(to) ? { between: [from, to] } : {}
}
