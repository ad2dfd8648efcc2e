import { RE2JS } from 're2js'
import type { ValueMatch } from '../../model/model.ts'

/** A test of a whole text. @throws Error on an expression that RE2 does not take. */
export function valueCondition({ kind, value }: Pick<ValueMatch, 'kind' | 'value'>): (text: string) => boolean {
  if (kind === 'exact') return (text) => text === value
  const expression = RE2JS.compile(value)
  return (text) => expression.matches(text)
}

/** First value of a query argument as it was sent, undecoded: null without one, empty for a bare name. */
export function rawArgument(query: string, name: string): string | null {
  for (let start = 0; start <= query.length; ) {
    const found = query.indexOf('&', start)
    const end = found < 0 ? query.length : found
    const equals = query.indexOf('=', start)
    const nameEnd = equals < 0 || equals > end ? end : equals
    if (nameEnd - start === name.length && query.startsWith(name, start) && end > start) {
      return nameEnd === end ? '' : query.slice(nameEnd + 1, end)
    }
    start = end + 1
  }
  return null
}
