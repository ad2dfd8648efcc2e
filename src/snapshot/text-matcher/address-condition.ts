import { BlockList, isIP } from 'node:net'
import type { AddressMatch } from '../../model/model.ts'
import type { Matchable } from '../route.ts'
import type { Condition } from './candidate.ts'

/** One end of the connection is one of these addresses (or in one of these ranges) and has that port. */
export function addressCondition(
  matches: readonly AddressMatch[],
  end: (request: Matchable) => readonly [ip: string, port: number],
): Condition {
  const tests = matches.map(({ ip, port }) => ({ range: ip === null ? null : addressRange(ip), port }))
  return function connects(request) {
    const [ip, port] = end(request)
    return tests.some((test) => {
      if (test.port !== null && test.port !== port) return false
      return test.range === null || test.range.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
    })
  }
}

/** @throws Error when the text is no address and no CIDR range. */
function addressRange(text: string): BlockList {
  const [ip = '', bits] = text.split('/')
  const version = isIP(ip)
  if (version === 0) throw new Error(`not an address or CIDR range: ${JSON.stringify(text)}`)
  const family = version === 6 ? 'ipv6' : 'ipv4'
  const range = new BlockList()
  if (bits === undefined) range.addAddress(ip, family)
  else range.addSubnet(ip, Number(bits), family)
  return range
}
