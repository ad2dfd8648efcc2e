/**
 * What logging policies write of an exchange: the members of Kong's log serializer, so that collectors made for it
 * read ours. Credentials are redacted here, once for all of them.
 */
import { wireText } from '../../base/wire-text.ts'
import type { Exchange, ResponseView } from '../exchange.ts'
import type { HeaderPairs, Outcome, Try } from '../outcome.ts'
import { decoded, isShownArgument, REDACTED, shownHeader, shownUrl } from './redaction.ts'

/** The record as JSON, in one line. Several policies on one exchange make it once. */
export function recordText(exchange: Exchange, response: ResponseView, outcome: Outcome): string {
  // a chain's policies record one after the other, so the last one is all that can be asked for again
  if (lastOutcome !== outcome) {
    lastText = JSON.stringify(exchangeRecord(exchange, response, outcome))
    lastOutcome = outcome
  }
  return lastText
}
let lastOutcome: Outcome | null = null
let lastText = ''

export function exchangeRecord(exchange: Exchange, response: ResponseView, outcome: Outcome): Record<string, unknown> {
  const { route, principal } = exchange
  const uri = shownUrl(exchange.target, outcome)
  const fromService = !response.generated
  return {
    request: {
      id: exchange.id,
      uri: text(uri),
      url: text(`${exchange.scheme}://${nameOf(exchange.host)}:${exchange.hostPort}${uri}`),
      querystring: argumentsOf(exchange.query, outcome),
      method: exchange.method,
      headers: headersOf(outcome.requestHeaders(), outcome),
      size: outcome.requestBytes(),
      tls: tlsOf(outcome),
    },
    upstream_uri: text(shownUrl(outcome.upstreamUri(), outcome)),
    upstream_status: fromService ? String(response.status) : '',
    response: {
      status: response.status,
      headers: headersOf(outcome.responseHeaders(), outcome),
      size: outcome.responseBytes(),
    },
    latencies: {
      kong: Math.round(outcome.gatewayMs),
      proxy: outcome.upstreamMs === null ? -1 : Math.round(outcome.upstreamMs),
      request: Math.round(outcome.totalMs),
      receive: Math.round(outcome.receiveMs),
    },
    tries: outcome.target === null ? undefined : outcome.tries().map(shownTry),
    authenticated_entity: entityOf(exchange),
    route: route === null ? undefined : { id: route.id, name: route.name, ...route.shown },
    service: route?.service ? { id: route.service.id, name: route.service.name, ...route.service.shown } : undefined,
    consumer: consumerOf(principal.current?.consumer ?? null),
    client_ip: exchange.clientIp,
    started_at: exchange.now,
    source: fromService ? 'upstream' : 'kong',
    workspace_name: 'default',
  }
}

function nameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

function tlsOf({ tls }: Outcome): object | undefined {
  if (tls === null) return undefined
  return { version: tls.version, cipher: tls.cipher, client_verify: tls.certificate ? 'SUCCESS' : 'NONE' }
}

function entityOf({ principal }: Exchange): object | undefined {
  const { credential, consumer } = principal.current ?? { credential: null, consumer: null }
  return credential === null ? undefined : { id: credential.id, consumer_id: consumer?.id }
}

function consumerOf(consumer: { id: string; username: string | null; customId: string | null } | null) {
  if (consumer === null) return undefined
  return { id: consumer.id, username: consumer.username, custom_id: consumer.customId }
}

function shownTry({ host, port, startedAt, failed }: Try): object {
  const start = {
    balancer_start: startedAt,
    balancer_start_ns: startedAt * 1e6,
    balancer_latency: 0,
    balancer_latency_ns: 0,
  }
  return { ip: host, port, ...start, ...(failed === null ? {} : { state: 'failed', code: failed }) }
}

/** One value as text, several as a list; JSON has no bytes, so what is no UTF-8 is shown byte by byte. */
function headersOf(pairs: HeaderPairs, names: Outcome): Record<string, string | string[]> {
  return gathered(pairs.map(([name, value]) => [name, text(shownHeader(name, value, names))]))
}

function argumentsOf(query: string, names: Outcome): Record<string, unknown> {
  const given = query.split('&').filter((argument) => argument !== '')
  return gathered(
    given.map((argument): [string, string | true] => {
      const equals = argument.indexOf('=')
      const name = decoded(equals < 0 ? argument : argument.slice(0, equals))
      if (equals < 0) return [text(name), true]
      return [text(name), isShownArgument(name, names) ? text(decoded(argument.slice(equals + 1))) : REDACTED]
    }),
  )
}

function gathered<V>(pairs: readonly (readonly [string, V])[]): Record<string, V | V[]> {
  const values = new Map<string, V | V[]>()
  for (const [name, value] of pairs) {
    const known = values.get(name)
    if (known === undefined) values.set(name, value)
    else if (Array.isArray(known)) known.push(value)
    else values.set(name, [known, value])
  }
  // fromEntries defines, where assigning would run the setter of `__proto__`
  return Object.fromEntries(values)
}

function text(bytes: string): string {
  return wireText(bytes) ?? bytes
}
