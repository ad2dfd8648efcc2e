import { RE2JS } from 're2js'
import { checkExpression } from '../../base/expression.ts'
import type { Condition } from './candidate.ts'

const EXPRESSION = '~*'

/**
 * One of the request's values under that name equals one of these without regard to case, or is met by one that is
 * written `~*EXPRESSION` (anywhere in the value, unless it is anchored).
 *
 * @throws Error on an expression that can't be used.
 */
export function headerCondition(name: string, values: readonly string[]): Condition {
  const plain = new Set<string>()
  const expressions: RE2JS[] = []
  for (const value of values) {
    if (value.startsWith(EXPRESSION)) expressions.push(compiled(name, value.slice(EXPRESSION.length)))
    else plain.add(Buffer.from(value, 'utf8').toString('latin1').toLowerCase())
  }
  const lowerName = name.toLowerCase()
  return function hasHeader(request) {
    for (const sent of request.headerValues(lowerName)) {
      const value = sent.toLowerCase()
      if (plain.has(value) || expressions.some((expression) => expression.test(value))) return true
    }
    return false
  }
}

function compiled(name: string, source: string): RE2JS {
  const problem = checkExpression(source)
  if (problem !== null) throw new Error(`not a usable expression for header '${name}': ${problem}`)
  return RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
}
