/** What a search for a field may find besides text: more than one value, or one that is no text. */
export const several = Symbol('several values')
export const notText = Symbol('a value that is not text')
export type FoundField = string | typeof several | typeof notText | undefined

/** A request body in which fields can be looked for by name. */
export interface BodyFields {
  find(name: string): FoundField
  /** The body without any value of that name; null when it has none. */
  without(name: string): Uint8Array | null
}
