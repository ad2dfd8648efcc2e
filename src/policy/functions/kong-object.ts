import { headerValue } from '../../base/header-value.ts'
import type { Exchange, ResponseView } from '../exchange.ts'
import type { PolicyLog } from '../policy.ts'
import type { Answer } from '../verdict.ts'

/** What a function of a configuration is given: the part of Kong's development kit that exists here, by its names. */
export interface KongObject {
  /** The object itself. */
  readonly kong: object
  /** The answer that the function asked for; null to go on. Once given, it stays. */
  readonly exited: Answer | null
}

/** @param response null while there is none yet: then functions may change the request, and answer it. */
export function kongObject(exchange: Exchange, response: ResponseView | null, log: PolicyLog): KongObject {
  let exited: Answer | null = null
  const asked = () => {
    if (response !== null) throw new Error('the request is over: this can be done in access only')
    return exchange
  }
  const { principal, route } = exchange
  const kong = {
    request: {
      get_id: () => exchange.id,
      get_method: () => exchange.method,
      get_path: () => exchange.path,
      get_path_with_query: () => exchange.target,
      get_raw_query: () => exchange.query,
      get_query_arg: (name: string) => exchange.queryValues(name)[0],
      get_scheme: () => exchange.scheme,
      get_host: () => exchange.host.replace(/:\d+$/, ''),
      get_port: () => exchange.hostPort,
      get_http_version: () => Number(exchange.httpVersion),
      get_header: (name: string) => exchange.header(name.toLowerCase()),
      get_cookie: (name: string) => exchange.cookie(name),
    },
    client: {
      get_ip: () => exchange.clientIp,
      get_consumer: () => shownConsumer(exchange),
      get_credential: () => shownCredential(exchange),
      get_claims: () => principal.identities.findLast(({ claims }) => claims !== null)?.claims ?? null,
    },
    router: {
      get_route: () => route && { id: route.id, name: route.name },
      get_service: () => route?.service && { id: route.service.id, name: route.service.name },
    },
    service: {
      request: {
        set_header(name: string, value: unknown) {
          if (name.toLowerCase() === 'host') asked().setHost(bytes(value))
          else asked().setHeader(name.toLowerCase(), bytes(value))
        },
        clear_header: (name: string) => asked().dropHeader(name.toLowerCase()),
        set_method: (method: string) => asked().setMethod(method),
        set_path: (path: string) => asked().setPath(path),
        set_raw_query: (query: string) => asked().setQuery(query),
        clear_query_arg: (name: string) => asked().dropQuery(name),
      },
    },
    response: {
      get_status: () => response?.status,
      get_source: () => (response === null ? undefined : response.generated ? 'exit' : 'service'),
      get_header: (name: string) => response?.header(name.toLowerCase()),
      set_header: (name: string, value: unknown) => exchange.setResponseHeader(name.toLowerCase(), bytes(value)),
      add_header: (name: string, value: unknown) => exchange.addResponseHeader(name.toLowerCase(), bytes(value)),
      clear_header: (name: string) => exchange.dropResponseHeader(name.toLowerCase()),
      exit(status: number, body?: unknown, headers: Readonly<Record<string, unknown>> = {}) {
        asked()
        exited ??= answerOf(status, body, headers)
      },
    },
    ctx: { shared: sharedObject(exchange.shared) },
    log: {
      warn: (...words: unknown[]) => log.warn({ request: exchange.id }, words.map(String).join(' ')),
      err: (...words: unknown[]) => log.error({ request: exchange.id }, words.map(String).join(' ')),
    },
  }
  return {
    kong,
    get exited() {
      return exited
    },
  }
}

function answerOf(status: number, body: unknown, headers: Readonly<Record<string, unknown>>): Answer {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError(`not a status: ${status}`)
  const given = Object.entries(headers).map(([name, value]) => [name, bytes(value)] as const)
  if (body === undefined || body === null) return { status, headers: given, body: '' }
  if (typeof body === 'string' || body instanceof Uint8Array) return { status, headers: given, body }
  const typed = given.some(([name]) => name.toLowerCase() === 'content-type')
  const type = ['Content-Type', 'application/json; charset=utf-8'] as const
  return { status, headers: typed ? given : [type, ...given], body: JSON.stringify(body) }
}

/** @throws TypeError on what could end the header and begin another. */
function bytes(value: unknown): string {
  const text = headerValue(String(value))
  if (text === null) throw new TypeError('not a header value')
  return text
}

function shownConsumer({ principal }: Exchange): object | null {
  const consumer = principal.current?.consumer ?? null
  return consumer && { id: consumer.id, username: consumer.username, custom_id: consumer.customId }
}

function shownCredential({ principal }: Exchange): object | null {
  const credential = principal.current?.credential ?? null
  return credential && { id: credential.id, identifier: credential.identifier }
}

/** What policies leave for later ones, as an object. */
function sharedObject(shared: Map<string, unknown>): object {
  return new Proxy(Object.create(null), {
    get: (_, name) => (typeof name === 'string' ? shared.get(name) : undefined),
    has: (_, name) => typeof name === 'string' && shared.has(name),
    deleteProperty: (_, name) => typeof name === 'string' && (shared.delete(name) || true),
    set: (_, name, value) => typeof name === 'string' && shared.set(name, value) === shared,
  })
}
