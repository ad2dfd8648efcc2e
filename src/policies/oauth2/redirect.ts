/** A redirect URI of a client with parameters put into it, sorted by name as Kong writes them. */
export function redirectTo(
  uri: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
  part: 'query' | 'fragment',
): string {
  const separator = part === 'query' ? '?' : '#'
  const at = uri.indexOf(separator)
  const [base, before] = at < 0 ? [uri, ''] : [uri.slice(0, at), uri.slice(at + 1)]
  const all = new Map(new URLSearchParams(before))
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) all.set(name, String(value))
  const pairs = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
  return `${base}${separator}${pairs.join('&')}`
}

/** Everything but the unreserved characters of RFC 3986 is escaped, a blank as `%20`: good in query and fragment. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
