/**
 * Heads between HTTP/2 and HTTP/1.1. A request becomes the text of an HTTP/1.1 head and goes through the very same
 * scanner and table of what is acceptable; nothing that would be refused there gets in by another door.
 */
import type { OutgoingHttpHeaders } from 'node:http2'

/** Connection-specific names have no place in HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_NAMES = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/

/**
 * @param raw name, value, name, value … as received.
 * @param ended true when no body follows.
 * @returns the text of an HTTP/1.1 head, one character a byte; null when it can't be said.
 */
export function requestText(raw: readonly string[], ended: boolean): string | null {
  let method = ''
  let path = ''
  let authority: string | null = null
  let host: string | null = null
  let cookie: string | null = null
  let hasLength = false
  let lines = ''
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    if (name === ':method') method = value
    else if (name === ':path') path = value
    else if (name === ':authority') authority = value
    else if (name === ':scheme') continue
    else if (name.startsWith(':') || CONNECTION_NAMES.test(name)) return null
    else if (name === 'te' && value.toLowerCase() !== 'trailers') return null
    else if (name === 'host') {
      if (host !== null) return null
      host = value
    } else if (name === 'cookie') cookie = cookie === null ? value : `${cookie}; ${value}`
    else {
      if (name === 'content-length') hasLength = true
      lines += `${name}: ${value}\r\n`
    }
  }
  // two names for one host may be taken for two different ones
  if (authority !== null && host !== null && authority !== host) return null
  const named = authority ?? host
  if (named === null || method === '' || path === '') return null
  if (cookie !== null) lines += `cookie: ${cookie}\r\n`
  if (!ended && !hasLength) lines += 'transfer-encoding: chunked\r\n'
  const text = `${method} ${path} HTTP/1.1\r\nhost: ${named}\r\n${lines}\r\n`
  return /^[\x00-\xff]*$/.test(text) ? text : null
}

/** Header lines as HTTP/2 headers of an answer. */
export function answerHeaders(status: number, lines: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ':status': status }
  addLines(headers, lines)
  return headers
}

export function trailerHeaders(lines: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  addLines(headers, lines)
  return headers
}

function addLines(headers: OutgoingHttpHeaders, lines: string): void {
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).toLowerCase()
    if (CONNECTION_NAMES.test(name)) continue
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else if (Array.isArray(before)) before.push(value)
    else headers[name] = SINGLE.has(name) ? value : [String(before), value]
  }
}

/** An HTTP/1.1 request head (request line, header lines) as HTTP/2 headers of a request of ours. */
export function requestHeaders(lines: string, scheme: 'http' | 'https'): OutgoingHttpHeaders {
  const end = lines.indexOf('\r\n')
  const [method, path] = lines.slice(0, end).split(' ')
  const headers: OutgoingHttpHeaders = { ':method': method!, ':path': path!, ':scheme': scheme }
  addLines(headers, lines.slice(end + 2))
  headers[':authority'] = headers['host']
  delete headers['host']
  return headers
}

/** Headers as received (name, value, name, value …) as lines joined by CR LF; what can't be said in HTTP/1.1 is left out. */
export function fieldLines(raw: readonly string[]): string {
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!
    if (!/^[0-9a-z_-]+$/.test(name) || !/^[\x20-\x7e\x80-\xff]*$/.test(raw[i + 1]!)) continue
    if (!CONNECTION_NAMES.test(name)) lines.push(`${name}: ${raw[i + 1]}`)
  }
  return lines.join('\r\n')
}

/** The text of an HTTP/1.1 response head, so that it passes the same scanner. `ended`: no body follows. */
export function responseText(status: number, raw: readonly string[], ended: boolean): string {
  const lines = fieldLines(raw)
  const hasLength = /^content-length:/m.test(lines)
  const framing = hasLength ? '' : ended ? 'content-length: 0\r\n' : 'transfer-encoding: chunked\r\n'
  return `HTTP/1.1 ${status} \r\n${lines === '' ? '' : `${lines}\r\n`}${framing}\r\n`
}

/** Names that node:http2 takes one value of, and throws when it is given more. */
const SINGLE = new Set(
  (
    'server date content-type content-length content-encoding content-language content-location content-md5 ' +
    'content-range etag location retry-after age expires last-modified from host max-forwards referer tk user-agent ' +
    'authorization proxy-authorization range dnt if-match if-modified-since if-none-match if-range ' +
    'if-unmodified-since access-control-allow-credentials access-control-max-age access-control-request-method ' +
    'upgrade-insecure-requests x-content-type-options'
  ).split(' '),
)
