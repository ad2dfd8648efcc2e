/**
 * What we refuse beyond a parser's syntax: everything that two readers of the same bytes might take for two different
 * messages. One table, tested both ways. HTTP/2 requests pass it too, before they become HTTP/1.
 */
import { foldedName, type HeaderRoles, nameHash, role } from './header-roles.ts'
import type { RequestHead, ResponseHead } from './message-head.ts'

/** How the body of a message is delimited. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** Until the connection closes (responses only). */
  | { readonly kind: 'close' }

export const noBody: Framing = { kind: 'none' }
const chunked: Framing = { kind: 'chunked' }
const untilClose: Framing = { kind: 'close' }

/** Why a request is refused before anybody looks at what it asks for. */
export type RequestFault =
  | 'malformed'
  | 'host'
  | 'framing'
  | 'target'
  | 'nomination'
  | 'method-not-allowed'
  | 'expectation'

export interface AcceptedRequest {
  readonly framing: Framing
  readonly keepAlive: boolean
  /** Lower-case protocol the client asks to switch to, when Connection says so; else null. */
  readonly upgrade: string | null
  readonly expectsContinue: boolean
}

/** RFC 3986 reg-name or IPv4 (no percent-encoding, no sub-delimiters: none occurs in a real name), or an IP literal; perhaps a port. */
const HOST = /^(?:[0-9A-Za-z._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/
/** Path bytes of RFC 3986, and `|`, which browsers send as it is. No `#`, no backslash, no quotes, no braces. */
const PATH = /^[0-9A-Za-z\-._~!$&'()*+,;=:@/%|]*$/
/** Query bytes: as browsers send them. `#` would end the target for some readers; `"`, `<` and `>` are never sent raw. */
const QUERY = /^[0-9A-Za-z\-._~!$&'()*+,;=:@/%|?[\]{}^`\\]*$/
const ABSOLUTE = /^https?:\/\/([^/?]+)(.*)$/i
const LENGTH = /^[0-9]{1,15}$/

/** Names that Connection may not take away: framing, routing, credentials, and what we set ourselves. */
const NEVER_NOMINATED =
  /^(content-length|transfer-encoding|host|authorization|expect|x-forwarded-.*|x-real-ip|via|date)$/
/** Names that belong to the connection anyway, each with a role of its own. */
const HOP_BY_HOP = new Set(['close', 'keep-alive', 'upgrade', 'te', 'trailer', 'connection'])
/** Names that one message may nominate; each costs a look at every header. */
const NOMINATION_LIMIT = 32

const AUTHORIZATION = nameHash('authorization')

/** Splits a request target into path and query; null when it is none we serve. `*` is left as it is. */
export function splitTarget(
  target: string,
): { readonly path: string; readonly query: string; readonly hasQuery: boolean } | null {
  let origin = target
  if (target.charCodeAt(0) !== 0x2f) {
    if (target === '*') return { path: '*', query: '', hasQuery: false }
    const absolute = ABSOLUTE.exec(target)
    if (absolute === null || !HOST.test(absolute[1]!)) return null
    origin = absolute[2]!
    if (origin === '' || origin[0] === '?') origin = `/${origin}`
  }
  const mark = origin.indexOf('?')
  const path = mark < 0 ? origin : origin.slice(0, mark)
  if (!PATH.test(path)) return null
  if (mark < 0) return { path, query: '', hasQuery: false }
  const query = origin.slice(mark + 1)
  return QUERY.test(query) ? { path, query, hasQuery: true } : null
}

/** Judges a scanned request head and removes the headers that its Connection nominates. */
export function acceptRequest(head: RequestHead): AcceptedRequest | RequestFault {
  const hosts = head.countOfRole(role.host)
  if (hosts > 1 || (hosts === 0 && head.minor === 1)) return 'host'
  const host = hosts === 1 ? head.valueAt(head.firstWithRole(role.host)) : ''
  if (hosts === 1 && !HOST.test(host)) return 'host'
  // a target in absolute form names a host too (RFC 9112 §3.2.2): one of the two would be ignored
  if (head.target.charCodeAt(0) !== 0x2f) {
    const absolute = ABSOLUTE.exec(head.target)
    if (absolute !== null && absolute[1]!.toLowerCase() !== host.toLowerCase()) return 'host'
  }

  // two credentials: the one that is checked might not be the one that a service believes
  const authorization = head.find('authorization', AUTHORIZATION)
  if (authorization >= 0 && head.find('authorization', AUTHORIZATION, authorization + 1) >= 0) return 'malformed'

  // CONNECT asks for a tunnel that nobody authorized; TRACE echoes credentials (RFC 9110 §9.3.6, §9.3.8).
  if (head.method === 'CONNECT' || head.method === 'TRACE') return 'method-not-allowed'
  if (head.target === '*' && head.method !== 'OPTIONS') return 'target'

  let framing = noBody
  const te = head.countOfRole(role.transferEncoding)
  const cl = head.countOfRole(role.contentLength)
  if (te > 0) {
    if (te > 1 || cl > 0 || head.minor === 0) return 'framing'
    const at = head.firstWithRole(role.transferEncoding)
    // nothing may stand behind the word: `chunked` and a tab is another coding to llhttp
    if (head.valueAt(at).toLowerCase() !== 'chunked' || !head.endsLine(at)) return 'framing'
    framing = chunked
  } else if (cl > 0) {
    const value = head.valueAt(head.firstWithRole(role.contentLength))
    if (cl > 1 || !LENGTH.test(value)) return 'framing'
    const length = Number(value)
    framing = length === 0 ? noBody : { kind: 'length', length }
  }

  let keepAlive = head.minor === 1
  let upgradeNominated = false
  if (head.has(role.connection)) {
    const named = nominated(head)
    if (named === null) return 'nomination'
    for (const name of named) {
      if (HOP_BY_HOP.has(name)) continue
      if (NEVER_NOMINATED.test(name)) return 'nomination'
      head.remove(name)
    }
    upgradeNominated = named.includes('upgrade')
    // `close` wins over `keep-alive`, whatever the order
    keepAlive = !named.includes('close') && (keepAlive || named.includes('keep-alive'))
  }

  let upgrade: string | null = null
  // a body would stand between the request and the other protocol: who reads how much of it is anybody's guess
  if (upgradeNominated && head.minor === 1 && framing === noBody && head.countOfRole(role.upgrade) === 1) {
    upgrade = head.valueAt(head.firstWithRole(role.upgrade)).toLowerCase()
  }

  let expectsContinue = false
  if (head.has(role.expect)) {
    if (head.joinedRole(role.expect)!.toLowerCase() !== '100-continue') return 'expectation'
    expectsContinue = head.minor === 1 && framing.kind !== 'none'
  }
  return { framing, keepAlive, upgrade, expectsContinue }
}

/** What Connection names, lower case, in order; null when it names too much. */
function nominated(head: RequestHead | ResponseHead): string[] | null {
  const names: string[] = []
  for (const part of head.joinedRole(role.connection)!.split(',')) {
    // not `trim`: a no-break space (0xA0) is no blank here, to nobody else
    const name = part.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()
    if (name !== '' && names.push(name) > NOMINATION_LIMIT) return null
  }
  return names
}

export interface AcceptedResponse {
  readonly framing: Framing
  /** The upstream connection may carry another request afterwards. */
  readonly keepAlive: boolean
}

/** Judges a final response (status 200 and above, or 101) to a request of that method; null when it must become a 502. */
export function acceptResponse(head: ResponseHead, method: string): AcceptedResponse | null {
  if (head.status < 100 || head.status > 599) return null
  const te = head.countOfRole(role.transferEncoding)
  const cl = head.countOfRole(role.contentLength)
  if (te > 0 && (te > 1 || cl > 0 || head.minor === 0)) return null
  if (te > 0 && head.valueAt(head.firstWithRole(role.transferEncoding)).toLowerCase() !== 'chunked') return null
  let length = -1
  if (cl > 0) {
    const value = head.valueAt(head.firstWithRole(role.contentLength))
    if (cl > 1 || !LENGTH.test(value)) return null
    length = Number(value)
  }

  let keepAlive = head.minor === 1
  if (head.has(role.connection)) {
    const named = nominated(head)
    if (named === null) return null
    for (const name of named) if (!HOP_BY_HOP.has(name) && !NEVER_NOMINATED.test(name)) head.remove(name)
    keepAlive = !named.includes('close') && (keepAlive || named.includes('keep-alive'))
  }
  const framing = bodyOf(head, method, te, length)
  return { framing, keepAlive: keepAlive && framing.kind !== 'close' }
}

function bodyOf(head: ResponseHead, method: string, te: number, length: number): Framing {
  if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status === 101) return noBody
  if (te > 0) return chunked
  if (length === 0) return noBody
  if (length > 0) return { kind: 'length', length }
  return untilClose
}

/** Framing, routing and identity have no place behind a body (RFC 9110 §6.5.1). */
const FORBIDDEN_TRAILER =
  /^(content-.*|transfer-encoding|host|te|trailer|connection|keep-alive|upgrade|authorization|proxy-.*|cookie|set-cookie|expect|via|forwarded|x-forwarded-.*|x-real-ip|x-(consumer|credential|authenticated|anonymous)-.*)$/

/**
 * Trailer lines that may be passed on, each ended by CR LF.
 * @param roles tell the names that have a role of their own on this side; none of those may come as a trailer.
 */
export function acceptableTrailers(lines: string, roles: HeaderRoles): string {
  if (lines === '') return ''
  let kept = ''
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    if (!/^[0-9A-Za-z_-]+$/.test(name)) continue
    if (FORBIDDEN_TRAILER.test(foldedName(name)) || roles.roleOf(name) !== role.ordinary) continue
    kept += `${line}\r\n`
  }
  return kept
}
