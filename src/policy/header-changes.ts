import { z } from 'zod'
import { list, record, text } from './fields.ts'
import { type HeaderSubstitution, headerSubstitution, substitutionProblem } from './substitution/substitution.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Lines that only the gateway writes: a second one would make two messages of one, or one of two. */
const FRAMING =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|:.*)$/i

/** What is wrong with a header's name as one that configuration may write; null for nothing. */
export function headerNameProblem(name: string): string | null {
  if (FRAMING.test(name)) return `the header ${name} is not for configuration to change`
  return TOKEN.test(name) ? null : `'${name}' is no header name`
}

/** Any token, unlike `headerName()`, which is Kong's stricter one. */
const anyHeaderName = () =>
  z
    .string()
    .min(1)
    .refine((name) => headerNameProblem(name) === null, { error: ({ input }) => headerNameProblem(String(input))! })

export const headerChanges = () =>
  record({
    add: list(record({ name: anyHeaderName(), value: text() }))
      .default([])
      .describe('Lines to add beside those that are there. Values may hold operators such as `%REQ(x-user)%`.'),
    set: list(record({ name: anyHeaderName(), value: text() }))
      .default([])
      .describe('Lines to put in place of those that are there.'),
    remove: list(anyHeaderName()).default([]).describe('Names to remove.'),
  })
export type HeaderChanges = z.infer<ReturnType<typeof headerChanges>>

/** What is wrong with the values, by field. */
export function headerChangeProblems(changes: HeaderChanges | null, field: string): Record<string, string> {
  const problems: Record<string, string> = {}
  if (changes === null) return problems
  for (const op of ['add', 'set'] as const) {
    for (const [n, { value }] of changes[op].entries()) {
      const problem = /[\x00-\x08\x0a-\x1f\x7f]/.test(value) ? 'has control characters' : substitutionProblem(value)
      if (problem !== null) problems[`${field}.${op}[${n}].value`] = problem
    }
  }
  return problems
}

export interface CompiledHeader {
  readonly name: string
  readonly value: HeaderSubstitution
}

/** Names in lower case, values ready to be asked. */
export function compileHeaders(
  headers: readonly { readonly name: string; readonly value: string }[],
): CompiledHeader[] {
  return headers.map(({ name, value }) => ({ name: name.toLowerCase(), value: headerSubstitution(value) }))
}
