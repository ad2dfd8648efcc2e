import type { FieldError } from './field-error.ts'
import type { Path } from './path.ts'
import type { Rule } from './rule.ts'

/** What a document may hold at one place. One record for every type, as a structural schema of Kubernetes is. */
export interface Node<out T = unknown> {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean' | 'integer-or-string' | 'base64' | 'any'
  /** Of an object: its fields by name. */
  readonly fields?: Readonly<Record<string, Node>>
  /** Of an object without fields of its own: what every value is. */
  readonly values?: Node
  /** Of an array: what every item is. */
  readonly items?: Node
  /** Of an array: no two items may be equal (`set`), or agree in these keys. */
  readonly unique?: 'set' | readonly string[]
  /** Characters of a text, items of an array, properties of an object, or the bounds of a number. */
  readonly min?: number
  readonly max?: number
  /** RE2, unanchored unless it says so. */
  readonly pattern?: string
  readonly allowed?: readonly (string | number)[]
  readonly rules?: readonly Rule<never>[]
  /** Of an object: fields that are not named stay. */
  readonly keepsUnknown?: boolean
  /** What else the schema itself says of a value; what is wrong with it, in words of its own. */
  readonly alternatives?: (value: unknown, at: Path) => readonly FieldError[]
  readonly isRequired?: boolean
  /** Put in where the field is absent, or null. */
  readonly standard?: unknown
  /** Never there at run time: carries the type of the values. */
  readonly valueType?: T
}

/** The TypeScript type of what a node has let through, defaults filled in. */
export type Infer<N extends Node> = N extends Node<infer T> ? T : never

export type Fields = Readonly<Record<string, Node>>
type Present = { readonly isRequired: true } | { readonly standard: string | number | boolean | object }
type PresentKeys<F extends Fields> = { [K in keyof F]: F[K] extends Present ? K : never }[keyof F]

/** A field that is required, or has a default, is always there; any other may be absent. */
export type ObjectOf<F extends Fields> = {
  readonly [K in PresentKeys<F>]: Infer<F[K]>
} & { readonly [K in Exclude<keyof F, PresentKeys<F>>]?: Infer<F[K]> }
