/** A rule over a value, and the words of the one who wrote it for the case that it does not hold. */
export interface Rule<in T> {
  readonly message: string
  /**
   * @param old what stood in this place before, where an object is changed and the rule asks for it.
   * @returns whether the rule holds, or why it can't be told: an API server then refuses, in other words.
   */
  readonly holds: (value: T, old: unknown) => boolean | Untold
  /** Asked only where the object was there before. */
  readonly ofChange?: boolean
}

/** Why a rule could not be evaluated. */
export interface Untold {
  readonly error: string
}

export const rule = <T>(message: string, holds: (value: T) => boolean | Untold): Rule<T> => ({ message, holds })

type Having<K extends string> = { readonly [P in K]?: unknown }

const setAmong = <K extends string>(value: Having<K>, names: readonly K[]): number =>
  names.filter((name) => value[name] !== undefined).length

export const exactlyOne = <K extends string>(...names: K[]): Rule<Having<K>> =>
  rule(`exactly one of the fields in [${names.join(' ')}] must be set`, (value) => setAmong(value, names) === 1)

export const atLeastOne = <K extends string>(...names: K[]): Rule<Having<K>> =>
  rule(`at least one of the fields in [${names.join(' ')}] must be set`, (value) => setAmong(value, names) >= 1)

export const atMostOne = <K extends string>(...names: K[]): Rule<Having<K>> =>
  rule(`at most one of the fields in [${names.join(' ')}] may be set`, (value) => setAmong(value, names) <= 1)

/** Each value stands once. */
export const noDuplicates = (message: string): Rule<readonly unknown[]> =>
  rule(message, (list) => new Set(list).size === list.length)
