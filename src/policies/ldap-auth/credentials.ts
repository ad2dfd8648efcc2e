import { wireText } from '../../base/wire-text.ts'

export interface GivenCredentials {
  readonly username: string
  readonly password: string
}

/**
 * Name and password out of an Authorization value: the scheme in any case, blanks, base64 of `name:password`. As
 * lenient as Kong with base64: padding or none, anything behind it.
 *
 * Neither may be empty. A simple bind with a name and no password is an unauthenticated bind, which servers answer with
 * success (RFC 4513 §5.1.2): whoever left the password out would be let in.
 *
 * @param scheme in lower case.
 * @returns null when there are none.
 */
export function givenCredentials(value: string, scheme: string): GivenCredentials | null {
  const trimmed = value.trimStart()
  if (!trimmed.toLowerCase().startsWith(scheme) || !/^\s/.test(trimmed.slice(scheme.length))) return null
  const encoded = trimmed.slice(scheme.length).trimStart().split('=', 1)[0]!
  if (encoded.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(encoded)) return null
  const text = wireText(Buffer.from(encoded, 'base64').toString('latin1'))
  const parts = text === null ? null : /^([^:\n]+):([^\n]+)\n?$/.exec(text)
  return parts === null ? null : { username: parts[1]!, password: parts[2]! }
}
