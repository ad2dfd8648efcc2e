import { BlockList, isIP } from 'node:net'

const addresses = new BlockList()
addresses.addSubnet('127.0.0.0', 8, 'ipv4')
addresses.addAddress('::1', 'ipv6')

/**
 * Whether a host (without brackets or port) is this machine and nothing else: 127.0.0.0/8, ::1, `localhost` and what
 * ends in `.localhost` (RFC 6761 §6.3: no resolver may send these elsewhere).
 */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return /^(?:.+\.)?localhost$/i.test(host)
  return addresses.check(host, version === 6 ? 'ipv6' : 'ipv4')
}
