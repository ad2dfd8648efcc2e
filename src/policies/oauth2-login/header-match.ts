import { RE2JS } from 're2js'
import type { Exchange } from '../../policy/exchange.ts'

export interface HeaderMatch {
  readonly name: string
  readonly kind: 'exact' | 'regex'
  readonly value: string
}

/** @returns null, or what is wrong. */
export function headerMatchProblem({ kind, value }: HeaderMatch): string | null {
  if (kind === 'exact') return null
  try {
    RE2JS.compile(value)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** Whether a request has a header of that value; of several lines, they are read as one. */
export function compileHeaderMatch({ name, kind, value }: HeaderMatch): (exchange: Exchange) => boolean {
  const lower = name.toLowerCase()
  const expression = kind === 'exact' ? null : RE2JS.compile(value)
  return (exchange) => {
    const values = exchange.headerValues(lower)
    if (values.length === 0) return false
    const text = values.join(',')
    return expression === null ? text === value : expression.matches(text)
  }
}
