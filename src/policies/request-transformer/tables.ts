import type { Exchange } from '../../policy/exchange.ts'
import type { Table } from './changes.ts'
import { identityHeader } from './identity-header.ts'

/** The headers of a request. Several values of a name become one line, which means the same (RFC 9110 §5.3). */
export class HeaderTable implements Table {
  readonly #exchange: Exchange
  /** Names that no longer say what the gateway would. */
  readonly #changed = new Set<string>()
  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  has(name: string): boolean {
    return this.#values(name).length > 0
  }
  remove(name: string): void {
    this.#changed.add(name.toLowerCase())
    this.#exchange.dropHeader(name.toLowerCase())
  }
  rename(from: string, to: string): void {
    const value = this.#values(from).join(', ')
    this.remove(from)
    this.set(to, value)
  }
  set(name: string, value: string): void {
    if (name.toLowerCase() === 'host') this.#exchange.setHost(value)
    else this.#exchange.setHeader(name, value)
    this.#changed.add(name.toLowerCase())
  }
  append(name: string, value: string): void {
    if (name.toLowerCase() === 'host') return
    this.set(name, [...this.#values(name), value].join(', '))
  }

  #values(name: string): readonly string[] {
    const lower = name.toLowerCase()
    const told = this.#changed.has(lower) ? undefined : identityHeader(lower, this.#exchange.principal.current)
    return told === undefined ? this.#exchange.headerValues(lower) : [told]
  }
}

/** Arguments of a query or of a form, as `application/x-www-form-urlencoded`. */
export class ArgumentTable implements Table {
  readonly #values = new Map<string, (string | true)[]>()

  constructor(encoded: string) {
    for (const argument of encoded.split('&')) {
      if (argument === '') continue
      const equals = argument.indexOf('=')
      const name = decoded(equals < 0 ? argument : argument.slice(0, equals))
      const value = equals < 0 ? true : decoded(argument.slice(equals + 1))
      const values = this.#values.get(name)
      if (values === undefined) this.#values.set(name, [value])
      else values.push(value)
    }
  }

  has(name: string): boolean {
    return this.#values.has(utf8(name))
  }
  remove(name: string): void {
    this.#values.delete(utf8(name))
  }
  rename(from: string, to: string): void {
    const values = this.#values.get(utf8(from))!
    this.remove(from)
    this.#values.set(utf8(to), values)
  }
  set(name: string, value: string): void {
    this.#values.set(utf8(name), [value])
  }
  append(name: string, value: string): void {
    this.#values.set(utf8(name), [...(this.#values.get(utf8(name)) ?? []), value])
  }

  /** Sorted by name, as Kong writes them. */
  encoded(): string {
    return [...this.#values]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, values]) =>
        values.map((value) => (value === true ? escaped(name) : `${escaped(name)}=${escaped(value)}`)),
      )
      .join('&')
  }
}

/** The members of a JSON object. */
export class JsonTable implements Table {
  readonly #members: Map<string, unknown>

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#members = new Map(Object.entries(object))
  }

  has(name: string): boolean {
    const value = this.#members.get(name)
    return value !== undefined && value !== false
  }
  remove(name: string): void {
    this.#members.delete(name)
  }
  rename(from: string, to: string): void {
    const value = this.#members.get(from)
    this.remove(from)
    this.#members.set(to, value)
  }
  set(name: string, value: string): void {
    this.#members.set(name, text(value))
  }
  append(name: string, value: string): void {
    const before = this.#members.get(name)
    const list = Array.isArray(before) ? before : typeof before === 'string' ? [before] : []
    this.#members.set(name, [...list, text(value)])
  }

  encoded(): string {
    // fromEntries defines members, where assigning would run the setter of `__proto__`
    return JSON.stringify(Object.fromEntries(this.#members))
  }
}

function decoded(raw: string): string {
  return raw
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function escaped(bytes: string): string {
  return bytes.replace(
    /[^0-9A-Za-z\-._~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
