import { luaText } from './lua-text.ts'

/**
 * What is wrong with a value: a sentence, or problems by field name, or by place in a list (null where an element is
 * good). The key `@entity` holds sentences about the whole.
 */
export type FieldProblem = string | Problems | (FieldProblem | null)[]
export interface Problems {
  [field: string]: FieldProblem
}

export const REQUIRED = 'required field missing'
export const UNKNOWN = 'unknown field'
export const MUST_BE_NULL = 'value must be null'

/** `'a', 'b'`: how Kong quotes a list of names. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}

export function atLeastOneOf(names: readonly string[]): string {
  return `at least one of these fields must be non-empty: ${quoted(names)}`
}

export function failedConditional(field: string): string {
  return `failed conditional validation given value of field '${field}'`
}

/** Adds a sentence about the whole. */
export function addEntityProblem(problems: Problems, sentence: string): void {
  const list = problems['@entity']
  if (Array.isArray(list)) list.push(sentence)
  else problems['@entity'] = [sentence]
}

/** Puts a problem at a dotted path (`config.redis.host`), beside what is there already. */
export function setProblem(problems: Problems, path: string, problem: FieldProblem): void {
  const dot = path.indexOf('.')
  if (dot < 0) {
    problems[path] = problem
    return
  }
  const head = path.slice(0, dot)
  const inner = problems[head]
  const nested: Problems = typeof inner === 'object' && !Array.isArray(inner) ? inner : {}
  problems[head] = nested
  setProblem(nested, path.slice(dot + 1), problem)
}

export function hasProblems(problems: Problems): boolean {
  return Object.keys(problems).length > 0
}

/**
 * The one sentence that stands in `message`: sentences about the whole first, then the fields by name; one level is
 * written out with a dot (list places counted from 1), anything deeper as the literal that Kong prints.
 */
export function violationMessage(problems: Problems): string {
  const parts: string[] = []
  const entity = problems['@entity']
  if (Array.isArray(entity)) parts.push(...entity.map(String))
  for (const name of Object.keys(problems).sort()) {
    if (name === '@entity') continue
    const problem = problems[name]!
    if (typeof problem === 'string') parts.push(`${name}: ${problem}`)
    else for (const [key, inner] of entriesOf(problem)) parts.push(`${name}.${key}: ${innerText(inner)}`)
  }
  return parts.length === 1
    ? `schema violation (${parts[0]})`
    : `${parts.length} schema violations (${parts.join('; ')})`
}

function entriesOf(problem: Exclude<FieldProblem, string>): [string, FieldProblem][] {
  if (!Array.isArray(problem)) return Object.entries(problem).sort(([a], [b]) => (a < b ? -1 : 1))
  return problem.flatMap((inner, i): [string, FieldProblem][] => (inner === null ? [] : [[String(i + 1), inner]]))
}

function innerText(problem: FieldProblem): string {
  return typeof problem === 'string' ? problem : luaText(problem, '  ')
}
