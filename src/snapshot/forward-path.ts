import { escapedPath } from '../base/escaped-path.ts'
import type { RouteSpec, ServiceSpec } from '../model/model.ts'

/** Dots at the start of what is left after the cut, which would climb out of the service's path. */
const LEADING_DOTS = /^\.\.?(?:\/|$)/
/** The same dots in a disguise that some servers see through: the dots go, the disguise stays. */
const DISGUISED_LEADING_DOTS = /^\.\.?(?=[;#\\]|%(?:2F|3B|23|3F|7F|[01][0-9A-F]))/

/**
 * The path a service is asked for: the service's path joined with the request's, the matched part cut off when the
 * route says so. Both ways of path handling give the same here, as in Kong's default router.
 *
 * @param path the normal path that was matched.
 * @param matchedLength how much of it the route's path matched.
 * @returns a path without query, percent-encoded where needed.
 */
export function forwardPath(
  route: Pick<RouteSpec, 'stripPath'>,
  service: Pick<ServiceSpec, 'path'> | null,
  path: string,
  matchedLength: number,
): string {
  const base = service?.path ?? '/'
  const isCut = route.stripPath && matchedLength > 0
  return escapedPath(isCut ? joinedRest(base, path, matchedLength) : joinedWhole(base, path))
}

function joinedWhole(base: string, path: string): string {
  if (base === '/') return path
  if (base.endsWith('/')) return base + path.slice(1)
  return path === '/' ? base : base + path
}

function joinedRest(base: string, path: string, matchedLength: number): string {
  const rest = restOf(path, matchedLength)
  const endsInSlash = path.endsWith('/')
  if (base.endsWith('/')) {
    if (rest === '') return base === '/' || endsInSlash ? base : base.slice(0, -1)
    return rest.startsWith('/') ? base.slice(0, -1) + rest : base + rest
  }
  if (rest === '') return path.length > 1 && endsInSlash ? `${base}/` : base
  return rest.startsWith('/') ? base + rest : `${base}/${rest}`
}

/** What follows the matched part. Cutting `/route` off `/route../x` would leave a step up: it is dropped. */
function restOf(path: string, matchedLength: number): string {
  const rest = path.slice(matchedLength)
  if (!rest.startsWith('.')) return rest
  return rest.replace(LEADING_DOTS, '').replace(DISGUISED_LEADING_DOTS, '')
}
