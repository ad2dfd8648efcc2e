import { headerValue } from '../../base/header-value.ts'
import { definePolicy } from '../../policy/policy.ts'
import { readEntry } from './entry.ts'
import { check, config } from './schema.ts'

export const responseTransformer = definePolicy({
  name: 'response-transformer',
  phase: 'shape',
  summary: 'Change headers of responses on their way to the caller.',
  config,
  check,
  reasons: {},
  compile(given) {
    const removed = given.remove.headers.map(compiled)
    const renamed = given.rename.headers.map(compiled)
    const replaced = given.replace.headers.map(compiled)
    const added = given.add.headers.map(compiled)
    const appended = given.append.headers.map(compiled)

    return {
      /** Also on refusals: what callers must not see, they must not see there either. */
      response: function transform(exchange, response) {
        // What was changed just now, since the response shows itself as it came.
        const now = new Map<string, string | undefined>()
        const value = (lower: string) => (now.has(lower) ? now.get(lower) : response.header(lower))
        const set = (name: string, lower: string, to: string) => {
          exchange.setResponseHeader(name, to)
          now.set(lower, to)
        }
        const drop = (name: string, lower: string) => {
          exchange.dropResponseHeader(name)
          now.set(lower, undefined)
        }
        for (const { name, lower, value: only } of removed) if (only === '' || only === value(lower)) drop(name, lower)
        for (const { name, lower, value: to } of renamed) {
          const moved = value(lower)
          if (moved === undefined) continue
          drop(name, lower)
          set(to, to.toLowerCase(), moved)
        }
        for (const { name, lower, value: to } of replaced) if (value(lower) !== undefined) set(name, lower, to)
        for (const { name, lower, value: to } of added) if (value(lower) === undefined) set(name, lower, to)
        for (const { name, value: more } of appended) exchange.addResponseHeader(name, more)
      },
    }
  },
})

/** `check` refused values that can't stand in a header. */
function compiled(entry: string): { readonly name: string; readonly lower: string; readonly value: string } {
  const { name, value } = readEntry(entry)
  return { name, lower: name.toLowerCase(), value: headerValue(value) ?? '' }
}
