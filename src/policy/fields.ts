import { z } from 'zod'

/**
 * The field types that every schema is made of, so that all policies share one vocabulary and every derived thing
 * (Admin API schema documents, form decoding, problem wording, docs, CLI) can read a field's meaning off its marks.
 *
 * Null: `optional(x)` is "null unless given"; anything else is required or has a default.
 */
declare module 'zod' {
  interface GlobalMeta {
    /** Set on arrays whose order means nothing and which hold no value twice. */
    set?: boolean
    /** Never shown in logs; may be encrypted at rest. */
    secret?: boolean
    /** Filled with a random value when left out. */
    auto?: boolean
    /** Unique over all rows of its kind. */
    unique?: boolean
    /** May be a `{vault://…}` reference. */
    referenceable?: boolean
    /** Stored and shown only where it was given: a field that not every version of the original knows. Has a default. */
    whenGiven?: boolean
    /** An older spelling: what is written here is stored at that path of the same record, and shown here as well. */
    standsFor?: readonly [string, ...string[]]
    /** A PEM public key, a header name …: checked beyond its type. */
    format?: string
  }
}

/** A record: only the named fields, each known. */
export const record = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape)
/** Text of at least one character. */
export const text = () => z.string().min(1)
export const flag = () => z.boolean()
export const integer = (from?: number, to?: number) => {
  const int = z.int()
  return from === undefined || to === undefined ? int : int.min(from).max(to)
}
export const number = (from?: number, to?: number) => {
  const num = z.number()
  return from === undefined || to === undefined ? num : num.min(from).max(to)
}
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) => z.enum(values)
export const list = <T extends z.ZodType>(element: T) => z.array(element)
/** Values are made distinct on the way in; the first of each is kept. */
export const set = <T extends z.ZodType>(element: T) => z.array(element).meta({ set: true })
export const map = <V extends z.ZodType>(value: V) => z.record(z.string().min(1), value)
/** Null unless given. */
export const optional = <T extends z.ZodType>(field: T) => field.nullable().default(null as never)
export const secret = () => z.string().min(1).meta({ secret: true })

const HEADER_NAME = /^[0-9A-Za-z_-]+$/
export const headerName = () =>
  z
    .string()
    .min(1)
    .refine((name) => HEADER_NAME.test(name), {
      error: (issue) => `bad header name '${String(issue.input)}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`,
    })
    .meta({ format: 'header-name' })
