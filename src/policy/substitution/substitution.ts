/**
 * Envoy's substitution formats: `%REQ(x-user)% of %DOWNSTREAM_REMOTE_ADDRESS%`. Read once, when configuration is compiled;
 * per request only the operators are asked.
 */
import { headerValue } from '../../base/header-value.ts'
import type { Exchange, ResponseView } from '../exchange.ts'
import { type OperatorValue, type ReadOperator, readOperator } from './operators.ts'
import { parseSubstitution } from './parse.ts'

/** Makes a byte string for a header. Empty where nothing it asks for is there. */
export type HeaderSubstitution = (exchange: Exchange, response: ResponseView | null) => string
/** Makes a text for a body. */
export type TextSubstitution = (exchange: Exchange) => string

/** @returns null, or what is wrong. */
export function substitutionProblem(source: string): string | null {
  const parts = readParts(source)
  return 'problem' in parts ? parts.problem : null
}

/** @throws Error when `substitutionProblem(source)` has something to say. */
export function headerSubstitution(source: string): HeaderSubstitution {
  const parts = checkedParts(source).map((part) => (typeof part === 'string' ? (headerValue(part) ?? '') : part))
  if (parts.every((part) => typeof part === 'string')) {
    const value = parts.join('')
    return () => value
  }
  return (exchange, response) => {
    let value = ''
    for (const part of parts) value += typeof part === 'string' ? part : (part(exchange, response) ?? '')
    return value
  }
}

/** What is missing is a `-`, as in Envoy. @throws Error when `substitutionProblem(source)` has something to say. */
export function textSubstitution(source: string): TextSubstitution {
  const parts = checkedParts(source)
  return (exchange) =>
    parts.map((part) => (typeof part === 'string' ? part : (textOf(part(exchange, null)) ?? '-'))).join('')
}

/**
 * A JSON document whose texts are formats, members sorted by name. A text that is one operator and nothing else becomes
 * what it stands for: a number stays one, what is missing is null.
 *
 * @throws Error when some text is no good format.
 */
export function jsonSubstitution(document: unknown): TextSubstitution {
  const fill = jsonFiller(document)
  return (exchange) => JSON.stringify(fill(exchange))
}

/** Problems of every text in a JSON document. */
export function jsonSubstitutionProblem(document: unknown): string | null {
  try {
    jsonFiller(document)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function jsonFiller(value: unknown): (exchange: Exchange) => unknown {
  if (typeof value === 'string') {
    const parts = checkedParts(value)
    const [only] = parts
    if (parts.length !== 1 || typeof only !== 'function') return textSubstitution(value)
    return (exchange) => {
      const found = only(exchange, null)
      return typeof found === 'number' ? found : (textOf(found) ?? null)
    }
  }
  if (Array.isArray(value)) {
    const elements = value.map(jsonFiller)
    return (exchange) => elements.map((element) => element(exchange))
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, jsonFiller(member)] as const)
    return (exchange) => Object.fromEntries(members.map(([name, member]) => [name, member(exchange)]))
  }
  return () => value
}

/** Bytes of the request as text; what is no UTF-8 shows as U+FFFD. */
function textOf(value: OperatorValue): string | undefined {
  return value === undefined ? undefined : Buffer.from(String(value), 'latin1').toString('utf8')
}

function readParts(source: string): readonly (string | ReadOperator)[] | { readonly problem: string } {
  const parsed = parseSubstitution(source)
  if ('problem' in parsed) return parsed
  const parts: (string | ReadOperator)[] = []
  for (const part of parsed) {
    if (typeof part === 'string') {
      parts.push(part)
      continue
    }
    const read = readOperator(part)
    if (typeof read === 'string') return { problem: read }
    parts.push(read)
  }
  return parts
}

function checkedParts(source: string): readonly (string | ReadOperator)[] {
  const parts = readParts(source)
  if ('problem' in parts) throw new Error(parts.problem)
  return parts
}
