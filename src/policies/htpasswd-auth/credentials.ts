const SCHEME = 'Basic '

/** Name and password as they were sent, one character a byte; or why there are none. */
export type Credentials =
  | { readonly name: string; readonly password: Buffer }
  | 'missing'
  | 'other-scheme'
  | 'malformed'

/** @param values of the header Authorization: several are read as one, and are then no credentials. */
export function credentialsIn(values: readonly string[]): Credentials {
  if (values.length === 0) return 'missing'
  const value = values.join(',')
  if (!value.startsWith(SCHEME)) return 'other-scheme'
  const encoded = value.slice(SCHEME.length)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return 'malformed'
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return 'malformed'
  const colon = bytes.indexOf(':')
  if (colon < 0) return 'malformed'
  return { name: bytes.subarray(0, colon).toString('latin1'), password: bytes.subarray(colon + 1) }
}
