/** A host as Kong reads it; `port` is null where none was given. */
export interface HostName {
  readonly type: 'ipv4' | 'ipv6' | 'name'
  /** IPv6 in full, lower case, without brackets. */
  readonly host: string
  readonly port: number | null
}
export type HostProblem = 'malformed' | 'port'

const NAME = /^[0-9A-Za-z._-]+$/

/**
 * Reads `name`, `name:port`, an IPv4 address, or an IPv6 address (in brackets when a port follows).
 *
 * @returns what was read, `port` for a port above 65535, `malformed` for anything else.
 */
export function readHost(text: string): HostName | HostProblem {
  const colons = text.split(':').length - 1
  if (colons > 1) return readIpv6(text)
  const match = /^(.*?)(?::(\d+))?$/s.exec(text)!
  const [, name = '', digits] = match
  const port = digits === undefined ? null : Number(digits)
  if (/^[\d.]+$/.test(text.replaceAll(':', ''))) {
    if (!isIpv4(name)) return 'malformed'
    return port !== null && port > 65535 ? 'port' : { type: 'ipv4', host: name.split('.').map(Number).join('.'), port }
  }
  if (port !== null && port > 65535) return 'port'
  return isName(name) ? { type: 'name', host: name, port } : 'malformed'
}

function isName(name: string): boolean {
  if (!NAME.test(name)) return false
  const labels = name.split('.')
  return labels.every((label, i) => (label !== '' || i === labels.length - 1) && !label.endsWith('-'))
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

function readIpv6(text: string): HostName | HostProblem {
  const match = /^\[([^\]]*)\](?::(\d+))?$/.exec(text)
  const groups = ipv6Groups(match ? match[1]! : text)
  if (!groups) return 'malformed'
  const port = match?.[2] === undefined ? null : Number(match[2])
  if (port !== null && port > 65535) return 'port'
  return { type: 'ipv6', host: groups.join(':'), port }
}

/** The eight groups of an IPv6 address in full, or null. */
export function ipv6Groups(text: string): string[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const split = (half: string) => (half === '' ? [] : half.split(':'))
  const [head, tail] = [split(halves[0]!), split(halves[1] ?? '')]
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<string>(halves.length === 1 ? 0 : missing).fill('0'), ...tail]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return groups.map((group) => group.toLowerCase().padStart(4, '0'))
}

/** True for an address, or a range of addresses in CIDR notation. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false
  if (isIpv4(address)) return bits === undefined || Number(bits) <= 32
  return ipv6Groups(address) !== null && (bits === undefined || Number(bits) <= 128)
}
