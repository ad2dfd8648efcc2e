import { BlockList, isIP } from 'node:net'
import { BoundedMap } from '../../base/bounded-map.ts'

/** An address or range (`192.0.2.0/24`) as its parts; null when it is neither. */
function readRange(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [, address, bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address ?? '')
  if (version === 0) return null
  const most = version === 4 ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  return length > most ? null : { address: address!, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export function isAddressOrRange(text: string): boolean {
  return readRange(text) !== null
}

/** Callers come back: what was found out about an address is kept. */
const REMEMBERED = 10_000

/** Whether an address is in one of the ranges. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address. */
export function rangeMatcher(ranges: readonly string[]): (ip: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const { address, bits, family } = readRange(range)!
    list.addSubnet(address, bits, family)
  }
  const known = new BoundedMap<boolean>(REMEMBERED)
  return (ip) => {
    let inside = known.get(ip)
    if (inside === undefined) known.set(ip, (inside = list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4')))
    return inside
  }
}
