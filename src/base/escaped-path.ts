/** What may stand in a request target unescaped (RFC 3986 §3.3, and `#`, `?`, `[`, `]` as Kong forwards them). */
const TO_ESCAPE = /[^!#$&'()*+,/:;=?@[\]A-Za-z0-9\-_.~%]/g
const NEEDS_ESCAPE = new RegExp(TO_ESCAPE.source)

/** A normal path (one character a byte, see `normalPath`) as it may stand in a request line. */
export function escapedPath(path: string): string {
  if (!NEEDS_ESCAPE.test(path)) return path
  return path.replace(TO_ESCAPE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
