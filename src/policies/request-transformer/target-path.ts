import type { RenderedPart } from './template.ts'

/** A segment that some server would take for `.` or `..`, however it is disguised. */
const DOTS = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=$|[/\\;]|%2f|%5c|%3b)/i

/**
 * A path out of a template. What came from the request can't leave the place the template gives it: characters that end a
 * path are escaped.
 *
 * @returns null when the path has segments of dots, which would lead elsewhere.
 */
export function targetPath(parts: readonly RenderedPart[]): string | null {
  const path = parts.map(({ text }) => escapedPath(text)).join('')
  const whole = path.startsWith('/') ? path : `/${path}`
  return DOTS.test(whole) ? null : whole
}

/** Escapes that are there stay; a `%` that is none becomes one. */
function escapedPath(text: string): string {
  return text.replace(/%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,\-./0-9:;=@A-Z_a-z~]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
