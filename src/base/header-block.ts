import { encodedHeaderValue } from './header-value.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Header lines made once and copied into many messages: `X-A: 1\r\nX-B: 2\r\n` as a latin1 string. It can only be made
 * through `headerBlock`, which checks names and encodes values, so joining it to a head is always safe.
 */
export interface HeaderBlock {
  readonly names: readonly string[]
  readonly text: string
}

/**
 * @param lines name and value pairs; values are text of any kind (see `encodedHeaderValue`).
 * @throws TypeError when a name is not an RFC 9110 token: that is a programmer's mistake.
 */
export function headerBlock(lines: Iterable<readonly [name: string, value: string]>): HeaderBlock {
  const names: string[] = []
  let text = ''
  for (const [name, value] of lines) {
    if (!TOKEN.test(name)) throw new TypeError(`not a header name: ${JSON.stringify(name)}`)
    names.push(name.toLowerCase())
    text += `${name}: ${encodedHeaderValue(value)}\r\n`
  }
  return { names, text }
}

export const noHeaders: HeaderBlock = { names: [], text: '' }
