import { isIP } from 'node:net'
import { isLoopback } from '../base/loopback.ts'

/**
 * The Admin API asks nobody for a password, but the browser of whoever runs it also shows pages of strangers. Such a
 * page reaches loopback in two ways: by a request across origins (the browser then names the page in Origin), or by a
 * name of its own that it lets point to 127.0.0.1 (DNS rebinding; the name then stands in Host). Both are refused.
 *
 * @param host,origin the headers; undefined where there is none, as with most clients that are no browser.
 * @param allowed more host names that are ours, lower case.
 * @returns what is wrong, for the caller; null when nothing is.
 */
export function foreignPage(
  host: string | undefined,
  origin: string | undefined,
  allowed: ReadonlySet<string>,
): string | null {
  // An address can't be pointed elsewhere, so in Host any address will do. A page may well live at one.
  const hostName = host === undefined ? 'localhost' : nameIn(`http://${host}`)
  if (hostName === null || !(isIP(hostName) > 0 || isLoopback(hostName) || allowed.has(hostName))) {
    return 'the Admin API is not known by this Host; --admin-hosts would add it'
  }
  if (origin === undefined) return null
  const page = nameIn(origin)
  if (page === null || !(isLoopback(page) || allowed.has(page))) {
    return 'pages of this Origin may not use the Admin API; --admin-hosts would add its host'
  }
  return null
}

/** The host of a URL without brackets; null of what is no URL, such as the `null` that sandboxed pages send. */
function nameIn(url: string): string | null {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '') return null
  return parsed.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}
