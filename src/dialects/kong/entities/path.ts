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

const RESERVED = new Set("!#$%&'()*+,/:;=?@[]")
const KEPT = /[!#$&'()*+,/:;=?@[\]A-Za-z0-9\-_.~%]/

/** The path as requests are compared with it: needless escapes decoded, others encoded, slashes merged, dots resolved. */
export function normalizedPath(path: string): string {
  const decoded = path
    .replace(/%([0-9A-Fa-f]{2})/g, (encoded, digits: string) => {
      const char = String.fromCharCode(Number.parseInt(digits, 16))
      return RESERVED.has(char) || !KEPT.test(char) ? encoded.toUpperCase() : char
    })
    .replace(/[^!#$&'()*+,/:;=?@[\]A-Za-z0-9\-_.~%]+/gu, (text) => encodeURIComponent(text.toWellFormed()))
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
