import { RE2JS } from 're2js'

/** What every origin with a host looks like: `*` alone does not mean `null`. */
const ANY = RE2JS.compile('[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+')

/** Whether a page's origin is one of those allowed. Letters count as they are written. */
export function originMatcher(allowed: readonly string[]): (origin: string) => boolean {
  const exact = new Set(allowed.filter((origin) => !origin.includes('*')))
  const patterns = allowed.filter((origin) => origin.includes('*')).map(pattern)
  return (origin) => exact.has(origin) || patterns.some((matches) => matches(origin))
}

function pattern(origin: string): (text: string) => boolean {
  if (origin === '*') return (text) => ANY.matches(text)
  const parts = origin.split('*')
  if (parts.length === 2 && parts[1] === '') return (text) => text.startsWith(parts[0]!)
  const expression = RE2JS.compile(parts.map((part) => RE2JS.quote(part)).join('.*'))
  return (text) => expression.matches(text)
}
