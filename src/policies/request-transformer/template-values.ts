import type { Exchange } from '../../policy/exchange.ts'
import { identityHeader } from './identity-header.ts'
import type { TemplateTable, TemplateValues } from './template.ts'

/** What templates see of a request: it as it was before the first change, so the order of changes does not matter. */
export class RequestValues implements TemplateValues {
  readonly #exchange: Exchange
  readonly #seen = new Map<string, string | undefined>()

  /** @param asked everything that the templates of the use may ask for, read at once. */
  constructor(exchange: Exchange, asked: readonly Asked[]) {
    this.#exchange = exchange
    for (const { table, name } of asked) this.#seen.set(`${table} ${name}`, this.#read(table, name))
  }

  lookUp(table: TemplateTable, name: string): string | undefined {
    return this.#seen.get(`${table} ${name}`)
  }

  #read(table: TemplateTable, name: string): string | undefined {
    switch (table) {
      case 'headers': {
        // Kong takes `x_y` for `x-y` too, since a dash can't stand behind a dot in Lua.
        const lower = name.toLowerCase()
        return this.#header(lower) ?? this.#header(lower.replaceAll('_', '-'))
      }
      case 'query_params': {
        const [value] = this.#exchange.queryValues(name)
        return value === true ? 'true' : value
      }
      case 'uri_captures':
        return this.#capture(name)
      case 'shared': {
        const value = this.#exchange.shared.get(name)
        if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('latin1')
        return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
      }
    }
  }

  #header(name: string): string | undefined {
    return identityHeader(name, this.#exchange.principal.current) ?? this.#exchange.header(name)
  }

  #capture(name: string): string | undefined {
    const captures = this.#exchange.captures()
    if (captures === null || !Object.hasOwn(captures, name)) return undefined
    return Buffer.from(captures[name]!, 'utf8').toString('latin1')
  }
}

export interface Asked {
  readonly table: TemplateTable
  readonly name: string
}

/** What a template may ask for: run once with nothing known, every choice of an `or` is looked at. */
export function askedBy(run: (values: TemplateValues) => unknown): readonly Asked[] {
  const asked: Asked[] = []
  run({
    lookUp(table, name) {
      asked.push({ table, name })
      return undefined
    },
  })
  return asked
}
