import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { changeBody } from './body-changes.ts'
import { type ChangeLists, type Changes, compileChanges } from './changes.ts'
import { type Config, check, config } from './schema.ts'
import { ArgumentTable, HeaderTable } from './tables.ts'
import { targetPath } from './target-path.ts'
import { compileTemplate } from './template.ts'
import { askedBy, RequestValues } from './template-values.ts'

const reasons = {
  unsendable: { code: 'value-unsendable', status: 400, message: 'Bad request' },
  tooLarge: { code: 'body-too-large', status: 413, message: 'Payload too large' },
} as const

const unsendable = denied(reasons.unsendable)
const tooLarge = denied(reasons.tooLarge)
const BODY_BYTES = 8 * 1024 * 1024
const ignoring = { has: () => true, remove() {}, rename() {}, set() {}, append() {} }
const ignoringAbsent = { ...ignoring, has: () => false }

export const requestTransformer = definePolicy({
  name: 'request-transformer',
  phase: 'shape',
  summary: 'Change method, path, headers, query and body of requests on their way to the service.',
  config,
  check,
  reasons,
  needs: { body: (given) => (compileChanges(listsOf(given, 'body')) === null ? 0 : BODY_BYTES) },
  compile(given) {
    const { http_method: method } = given
    const uri = given.replace.uri === null ? null : compileTemplate(given.replace.uri)
    const headers = compileChanges(listsOf(given, 'headers'))
    const query = compileChanges(listsOf(given, 'querystring'))
    const body = compileChanges(listsOf(given, 'body'))
    const asked = [headers, query, body].flatMap((changes) => [...askedByChanges(changes)])
    if (uri !== null) asked.push(...askedBy(uri))

    return {
      request: function transform(exchange) {
        const values = new RequestValues(exchange, asked)
        if (uri !== null) {
          const path = targetPath(uri(values))
          if (path === null) return unsendable
          exchange.setPath(path)
        }
        if (method !== null) exchange.setMethod(method)
        if (headers !== null) {
          try {
            headers(new HeaderTable(exchange), values)
          } catch (error) {
            // Something of the request that can't stand in a header, such as a line break out of a query argument.
            if (error instanceof TypeError) return unsendable
            throw error
          }
        }
        if (body !== null) {
          const bytes = exchange.body()
          if (bytes === null) return tooLarge
          changeBody(exchange, bytes, body, values)
        }
        if (query !== null) {
          const table = new ArgumentTable(exchange.query)
          query(table, values)
          exchange.setQuery(table.encoded())
        }
        return next
      },
    }
  },
})

function listsOf(given: Config, where: 'headers' | 'querystring' | 'body'): ChangeLists {
  const { remove, rename, replace, add, append } = given
  return {
    remove: remove[where],
    rename: rename[where],
    replace: replace[where],
    add: add[where],
    append: append[where],
  }
}

/** Runs the changes on nothing: what is there is replaced, what is not is added, so every template is asked. */
function askedByChanges(changes: Changes | null) {
  if (changes === null) return []
  return [...askedBy((values) => changes(ignoring, values)), ...askedBy((values) => changes(ignoringAbsent, values))]
}
