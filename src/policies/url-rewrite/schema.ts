import { z } from 'zod'
import { replacementProblem } from '../../base/replacement.ts'
import { oneOf, optional, record, text } from '../../policy/fields.ts'

export const config = record({
  hostname: optional(text()).describe('Host header for the service.'),
  path: optional(
    record({
      kind: oneOf('full', 'prefix', 'regex').describe(
        'Replace the whole path, the matched prefix of it, or every match of an expression.',
      ),
      value: z.string().describe('What takes its place; `\\1` is a group of the expression.'),
      prefix: text().default('/').describe('The prefix that the route matched; for the kind `prefix`.'),
      pattern: optional(text()).describe('The expression (RE2); for the kind `regex`.'),
    }),
  ).describe('Another path for the service; the query stays.'),
})
export type Config = z.infer<typeof config>

export function check({ hostname, path }: Config): Record<string, string> {
  if (hostname !== null && !/^[0-9A-Za-z._~%:[\]-]+$/.test(hostname)) return { hostname: 'is no host' }
  if (path === null) return {}
  if (!/^[\x21-\x7e]*$/.test(path.value)) return { 'path.value': 'must be printable ASCII, escaped' }
  if (path.kind !== 'regex') return path.value.startsWith('/') ? {} : { 'path.value': 'must start with /' }
  if (path.pattern === null) return { 'path.pattern': 'is required for the kind regex' }
  const problem = replacementProblem(path.pattern, path.value)
  return problem === null ? {} : { 'path.pattern': problem }
}
