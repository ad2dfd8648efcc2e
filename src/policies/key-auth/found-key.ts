/** What a search for a key may find besides text: more than one value, or one that is no text. */
export const several = Symbol('several values')
export const notText = Symbol('a value that is not text')
export type FoundKey = string | typeof several | typeof notText | undefined

/** A request body in which keys can be looked for. */
export interface KeyBody {
  find(name: string): FoundKey
  /** The body without any value of that name; null when it has none. */
  without(name: string): Uint8Array | null
}
