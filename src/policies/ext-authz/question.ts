import { dashedId } from '../../base/dashed-id.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { requestTarget } from '../../policy/request-path.ts'
import type { Config } from './schema.ts'

/** What the service is asked: the request, as far as it is told. Byte strings, names in lower case. */
export interface Question {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly host: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Null where none is told. */
  readonly body: Uint8Array | null
}

export const PARTIAL_BODY = 'x-envoy-auth-partial-body'

/** Lines that are the gateway's own to each side. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(
  'connection keep-alive proxy-connection te trailer transfer-encoding upgrade host x-forwarded-for x-forwarded-proto x-request-id'.split(
    ' ',
  ),
)

/**
 * Puts a request into a question. `too-large` where a body is to be told and is larger than allowed.
 */
export function question(exchange: Exchange, { body, headersToForward, service }: Config): Question | 'too-large' {
  const told = body === null ? null : toldBody(exchange, body)
  if (told === 'too-large') return told
  const headers = service.kind === 'grpc' && headersToForward === null ? allHeaders(exchange) : []
  if (service.kind === 'http') copy(exchange, 'authorization', headers)
  for (const name of new Set(headersToForward?.map((each) => each.toLowerCase()))) {
    if (service.kind === 'grpc' || name !== 'authorization') copy(exchange, name, headers)
  }
  if (told !== null) headers.push([PARTIAL_BODY, String(told.isPartial)])
  return {
    method: exchange.method,
    target: requestTarget(exchange),
    host: exchange.host,
    headers,
    body: told?.bytes ?? null,
  }
}

function toldBody(
  exchange: Exchange,
  { maxBytes, allowPartial }: NonNullable<Config['body']>,
): { readonly bytes: Uint8Array; readonly isPartial: boolean } | 'too-large' | null {
  const whole = exchange.body()
  // another policy of the chain may have asked for more of it
  if (whole !== null && whole.length <= maxBytes) return whole.length === 0 ? null : { bytes: whole, isPartial: false }
  if (!allowPartial) return 'too-large'
  return { bytes: exchange.bodyStart().subarray(0, maxBytes), isPartial: true }
}

type Lines = (readonly [name: string, value: string])[]

function allHeaders(exchange: Exchange): Lines {
  const lines: Lines = [
    [':method', exchange.method],
    [':path', requestTarget(exchange)],
    [':scheme', exchange.scheme],
    [':authority', exchange.host],
  ]
  for (const pair of exchange.headerPairs()) if (!HOP_BY_HOP.has(pair[0])) lines.push(pair)
  for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'x-request-id']) copy(exchange, name, lines)
  return lines
}

/** Adds the lines of one name as the service behind would get them. */
function copy(exchange: Exchange, name: string, lines: Lines): void {
  switch (name) {
    case ':method':
      lines.push([name, exchange.method])
      return
    case ':path':
      lines.push([name, requestTarget(exchange)])
      return
    case ':authority':
      lines.push([name, exchange.host])
      return
    case 'x-forwarded-for': {
      const before = exchange.headerValues(name)
      lines.push([name, [...before, exchange.connection.ip].join(',')])
      return
    }
    case 'x-forwarded-proto':
      lines.push([name, exchange.peerTrusted ? (exchange.header(name) ?? exchange.scheme) : exchange.scheme])
      return
    case 'x-request-id':
      lines.push([name, exchange.header(name) ?? dashedId(exchange.id)])
      return
    default:
      for (const value of exchange.headerValues(name)) lines.push([name, value])
  }
}
