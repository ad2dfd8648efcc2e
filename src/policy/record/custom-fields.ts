import type { Exchange, ResponseView } from '../exchange.ts'
import { compileFunction, functionProblem } from '../functions/compile-function.ts'
import { kongObject } from '../functions/kong-object.ts'
import type { Outcome } from '../outcome.ts'
import type { PolicyLog } from '../policy.ts'
import { exchangeRecord, recordText } from './exchange-record.ts'

/** Functions by the member of the record that they make: a logging policy's `custom_fields_by_lua`, in JavaScript. */
export type CustomFields = Readonly<Record<string, string>> | null

/** Makes the text of a record. */
export type WriteRecord = (exchange: Exchange, response: ResponseView, outcome: Outcome) => string

/** What is wrong with the functions, by field; empty when they can be compiled. */
export function customFieldProblems(fields: CustomFields): Record<string, string> {
  const problems = Object.entries(fields ?? {}).flatMap(([name, source]) => {
    const problem = functionProblem(source)
    return problem === null ? [] : [[`custom_fields_by_lua.${name}`, problem] as const]
  })
  return Object.fromEntries(problems)
}

/** For the switch that allows functions: the field, when there are any. */
export function customFunctionFields({
  custom_fields_by_lua,
}: {
  readonly custom_fields_by_lua: CustomFields
}): string[] {
  return Object.keys(custom_fields_by_lua ?? {}).length > 0 ? ['custom_fields_by_lua'] : []
}

/**
 * Compiles the functions to what writes a record. A name with dots is a path (`a.b`); what gives null or undefined takes the
 * member out, as in Kong. One that throws leaves its member as it is, and says so in the log.
 *
 * @throws Error when one can't be compiled.
 */
export function recordWriter(fields: CustomFields, log: PolicyLog): WriteRecord {
  const makers = Object.entries(fields ?? {}).map(([name, source]) => ({
    path: name.split('.'),
    run: compileFunction(source),
  }))
  if (makers.length === 0) return recordText
  return function writeWithCustomFields(exchange, response, outcome) {
    const record = exchangeRecord(exchange, response, outcome)
    const { kong } = kongObject(exchange, response, log)
    for (const { path, run } of makers) {
      try {
        place(record, path, run(kong))
      } catch (error) {
        log.error({ request: exchange.id, field: path.join('.'), error: String(error) }, 'a custom field broke')
      }
    }
    return JSON.stringify(record)
  }
}

function place(record: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) {
    if (value === null || value === undefined) delete record[name]
    else define(record, name, value)
    return
  }
  const inner = Object.hasOwn(record, name) ? record[name] : undefined
  // The record's own parts may be shared with the configuration: a copy is changed in their place.
  const copy = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...inner } : {}
  place(copy, rest, value)
  define(record, name, copy)
}

/** Where assigning would run the setter of `__proto__`. */
function define(record: object, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true })
}
