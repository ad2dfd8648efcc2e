import type { z } from 'zod'
import { list, optional, record, text } from '../../policy/fields.ts'
import { splitEntry } from './changes.ts'
import { compileTemplate } from './template.ts'

const PAIR = /^[^:]+:[\s\S]*$/
const pair = () => text().refine((entry) => PAIR.test(entry), { error: ({ input }) => `invalid value: ${input}` })

const lists = <T extends z.ZodType<string>>(what: string, entry: () => T) => ({
  body: list(entry()).default([]).describe(`${what} members of JSON and form bodies.`),
  headers: list(entry()).default([]).describe(`${what} headers.`),
  querystring: list(entry()).default([]).describe(`${what} query arguments.`),
})
const part = <S extends z.ZodRawShape>(shape: S) => {
  const fields = record(shape)
  return fields.default(() => fields.parse({}) as never)
}

export const config = record({
  http_method: optional(
    text().refine((method) => /^[A-Z]+$/.test(method), { error: ({ input }) => `invalid value: ${input}` }),
  ).describe('Method that the service is asked with, whatever the caller used.'),
  remove: part(lists('Names of', text)).describe('What is taken out, first of all.'),
  rename: part(lists('`old:new` of', pair)).describe('What gets another name, if it is there.'),
  replace: part({
    ...lists('`name:value` of', pair),
    uri: optional(text()).describe('Path that the service is asked for; a template.'),
  }).describe('What gets another value, if it is there.'),
  add: part(lists('`name:value` of', pair)).describe('What is set, if it is not there.'),
  append: part(lists('`name:value` of', pair)).describe('What gets one more value, there or not.'),
})
export type Config = z.infer<typeof config>

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** The gateway writes these itself: a second one would make two requests of one. */
const OWN =
  /^(?:connection|content-length|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|via|x-real-ip|x-forwarded-.*)$/i

/** Templates that could not be rendered and headers that could not be sent are refused when they are written. */
export function check(given: Config): Record<string, string | string[]> {
  const problems: Record<string, string> = {}
  for (const operation of ['replace', 'add', 'append'] as const) {
    for (const where of ['body', 'headers', 'querystring'] as const) {
      const problem = given[operation][where].map((entry) => templateProblem(splitEntry(entry).value)).find(Boolean)
      if (problem) problems[`${operation}.${where}`] = problem
    }
    const problem = given[operation].headers.map((entry) => nameProblem(splitEntry(entry).name)).find(Boolean)
    if (problem) problems[`${operation}.headers`] = problem
  }
  for (const entry of given.rename.headers) {
    const { name, value } = splitEntry(entry)
    const problem = nameProblem(name) ?? nameProblem(value)
    if (problem !== null) problems['rename.headers'] = problem
  }
  const uriProblem = given.replace.uri === null ? null : templateProblem(given.replace.uri)
  if (uriProblem !== null) problems['replace.uri'] = uriProblem
  return problems
}

function nameProblem(name: string): string | null {
  if (!HEADER_NAME.test(name)) return `'${name}' is not a valid header`
  return OWN.test(name) ? `the gateway writes the header '${name}' itself` : null
}

function templateProblem(source: string): string | null {
  try {
    compileTemplate(source)
    return null
  } catch (error) {
    return (error as Error).message
  }
}
