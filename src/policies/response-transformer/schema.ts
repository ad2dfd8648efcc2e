import type { z } from 'zod'
import { list, oneOf, record, text } from '../../policy/fields.ts'
import { readEntry } from './entry.ts'

const entry = () =>
  text().refine((given) => /^[^:]+:[\s\S]*$/.test(given), { error: ({ input }) => `invalid value: ${input}` })
const json = (element: z.ZodType<string>) =>
  list(element).default([]).describe('Members of JSON bodies; not supported, must stay empty.')
const jsonTypes = () =>
  list(oneOf('boolean', 'number', 'string'))
    .default([])
    .describe('Types of those members; not supported.')
const headers = (element: z.ZodType<string>, what: string) => list(element).default([]).describe(what)
const part = <S extends z.ZodRawShape>(shape: S) => {
  const fields = record(shape)
  return fields.default(() => fields.parse({}) as never)
}

export const config = record({
  remove: part({
    json: json(text()),
    headers: headers(text(), 'Names of headers, or `name:value` for lines with that value only.'),
  }).describe('What is taken out, first of all.'),
  rename: part({ json: json(entry()), headers: headers(entry(), '`old:new` names of headers.') }).describe(
    'What gets another name, if it is there.',
  ),
  replace: part({
    json: json(entry()),
    json_types: jsonTypes(),
    headers: headers(entry(), '`name:value` of headers.'),
  }).describe('What gets another value, if it is there.'),
  add: part({
    json: json(entry()),
    json_types: jsonTypes(),
    headers: headers(entry(), '`name:value` of headers.'),
  }).describe('What is set, if it is not there.'),
  append: part({
    json: json(entry()),
    json_types: jsonTypes(),
    headers: headers(entry(), '`name:value` of headers.'),
  }).describe('What gets one more line, there or not.'),
})
export type Config = z.infer<typeof config>

const OPERATIONS = ['remove', 'rename', 'replace', 'add', 'append'] as const
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** They frame the message: the gateway writes them itself. */
const FRAMING = /^(?:connection|content-length|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/

export function check(given: Config): Record<string, string | string[]> {
  const problems: Record<string, string> = {}
  for (const operation of OPERATIONS) {
    if (given[operation].json.length > 0) {
      problems[`${operation}.json`] = 'changing JSON bodies of responses is not supported'
    }
    for (const text of given[operation].headers) {
      const { name, value } = readEntry(text)
      const names = operation === 'rename' ? [name, value] : [name]
      const problem =
        names.map(nameProblem).find((found) => found !== null) ??
        (CONTROL.test(value) ? 'a header value must not hold control characters' : null)
      if (problem !== null) problems[`${operation}.headers`] = problem
    }
  }
  return problems
}

function nameProblem(name: string): string | null {
  if (!HEADER_NAME.test(name)) return `'${name}' is not a valid header`
  return FRAMING.test(name) ? `the gateway writes the header '${name}' itself` : null
}
