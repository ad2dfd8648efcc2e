import { createHash } from 'node:crypto'
import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'

/** Longer identifiers are counted by their digest, so that a stranger's headers can't fill the memory. */
const LONGEST = 64

/**
 * Names whose requests are counted together. Who can't be told by what was asked for is counted by address. The kind
 * is part of the name: a header that holds somebody's address is not that somebody.
 */
export function callerNamer({ limit_by, header_name, path }: Config): (exchange: Exchange) => string {
  const header = header_name?.toLowerCase() ?? ''
  switch (limit_by) {
    case 'ip':
      return byAddress
    case 'service':
      return (exchange) => named('service', exchange.route?.service?.id) ?? byAddress(exchange)
    case 'header':
      return (exchange) => named('header', exchange.header(header)) ?? byAddress(exchange)
    case 'path':
      return (exchange) => (exchange.path === path ? 'path' : byAddress(exchange))
    case 'credential':
      return (exchange) => byCredential(exchange) ?? byAddress(exchange)
    case 'consumer':
      return (exchange) =>
        named('consumer', exchange.principal.current?.consumer?.id) ?? byCredential(exchange) ?? byAddress(exchange)
  }
}

function byAddress(exchange: Exchange): string {
  return `ip ${exchange.clientIp}`
}

function byCredential(exchange: Exchange): string | null {
  return named('credential', exchange.principal.current?.credential?.id)
}

function named(kind: string, value: string | undefined): string | null {
  if (value === undefined) return null
  const short = value.length <= LONGEST ? value : `#${createHash('sha256').update(value, 'latin1').digest('base64')}`
  return `${kind} ${short}`
}
