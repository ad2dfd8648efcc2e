/** How Envoy words a refusal: status, a plain text, the challenge, and trailers' worth of headers for gRPC. */
import type { Answer } from '../../policy/verdict.ts'
import type { Refusal, RefusedRequest } from '../../policy/wire.ts'

/** Envoy's texts for what the gateway itself refuses, by reason code. */
const TEXTS: Readonly<Record<string, { readonly status?: number; readonly message: string }>> = {
  malformed: { message: '' },
  'head-too-large': { message: '' },
  'body-too-large': { message: 'Payload Too Large' },
  'method-not-allowed': { message: '' },
  expectation: { message: '' },
  'request-timeout': { message: 'request timeout' },
  'no-route': { message: '' },
  'no-service': { status: 500, message: '' },
  'name-resolution': { message: 'no healthy upstream' },
  'no-target': { message: 'no healthy upstream' },
  'bad-gateway': {
    status: 503,
    message:
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused',
  },
  'gateway-timeout': { message: 'upstream request timeout' },
  'request-timed-out': { message: 'upstream request timeout' },
  'principal-gone': { message: '' },
  broken: { message: '' },
  overloaded: { message: 'upstream connect error or disconnect/reset before headers. reset reason: overflow' },
  starting: { message: '' },
}

/** What Envoy says in place of policies that are shared with other dialects. */
const OF_POLICIES: typeof TEXTS = { 'request-size-limiting': { status: 413, message: 'Payload Too Large' } }

/** gRPC status by HTTP status (Envoy's `Grpc::Utility::httpToGrpcStatus`). */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}
const UNKNOWN = 2

export function envoyRefusal({ policy, reason, detail }: Refusal, request: RefusedRequest): Answer {
  const text = policy === null ? TEXTS[reason.code] : OF_POLICIES[policy]
  const status = text?.status ?? detail.status ?? reason.status
  const message = (policy === null ? undefined : text?.message) ?? detail.message ?? text?.message ?? reason.message
  const headers: (readonly [string, string])[] = []
  if (detail.challenge !== undefined) headers.push(['www-authenticate', detail.challenge])
  if (detail.headers !== undefined) headers.push(...detail.headers)
  if ((request.contentType ?? '').startsWith('application/grpc')) return grpc(status, message, headers)
  const typed = message === '' || headers.some(([name]) => name.toLowerCase() === 'content-type')
  return { status, headers: typed ? headers : [['content-type', 'text/plain'], ...headers], body: message }
}

function grpc(status: number, message: string, headers: readonly (readonly [string, string])[]): Answer {
  const kept = headers.filter(([name]) => name.toLowerCase() !== 'content-type')
  const told: (readonly [string, string])[] = [
    ['content-type', 'application/grpc'],
    ...kept,
    ['grpc-status', String(GRPC_STATUS[status] ?? UNKNOWN)],
  ]
  if (message !== '') told.push(['grpc-message', percentEncoded(message)])
  return { status: 200, headers: told, body: '' }
}

/** As gRPC writes `grpc-message`: everything but printable ASCII, and `%` itself, percent-encoded. */
function percentEncoded(message: string): string {
  return Buffer.from(message)
    .toString('latin1')
    .replace(/[^\x20-\x24\x26-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
