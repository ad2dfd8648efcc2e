import type { Exchange } from '../../policy/exchange.ts'

/** As Kong prints it: a version without its zero. */
const VERSIONS = { '1.0': '1', '1.1': '1.1', '2': '2' } as const

/**
 * What the caller signed: a line for each name. A header of the request goes before the two names with a meaning of
 * their own. All values of a header count, so that nobody can add one behind the one that was signed.
 */
export function signingString(exchange: Exchange, signed: readonly string[]): string {
  return signed.map((name) => line(exchange, name)).join('\n')
}

function line(exchange: Exchange, name: string): string {
  const { method, target } = exchange
  const values = exchange.headerValues(name.toLowerCase())
  if (values.length > 0) return `${name}: ${values.join(', ')}`
  if (name === 'request-line') return `${method} ${target} HTTP/${VERSIONS[exchange.httpVersion]}`
  if (name === '@request-target') return `${name}: ${method.toLowerCase()} ${target}`
  return `${name}:`
}
