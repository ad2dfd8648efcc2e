/** What makes a path worth a closer look: escapes, backslashes, bytes to escape, and slashes that dots or slashes follow. */
const UNUSUAL = /[%\\]|\/[./]/
const ESCAPE = /%([0-9A-Fa-f]{2})?/g
/** RFC 3986 §2.2 delimiters and `%` itself: an escape of one of these means something else than the character. */
const RESERVED = "!#$%&'()*+,/:;=?@[]"
/**
 * A segment that some servers read as `.` or `..`: followed by parameters, a fragment, a query, a control character or a
 * slash, be it escaped or a backslash.
 */
const DISGUISED_DOTS = /(?:^|%2F|\\)\.\.?(?:[;#\\]|%(?:2F|3B|23|3F|7F|[01][0-9A-F])|$)/

/**
 * The one spelling of a path that is matched, judged and (through `forwardPath`) forwarded, so that no spelling reaches
 * what another could not.
 *
 * Escapes of characters that mean nothing by themselves are decoded; those of delimiters stay, in upper case (`%2F` is
 * data, never a slash), and so do those of control characters. Then repeated slashes become one and dot segments are
 * removed (RFC 3986 §6.2.2).
 *
 * Refused are paths with no safe reading: escapes that are none, NUL, dot segments that climb above the root, and dot
 * segments that only a server behind us would see as such (`..;x`, `..%2F`, `..\`).
 *
 * @param rawPath the path as sent, without query, one character a byte.
 * @returns the path, one character a byte; the very same string when there is nothing to do; null when refused.
 */
export function normalPath(rawPath: string): string | null {
  if (rawPath.charCodeAt(0) !== 0x2f) return null
  if (!UNUSUAL.test(rawPath)) return rawPath
  const decoded = rawPath.includes('%') ? decodeHarmless(rawPath) : rawPath
  if (decoded === null) return null
  return withoutDotSegments(decoded)
}

function decodeHarmless(path: string): string | null {
  let refused = false
  const decoded = path.replace(ESCAPE, (sequence: string, hex: string | undefined) => {
    const code = hex === undefined ? 0 : Number.parseInt(hex, 16)
    if (code === 0) refused = true
    const char = String.fromCharCode(code)
    return code < 0x20 || code === 0x7f || RESERVED.includes(char) ? sequence.toUpperCase() : char
  })
  return refused ? null : decoded
}

function withoutDotSegments(path: string): string | null {
  const kept: string[] = []
  const segments = path.split('/')
  for (let n = 1; n < segments.length; n++) {
    const segment = segments[n]!
    const isLast = n === segments.length - 1
    if (segment === '..' && kept.pop() === undefined) return null
    if (segment === '' || segment === '.' || segment === '..') {
      if (isLast) kept.push('')
    } else if (isDisguised(segment)) return null
    else kept.push(segment)
  }
  return `/${kept.join('/')}`
}

function isDisguised(segment: string): boolean {
  return segment.includes('.') && DISGUISED_DOTS.test(segment)
}
