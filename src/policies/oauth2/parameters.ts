import { wireText } from '../../base/wire-text.ts'
import { type BodyFields, type FoundField, notText, several } from '../../policy/body/body-field.ts'
import { bodyFields } from '../../policy/body/body-fields.ts'
import type { Exchange } from '../../policy/exchange.ts'

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** The fields of a request's body; null without one that can be read. */
export function fieldsOfBody(exchange: Exchange): BodyFields | null {
  return WITH_BODY.has(exchange.method) ? bodyFields(exchange.header('content-type'), exchange.body()) : null
}

/** Parameters of a request, from query and body; where a name stands in both, the body's counts. */
export class Parameters {
  readonly #exchange: Exchange
  readonly #body: BodyFields | null

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#body = fieldsOfBody(exchange)
  }

  find(name: string): FoundField {
    const inBody = this.#body?.find(name)
    if (inBody !== undefined) return inBody
    const values = this.#exchange.queryValues(name)
    if (values.length > 1) return several
    const [value] = values
    return value === undefined ? undefined : value === true ? notText : (wireText(value) ?? notText)
  }

  /** The parameter when it is text, given once. */
  text(name: string): string | undefined {
    const value = this.find(name)
    return typeof value === 'string' ? value : undefined
  }

  /** The same, when it holds more than blanks. */
  filled(name: string): string | undefined {
    const value = this.text(name)
    return value === undefined || value.trim() === '' ? undefined : value
  }
}
