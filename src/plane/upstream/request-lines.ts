import { derivedOf } from '../../policy/identity.ts'
import type { Wire } from '../../policy/wire.ts'
import { forwardPath } from '../../snapshot/forward-path.ts'
import type { ClientFacts } from '../client-side.ts'
import type { HttpExchange } from '../exchange.ts'
import { role } from '../http1/header-roles.ts'

/** Lines that are the same for every request of a connection that brought no forwarding headers of its own. */
const factsLines = new WeakMap<ClientFacts, string>()

function connectionLines(facts: ClientFacts): string {
  let lines = factsLines.get(facts)
  if (lines === undefined) {
    lines = `X-Real-IP: ${facts.ip}\r\nX-Forwarded-For: ${facts.ip}\r\nX-Forwarded-Proto: ${facts.scheme}\r\nX-Forwarded-Port: ${facts.localPort}\r\n`
    factsLines.set(facts, lines)
  }
  return lines
}

const FORWARDED =
  (1 << role.forwardedFor) |
  (1 << role.forwardedProto) |
  (1 << role.forwardedHost) |
  (1 << role.forwardedPort) |
  (1 << role.forwardedPath) |
  (1 << role.forwardedPrefix) |
  (1 << role.realIp)

/** X-Forwarded-For and -Proto alone. What the client says in the others is its own word, and goes no further. */
function shortForwardedLines({ head, facts }: HttpExchange): string {
  if ((head.rolesSeen & FORWARDED) === 0) return shortConnectionLines(facts)
  const before = head.joinedRole(role.forwardedFor)
  const chain = before === undefined || before === '' ? facts.ip : `${before},${facts.ip}`
  if (!facts.trusted) return `x-forwarded-for: ${chain}\r\nx-forwarded-proto: ${facts.scheme}\r\n`
  const proto = head.firstWithRole(role.forwardedProto)
  const vouched = [role.forwardedHost, role.forwardedPort, role.forwardedPrefix, role.realIp] as const
  const names = ['x-forwarded-host', 'x-forwarded-port', 'x-forwarded-prefix', 'x-real-ip']
  const others = vouched.map((each, n) => {
    const at = head.firstWithRole(each)
    return at < 0 ? '' : `${names[n]}: ${head.valueAt(at)}\r\n`
  })
  const scheme = proto < 0 ? facts.scheme : head.valueAt(proto)
  return `x-forwarded-for: ${chain}\r\nx-forwarded-proto: ${scheme}\r\n${others.join('')}`
}

const shortFactsLines = new WeakMap<ClientFacts, string>()

function shortConnectionLines(facts: ClientFacts): string {
  let lines = shortFactsLines.get(facts)
  if (lines === undefined) {
    lines = `x-forwarded-for: ${facts.ip}\r\nx-forwarded-proto: ${facts.scheme}\r\n`
    shortFactsLines.set(facts, lines)
  }
  return lines
}

/** X-Real-IP and X-Forwarded-*: made by us, except where a trusted proxy already said. */
function forwardedLines(exchange: HttpExchange, prefix: string): string {
  const { head, facts } = exchange
  const own = `X-Forwarded-Host: ${exchange.hostname}\r\nX-Forwarded-Path: ${exchange.rawPath}\r\n`
  const prefixLine = prefix === '' ? '' : `X-Forwarded-Prefix: ${prefix}\r\n`
  if ((head.rolesSeen & FORWARDED) === 0) return connectionLines(facts) + own + prefixLine
  const first = (wanted: Parameters<typeof head.firstWithRole>[0]): string | undefined => {
    const at = head.firstWithRole(wanted)
    return at < 0 ? undefined : head.valueAt(at)
  }
  const forwardedFor = first(role.forwardedFor)
  const chain = forwardedFor === undefined || forwardedFor === '' ? facts.ip : `${forwardedFor}, ${facts.ip}`
  const lines = `X-Real-IP: ${exchange.clientIp}\r\nX-Forwarded-For: ${chain}\r\n`
  if (!facts.trusted) {
    return `${lines}X-Forwarded-Proto: ${facts.scheme}\r\nX-Forwarded-Port: ${facts.localPort}\r\n${own}${prefixLine}`
  }
  return (
    `${lines}X-Forwarded-Proto: ${first(role.forwardedProto) ?? facts.scheme}\r\n` +
    `X-Forwarded-Port: ${first(role.forwardedPort) ?? facts.localPort}\r\n` +
    `X-Forwarded-Host: ${first(role.forwardedHost) ?? exchange.hostname}\r\n` +
    `X-Forwarded-Path: ${first(role.forwardedPath) ?? exchange.rawPath}\r\n` +
    (first(role.forwardedPrefix) === undefined ? prefixLine : `X-Forwarded-Prefix: ${first(role.forwardedPrefix)}\r\n`)
  )
}

/** The path that the service is asked for, without query. */
export function targetPath(exchange: HttpExchange): string {
  const { route, match } = exchange
  if (exchange.forwardedPath !== null) return exchange.forwardedPath
  if (exchange.path === '*') return '*'
  return forwardPath(route!.spec, route!.service!.spec, exchange.path, match!.matchedLength)
}

/**
 * The head of the request to the service: request line and header lines, without framing and empty line.
 * @param upgrade protocol to ask for, or null.
 */
export function requestLines(exchange: HttpExchange, wire: Wire, authority: string, upgrade: string | null): string {
  const { head, route, match } = exchange
  const spec = route!.spec
  const host = exchange.forwardedHost ?? (spec.preserveHost && exchange.host !== '' ? exchange.host : authority)
  const stripped = spec.stripPath && match!.matchedLength > 1 ? exchange.path.slice(0, match!.matchedLength) : ''
  const connection = upgrade === null ? 'Connection: keep-alive\r\n' : `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`
  let lines =
    `${exchange.forwardedMethod ?? exchange.method} ${targetPath(exchange)}${exchange.forwardedQuery()} HTTP/1.1\r\nHost: ${host}\r\n${connection}` +
    (wire.forwarded === 'all' ? forwardedLines(exchange, stripped) : shortForwardedLines(exchange)) +
    wire.signRequest({
      id: exchange.id,
      minor: head.minor,
      via: head.joinedRole(role.via) ?? null,
      clientIp: exchange.clientIp,
      timeoutMs: spec.timeouts?.request ?? null,
    })
  if (head.has(role.te) && /(^|,)[ \t]*trailers[ \t]*(;|,|$)/i.test(head.joinedRole(role.te)!))
    lines += 'TE: trailers\r\n'
  if (head.has(role.trailer)) lines += `Trailer: ${head.joinedRole(role.trailer)}\r\n`
  const identity = exchange.principal.current
  if (identity !== null) {
    const block = derivedOf(identity, wire, wire.handOver)
    lines += exchange.toldLines(block)
  }
  return lines + exchange.addedLines() + head.ordinaryLines() + exchange.appendedLines()
}
