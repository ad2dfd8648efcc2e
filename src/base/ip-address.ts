import { isIP } from 'node:net'

/** An address as a number. IPv6 addresses that stand for IPv4 ones (`::ffff:192.0.2.1`) are those. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A range of addresses: those whose first `length` bits are those of `value`. */
export interface IpRange extends IpAddress {
  readonly length: number
}

const MAPPED = 0xffff_0000_0000n

/** @returns null for what is no address. */
export function ipAddress(text: string): IpAddress | null {
  switch (isIP(text)) {
    case 4:
      return { family: 4, value: v4(text) }
    case 6: {
      const value = v6(text.replace(/%.*$/s, ''))
      return value >> 32n === MAPPED >> 32n ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value }
    }
    default:
      return null
  }
}

/** @returns null for what is neither an address nor `ADDRESS/BITS`. Bits behind those are kept: see `hasHostBits`. */
export function ipRange(text: string): IpRange | null {
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const family = isIP(written)
  if (family === 0 || written.includes('%')) return null
  const bits = family === 4 ? 32 : 128
  const value = family === 4 ? v4(written) : v6(written)
  if (slash < 0) return { family: family as 4 | 6, value, length: bits }
  const length = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return null
  return { family: family as 4 | 6, value, length: Number(length) }
}

/** The first `length` bits, the rest 0. */
export function prefixOf({ family, value }: IpAddress, length: number): bigint {
  const rest = BigInt((family === 4 ? 32 : 128) - length)
  return (value >> rest) << rest
}

/** Whether a range was written with bits behind its length, such as `10.1.0.0/8`. */
export function hasHostBits(range: IpRange): boolean {
  return prefixOf(range, range.length) !== range.value
}

function v4(text: string): bigint {
  let value = 0
  for (const part of text.split('.')) value = value * 256 + Number(part)
  return BigInt(value)
}

function v6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted !== null) {
    const low = v4(dotted[2]!)
    return v6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`)
  }
  const [head, tail] = text.split('::') as [string, string | undefined]
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...first, ...new Array<string>(8 - first.length - last.length).fill('0'), ...last]
  let value = 0n
  for (const group of groups) value = (value << 16n) | BigInt(Number.parseInt(group, 16))
  return value
}
