import { normalizedPath } from '../entities/path.ts'

const PLAIN = /^[A-Za-z0-9._~/%-]*$/

/**
 * A route's path of `_format_version` 1.1 or 2.1, as 3.0 writes it: there, whatever did not look like a plain path was a
 * regular expression; since then those start with `~`.
 */
export function pathFromOlderFormat(path: unknown): unknown {
  if (typeof path !== 'string' || path.startsWith('~')) return path
  return PLAIN.test(path) ? normalizedPath(path) : `~${path}`
}
