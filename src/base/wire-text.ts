import { isUtf8 } from 'node:buffer'

const NON_ASCII = /[\x80-\xff]/

/**
 * What a client sent (a latin1 string, one character a byte) as text, so that it can be compared with text of ours.
 *
 * @returns null when the bytes are not UTF-8: such a value equals no text at all.
 */
export function wireText(bytes: string): string | null {
  if (!NON_ASCII.test(bytes)) return bytes
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : null
}
