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

/** The block without its lines of those names (in lower case); the same object when there are none. */
export function withoutLines(block: HeaderBlock, names: readonly string[]): HeaderBlock {
  if (!block.names.some((name) => names.includes(name))) return block
  const lines = block.text.split('\r\n').slice(0, -1)
  return {
    names: block.names.filter((name) => !names.includes(name)),
    text: lines.map((line, n) => (names.includes(block.names[n]!) ? '' : `${line}\r\n`)).join(''),
  }
}

/** The values of a name (in lower case), one character a byte. */
export function blockValues(block: HeaderBlock, name: string): readonly string[] {
  if (!block.names.includes(name)) return []
  const lines = block.text.split('\r\n')
  return lines.filter((_, n) => block.names[n] === name).map((line) => line.slice(name.length + 2))
}
