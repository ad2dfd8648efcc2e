import { wireText } from '../../base/wire-text.ts'

export interface GivenCredentials {
  readonly username: string
  readonly password: string
}

/**
 * Name and password out of an Authorization value (RFC 7617), as leniently as Kong reads it: `Basic` or `basic`
 * anywhere in the value, blanks or none behind it, base64 with or without padding, anything behind the padding.
 * A password ends at a line break.
 *
 * @returns null when there are none.
 */
export function givenCredentials(value: string): GivenCredentials | null {
  const encoded = /[Bb]asic\s*(.+)/.exec(value)?.[1]?.split('=', 1)[0]
  if (encoded === undefined || encoded.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(encoded)) return null
  const text = wireText(Buffer.from(encoded, 'base64').toString('latin1'))
  const parts = text === null ? null : /^([^:]+):([^\n]*)/.exec(text)
  return parts === null ? null : { username: parts[1] ?? '', password: parts[2] ?? '' }
}
