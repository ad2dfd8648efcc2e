import type { Allowed } from './decision.ts'

/**
 * Another query, as Envoy writes it once it changes one: arguments sorted by name, each with its `=`; names and values stay
 * as they were escaped. What the service set is escaped where it could not stand in a request line.
 */
export function changedQuery(query: string, { set, removed }: Allowed['query']): string {
  const arguments_ = new Map<string, string[]>()
  for (const argument of query === '' ? [] : query.split('&')) {
    const equals = argument.indexOf('=')
    const name = equals < 0 ? argument : argument.slice(0, equals)
    const values = arguments_.get(name) ?? []
    values.push(equals < 0 ? '' : argument.slice(equals + 1))
    arguments_.set(name, values)
  }
  for (const [name, value] of set) arguments_.set(name, [value])
  for (const name of removed) arguments_.delete(name)
  return [...arguments_]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) => values.map((value) => `${sendable(name)}=${sendable(value)}`))
    .join('&')
}

function sendable(text: string): string {
  return /^[\x21\x22\x24-\x7e]*$/.test(text)
    ? text
    : Buffer.from(text, 'utf8')
        .toString('latin1')
        .replace(
          /[^\x21\x22\x24-\x7e]/g,
          (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
        )
}
