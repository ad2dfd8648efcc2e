import type { z } from 'zod'
import type { Problems } from '../schema/problems.ts'

/** An entity's fields by name, as stored. */
export type Values = Record<string, unknown>

/**
 * One kind of entity, described once: endpoints, validation and its wording, defaults, the shape of answers, form
 * decoding, schema documents, and what the store must know are all derived from this.
 */
export interface EntityKind {
  /** The stored kind, which is also its name in files and messages: `services`, `jwt_secrets`. */
  readonly name: string
  /** Path of the collection of all of them (`jwts`); null when there is none. */
  readonly path: string | null
  /** Last segment of the collection under a parent (`jwt`); null when there is none. */
  readonly nestedPath: string | null
  /** The unique field that may stand for the id in a path; null when only the id may. */
  readonly endpointKey: string | null
  /** A field that is unique under one parent and may stand for the id there (`group` of a consumer's `acls`). */
  readonly nestedKey?: string
  /** All fields, with id, times and tags. Fields that are unique by themselves are marked so. */
  readonly shape: z.ZodObject
  /** The shape where it depends on the entity (a plugin's name decides its config), or what is wrong already. */
  readonly shapeFor?: (values: Readonly<Values>) => { shape: z.ZodObject } | { problems: Problems }
  /** Sets of fields whose values together are unique. */
  readonly uniqueTogether: readonly (readonly string[])[]
  /** True when rows may expire (`ttl`). */
  readonly expires: boolean
  /** Fields that may be written but are stored as others. */
  readonly shorthands?: Readonly<Record<string, Shorthand>>
  /** Cross-field problems are added to `problems`, which holds those of the fields already. */
  readonly check?: (values: Readonly<Values>, problems: Problems) => void
  /** Pairs of which neither may be written without the other, because one is made from both; `needs` may be dotted. */
  readonly writtenTogether?: readonly { readonly input: string; readonly needs: string }[]
  /** Turns what was written into what is stored. */
  readonly prepare?: (values: Values) => Values
  /** In place of `prepare` for what a store keeps, where that takes long. `stored` is the row as it stands, if any. */
  readonly prepareKept?: (values: Values, stored: Readonly<Values> | null) => Promise<Values>
}

export interface Shorthand {
  readonly field: z.ZodType
  /** @returns the fields it stands for; they replace those given beside it. */
  readonly expand: (value: unknown) => Values
  /** True when the shorthand has the name of a field, which is then among what `expand` returns. */
  readonly documented?: boolean
}

/** Unset, or with nothing in it. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
