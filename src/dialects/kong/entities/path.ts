/** Characters that RFC 3986 allows in a path (and `%`, whose digits are checked apart). */
const PATH = /^\/[A-Za-z0-9._~/%:@!$&'()*+,;=-]*$/

export function hasPathCharacters(path: string): boolean {
  return PATH.test(path)
}

/** What is wrong with a path that is forwarded or compared as text; null when it is good. */
export function pathProblem(path: string): string | null {
  if (!hasPathCharacters(path))
    return `invalid path: '${path}' (characters outside of the reserved list of RFC 3986 found)`
  return encodingProblem(path)
}

export function encodingProblem(path: string): string | null {
  const raw = path.replace(/%[0-9A-Fa-f]{2}/g, '___')
  const at = raw.indexOf('%')
  return at < 0 ? null : `invalid url-encoded value: '${raw.slice(at, at + 3)}'`
}

/** Escapes of these mean something else than the character, and stay. */
const RESERVED = "!#$%&'()*+,/:;=?@[]"

/**
 * A route's path in the spelling that requests are compared with: escapes of characters that mean nothing by themselves
 * (but not of control characters) decoded, repeated slashes merged, dot segments resolved.
 */
export function normalizedPath(path: string): string {
  // Escapes are of bytes: work on bytes, so that several of them may make one character.
  const bytes = Buffer.from(path).toString('latin1')
  const plain = bytes.replace(/%([0-9A-Fa-f]{2})/g, (sequence, digits: string) => {
    const code = Number.parseInt(digits, 16)
    const char = String.fromCharCode(code)
    return code < 0x20 || code === 0x7f || RESERVED.includes(char) ? sequence.toUpperCase() : char
  })
  const decoded = Buffer.from(plain, 'latin1').toString()
  const segments: string[] = []
  const parts = decoded.replace(/\/+/g, '/').split('/').slice(1)
  parts.forEach((segment, i) => {
    const isLast = i === parts.length - 1
    if (segment === '..') segments.pop()
    else if (segment !== '.') segments.push(segment)
    if ((segment === '..' || segment === '.') && isLast) segments.push('')
  })
  return `/${segments.join('/')}`
}
