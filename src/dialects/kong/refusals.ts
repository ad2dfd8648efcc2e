/** How Kong words a refusal: status, body by `Accept`, challenge and gRPC headers. */
import type { Answer } from '../../policy/verdict.ts'
import type { Refusal, RefusedRequest } from '../../policy/wire.ts'

/** Kong's texts for what the gateway itself refuses, by reason code. */
const TEXTS: Readonly<Record<string, { readonly status?: number; readonly message: string }>> = {
  malformed: { message: 'Bad request' },
  'head-too-large': { status: 400, message: 'Request header or cookie too large' },
  'body-too-large': { message: 'Payload too large' },
  'method-not-allowed': { message: 'Method not allowed' },
  'request-timeout': { message: 'Request timeout' },
  'no-route': { message: 'no Route matched with those values' },
  'no-service': { message: 'no Service found with those values' },
  'https-required': { message: 'Please use HTTPS protocol' },
  'http2-required': { message: 'Please use HTTP2 protocol' },
  'not-grpc': { message: 'Non-gRPC request matched gRPC route' },
  'name-resolution': { message: 'name resolution failed' },
  'no-target': { message: 'failure to get a peer from the ring-balancer' },
  'bad-gateway': { message: 'An invalid response was received from the upstream server' },
  'gateway-timeout': { message: 'The upstream server is timing out' },
  'anonymous-missing': { message: 'An unexpected error occurred' },
  broken: { message: 'An unexpected error occurred' },
}

/** Policies that answer with a compact `{"message":…}` in place of the negotiated body. */
const COMPACT = new Set(['jwt', 'oauth2', 'request-termination', 'claims-to-headers', 'require-claims'])

/** Reasons of the gateway's own that Kong answers in compact form. */
const COMPACT_REASONS = new Set(['https-required', 'http2-required', 'not-grpc'])

/** gRPC status by HTTP status. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  401: 16,
  403: 7,
  404: 5,
  429: 8,
  500: 13,
  502: 14,
  503: 14,
  504: 14,
}

export function kongRefusal(refusal: Refusal, request: RefusedRequest): Answer {
  const { policy, reason, detail } = refusal
  // a stand-in that is not there is an error of the gateway's, whichever policy wanted it
  const isGateways = policy === null || reason.code === 'anonymous-missing'
  const text = isGateways ? TEXTS[reason.code] : undefined
  const status = text?.status ?? detail.status ?? reason.status
  const message = detail.message ?? text?.message ?? reason.message
  const headers: (readonly [string, string])[] = []
  if (detail.challenge !== undefined) headers.push(['WWW-Authenticate', detail.challenge])
  if (detail.headers !== undefined) headers.push(...detail.headers)

  if (reason.code === 'https-required' && policy === null && status !== 426) return redirect(status, request)
  if (reason.code === 'https-required' && policy === null) {
    headers.push(['Connection', 'Upgrade'], ['Upgrade', 'TLS/1.2, HTTP/1.1'])
  }
  if (reason.code === 'http2-required' && policy === null)
    headers.push(['Connection', 'Upgrade'], ['Upgrade', 'HTTP/2'])

  // a head that could not be read has no Accept: Kong answers plain text
  if (request.method === null || (policy === null && reason.code === 'method-not-allowed')) {
    return body(status, headers, 'text/plain; charset=utf-8', `${message}\nrequest_id: ${request.id}\n`)
  }
  if (detail.verbatim === true && !isGrpc(request)) {
    const isTyped = message === '' || headers.some(([name]) => name.toLowerCase() === 'content-type')
    return { status, headers: isTyped ? headers : [...headers, ['Content-Type', 'text/plain']], body: message }
  }
  if (isGrpc(request)) {
    const grpc = GRPC_STATUS[status] ?? (status >= 400 && status < 500 ? 3 : 2)
    return { status, headers: [...headers, ['grpc-status', String(grpc)], ['grpc-message', message]], body: '' }
  }
  if (isGateways ? COMPACT_REASONS.has(reason.code) : COMPACT.has(policy)) {
    const content = detail.fields ?? { message }
    return body(status, headers, 'application/json; charset=utf-8', JSON.stringify(content))
  }
  // a client that takes gRPC only gets the bare status
  if ((request.accept ?? '').startsWith('application/grpc')) return body(status, headers, '', '')
  return negotiated(status, headers, message, request)
}

function isGrpc(request: RefusedRequest): boolean {
  return (request.contentType ?? '').startsWith('application/grpc')
}

function body(status: number, headers: readonly (readonly [string, string])[], type: string, text: string): Answer {
  return { status, headers: [['Content-Type', type], ...headers], body: text }
}

function redirect(status: number, request: RefusedRequest): Answer {
  const location = `https://${request.hostname}${request.target}`
  return {
    status,
    headers: [
      ['Content-Type', 'text/html'],
      ['Location', location],
    ],
    body: '',
  }
}

type Media = 'json' | 'html' | 'xml' | 'plain'

function negotiated(
  status: number,
  headers: readonly (readonly [string, string])[],
  message: string,
  request: RefusedRequest,
): Answer {
  const id = request.id
  switch (preferredMedia(request.accept)) {
    case 'json':
      return body(
        status,
        headers,
        'application/json; charset=utf-8',
        `{\n  "message":${JSON.stringify(message)},\n  "request_id":"${id}"\n}`,
      )
    case 'plain':
      return body(status, headers, 'text/plain; charset=utf-8', `${message}\nrequest_id: ${id}\n`)
    case 'xml':
      return body(
        status,
        headers,
        'application/xml; charset=utf-8',
        `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${markup(message)}</message>\n  <requestid>${id}</requestid>\n</error>`,
      )
    case 'html':
      return body(
        status,
        headers,
        'text/html; charset=utf-8',
        `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>${markup(message)}.</p>\n    <p>request_id: ${id}</p>\n  </body>\n</html>\n`,
      )
  }
}

function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const MEDIA: Readonly<Record<string, Media>> = {
  'application/json': 'json',
  'text/html': 'html',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/plain': 'plain',
  'application/*': 'json',
  'text/*': 'html',
  '*/*': 'json',
}

/** The media type with the highest quality (RFC 9110 §12.5.1); the first of equals; JSON when none is known. */
function preferredMedia(accept: string | undefined): Media {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json'
  let best: Media = 'json'
  let bestQuality = 0
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const media = MEDIA[type!]
    if (media === undefined) continue
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    if (quality > bestQuality) {
      best = media
      bestQuality = quality
    }
  }
  return best
}
