/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a load balancer in front says about the
 * connection it passes on. Read only from addresses that are trusted to say it.
 */
import { isIPv4, isIPv6 } from 'node:net'

const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const V1_LONGEST = 107
const V2_HEADER = 16
/** A v2 header with more than this behind it is no honest one. */
const V2_LONGEST = 4096

export interface ProxiedAddress {
  readonly ip: string
  readonly port: number
  readonly localIp: string
  readonly localPort: number
}

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  /** `address` is null for LOCAL and UNKNOWN: the connection stands for itself. */
  | { readonly kind: 'header'; readonly length: number; readonly address: ProxiedAddress | null }

const incomplete: ProxyHeader = { kind: 'incomplete' }
const malformed: ProxyHeader = { kind: 'malformed' }

export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const compared = Math.min(bytes.length, V2_SIGNATURE.length)
  if (bytes.subarray(0, compared).equals(V2_SIGNATURE.subarray(0, compared))) {
    return bytes.length < V2_HEADER ? incomplete : readV2(bytes)
  }
  return readV1(bytes)
}

function readV1(bytes: Buffer): ProxyHeader {
  const start = bytes.latin1Slice(0, Math.min(bytes.length, 6))
  if (start !== 'PROXY '.slice(0, start.length)) return malformed
  const end = bytes.indexOf('\r\n')
  if (end < 0) return bytes.length >= V1_LONGEST ? malformed : incomplete
  if (end + 2 > V1_LONGEST) return malformed
  const parts = bytes.latin1Slice(0, end).split(' ')
  if (parts[1] === 'UNKNOWN') return { kind: 'header', length: end + 2, address: null }
  const [, family, ip, localIp, port, localPort] = parts
  if ((family !== 'TCP4' && family !== 'TCP6') || parts.length !== 6) return malformed
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6
  if (!isAddress(ip!) || !isAddress(localIp!) || !isPort(port!) || !isPort(localPort!)) return malformed
  return {
    kind: 'header',
    length: end + 2,
    address: { ip: ip!, port: Number(port), localIp: localIp!, localPort: Number(localPort) },
  }
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65535
}

function readV2(bytes: Buffer): ProxyHeader {
  const version = bytes[12]! >> 4
  const command = bytes[12]! & 0x0f
  const size = bytes.readUInt16BE(14)
  if (version !== 2 || command > 1 || size > V2_LONGEST) return malformed
  const length = V2_HEADER + size
  if (bytes.length < length) return incomplete
  if (command === 0) return { kind: 'header', length, address: null }
  const family = bytes[13]!
  const body = bytes.subarray(V2_HEADER, length)
  if (family === 0x11 && size >= 12) {
    const ip = (at: number) => [...body.subarray(at, at + 4)].join('.')
    return {
      kind: 'header',
      length,
      address: { ip: ip(0), localIp: ip(4), port: body.readUInt16BE(8), localPort: body.readUInt16BE(10) },
    }
  }
  if (family === 0x21 && size >= 36) {
    const ip = (at: number) => Array.from({ length: 8 }, (_, i) => body.readUInt16BE(at + 2 * i).toString(16)).join(':')
    return {
      kind: 'header',
      length,
      address: { ip: ip(0), localIp: ip(16), port: body.readUInt16BE(32), localPort: body.readUInt16BE(34) },
    }
  }
  return { kind: 'header', length, address: null }
}
