import { goJson, goQuoted } from './go-text.ts'
import { type Path, pathText } from './path.ts'

/** Something wrong at one place of an object, in the words of a Kubernetes API server. */
export interface FieldError {
  readonly at: Path
  /** The place as text; `<nil>` for what concerns no place. */
  readonly field: string
  /** What is wrong with it: `Required value`. */
  readonly message: string
  /** Rules are not even asked of an object that has such an error. */
  readonly blocksRules: boolean
}

type Keys = 'dotted' | 'bracketed'

function error(at: Path, keys: Keys, message: string, blocksRules: boolean): FieldError {
  return { at, field: pathText(at, keys), message, blocksRules }
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? goQuoted(value) : typeof value === 'number' ? String(value) : goJson(value)

export const missing = (at: Path, keys: Keys = 'dotted'): FieldError => error(at, keys, 'Required value', true)

/** @param isType the name of what is there instead of what is wanted; shown as the value, too. */
export const wrongType = (at: Path, wanted: string, isType: string): FieldError =>
  error(
    at,
    'dotted',
    `Invalid value: ${goQuoted(isType)}: ${pathText(at, 'dotted')} in body must be of type ${wanted}: ${goQuoted(isType)}`,
    true,
  )

export const notAmong = (at: Path, value: unknown, allowed: readonly (string | number)[]): FieldError =>
  error(
    at,
    'dotted',
    `Unsupported value: ${shown(value)}: supported values: ${allowed.map((each) => goQuoted(String(each))).join(', ')}`,
    true,
  )

export const tooLong = (at: Path, max: number): FieldError =>
  error(at, 'dotted', `Too long: may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`, true)

export const tooMany = (at: Path, count: number, max: number): FieldError =>
  error(at, 'dotted', `Too many: ${count}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`, true)

/** @param words how the sentence `spec.port in body …` goes on. */
export const outOfBounds = (at: Path, value: unknown, words: string): FieldError =>
  error(at, 'dotted', `Invalid value: ${shown(value)}: ${pathText(at, 'dotted')} in body ${words}`, false)

export const duplicate = (at: Path, value: unknown): FieldError =>
  error(at, 'bracketed', `Duplicate value: ${shown(value)}`, false)

export const invalid = (at: Path, value: unknown, detail: string): FieldError =>
  error(at, 'bracketed', `Invalid value: ${shown(value)}: ${detail}`, false)

export const invalidUnshown = (at: Path, detail: string): FieldError =>
  error(at, 'bracketed', `Invalid value: ${detail}`, false)

/** Something that is said of the object as a whole. */
const ofNoPlace = (message: string): FieldError => ({ at: [], field: '<nil>', message, blocksRules: false })

/** What the alternatives of a schema lead to: the place, if any, is in the sentence. */
export const placeless = (detail: string): FieldError => ofNoPlace(`Invalid value: "": ${detail}`)

export const rulesNotAsked = ofNoPlace(
  'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

/** All that is wrong with an object, as kubectl prints it. */
export function refusalText(kind: string, name: string, errors: readonly FieldError[]): string {
  const lines = errors.map(({ field, message }) => `${field}: ${message}`)
  const start = `The ${kind} ${goQuoted(name)} is invalid:`
  return lines.length === 1 ? `${start} ${lines[0]}` : `${start} \n${lines.map((line) => `* ${line}`).join('\n')}`
}
