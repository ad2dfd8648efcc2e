/**
 * Templates of values: text with `$(expression)` in it. Kong evaluates these as Lua; we read the part of Lua that looks
 * values up and joins them, once, and refuse the rest when it is written:
 *
 *     expression = joined { "or" joined }       joined = value { ".." value }
 *     value = "(" expression ")" | 'text' | "text" | number | table ( ".name" | "[" text-or-number "]" )
 *     table = "headers" | "query_params" | "uri_captures" | "shared"
 */

/** Where a template looks values up. All values are byte strings: one character a byte. */
export interface TemplateValues {
  /** Undefined for a name without value. */
  lookUp(table: TemplateTable, name: string): string | undefined
}
export const TABLES = ['headers', 'query_params', 'uri_captures', 'shared'] as const
export type TemplateTable = (typeof TABLES)[number]

/** Text of the template itself, and what its expressions gave. */
export interface RenderedPart {
  readonly text: string
  readonly isOwn: boolean
}
export type Template = (values: TemplateValues) => readonly RenderedPart[]
type Expression = (values: TemplateValues) => string | undefined

/** @throws TemplateError */
export function compileTemplate(source: string): Template {
  const parts: (RenderedPart | Expression)[] = []
  for (let at = 0; at < source.length; ) {
    const start = source.indexOf('$(', at)
    if (start !== at) parts.push({ text: bytes(source.slice(at, start < 0 ? undefined : start)), isOwn: true })
    if (start < 0) break
    const parser = new Parser(source, start + 2)
    parts.push(parser.expression())
    at = parser.end()
  }
  return (values) =>
    parts.map((part) => (typeof part === 'function' ? { text: part(values) ?? '', isOwn: false } : part))
}

export class TemplateError extends Error {}

const TOKENS = /\s*(?:([A-Za-z_]\w*)|(\d+)|'([^'\\]*)'|"([^"\\]*)"|(\.\.|[.()[\]]))/y

/** Reads one expression and stops behind its closing parenthesis. */
class Parser {
  readonly #source: string
  #at: number

  constructor(source: string, at: number) {
    this.#source = source
    this.#at = at
  }

  expression(): Expression {
    const choices = [this.#joined()]
    while (this.#takeWord('or')) choices.push(this.#joined())
    if (choices.length === 1) return choices[0]!
    return (values) => {
      for (const choice of choices) {
        const value = choice(values)
        if (value !== undefined) return value
      }
      return undefined
    }
  }

  /** @returns where the template goes on. */
  end(): number {
    this.#demand(')')
    return this.#at
  }

  #joined(): Expression {
    const pieces = [this.#value()]
    while (this.#takeSign('..')) pieces.push(this.#value())
    return pieces.length === 1 ? pieces[0]! : (values) => pieces.map((piece) => piece(values) ?? '').join('')
  }

  #value(): Expression {
    const token = this.#next()
    if (token.sign === '(') {
      const inner = this.expression()
      this.#demand(')')
      return inner
    }
    const literal = token.text ?? token.number
    if (literal !== undefined) {
      const text = bytes(literal)
      return () => text
    }
    const table = TABLES.find((name) => name === token.word)
    if (table === undefined) throw this.#unexpected()
    const name = this.#member()
    return (values) => values.lookUp(table, name)
  }

  #member(): string {
    if (this.#takeSign('.')) {
      const { word } = this.#next()
      if (word !== undefined) return word
      throw this.#unexpected()
    }
    this.#demand('[')
    const { text, number } = this.#next()
    const name = text ?? number
    if (name === undefined) throw this.#unexpected()
    this.#demand(']')
    return name
  }

  #next() {
    TOKENS.lastIndex = this.#at
    const match = TOKENS.exec(this.#source)
    if (match === null) throw this.#unexpected()
    this.#at = TOKENS.lastIndex
    return { word: match[1], number: match[2], text: match[3] ?? match[4], sign: match[5] }
  }

  #takeSign(sign: string): boolean {
    const before = this.#at
    if (this.#at < this.#source.length && this.#peek().sign === sign) return true
    this.#at = before
    return false
  }

  #takeWord(word: string): boolean {
    const before = this.#at
    if (this.#peek().word === word) return true
    this.#at = before
    return false
  }

  /** As `#next`, but what can't be read is nothing. */
  #peek(): { word?: string | undefined; sign?: string | undefined } {
    try {
      return this.#next()
    } catch {
      return {}
    }
  }

  #demand(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#unexpected()
  }

  #unexpected(): TemplateError {
    const rest = this.#source.slice(this.#at).trim()
    return new TemplateError(
      `can't read ${rest === '' ? 'the end of the template' : `'${rest}'`}: supported are headers, query_params, ` +
        "uri_captures and shared with .name or ['name'], texts, 'or' and '..'",
    )
  }
}

function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
