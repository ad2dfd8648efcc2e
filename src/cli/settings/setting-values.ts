import { isIP } from 'node:net'
import type { ListenerSocket } from '../../app/settings.ts'
import type { Address } from '../../plane/plane.ts'
import { EXACT, type Exact, isExact } from '../../policy/exact.ts'
import { shownUrl } from '../../store/postgres/shown-url.ts'

/** Reads the text of one setting. Throws an Error that says what is expected; who calls adds setting and value. */
export type ParseText<T> = (text: string) => T

const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/

/** `HOST:PORT`, `[IPV6]:PORT` or `off` (null). Port 0 takes any free one. */
export function listenAddress(text: string): Address | null {
  if (text === 'off') return null
  const [, ipv6, name, digits] = HOST_PORT.exec(text) ?? []
  const host = ipv6 ?? name
  const port = Number(digits)
  if (host === undefined || port > 65535) {
    throw new Error('expected HOST:PORT (an IPv6 address in brackets) or off, such as 127.0.0.1:8000')
  }
  return { host, port }
}

/** `NAMESPACE/GATEWAY/LISTENER=HOST:PORT`, with `https://` before the host where TLS is spoken. */
export function listenerSocket(text: string): ListenerSocket {
  const [, listener, scheme, at] = /^([a-z0-9.-]+\/[a-z0-9.-]+\/[a-z0-9.-]+)=(https?:\/\/)?(.+)$/.exec(text) ?? []
  const address = at === undefined || at === 'off' ? null : listenAddress(at)
  if (listener === undefined || address === null) {
    throw new Error('expected NAMESPACE/GATEWAY/LISTENER=HOST:PORT, or …=https://HOST:PORT for a listener with TLS')
  }
  return { listener, secure: scheme === 'https://', address }
}

/** A name alone, as it stands in a URL: no scheme, no port, no wildcard. */
export function hostName(text: string): string {
  if (/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(text)) return text.toLowerCase()
  throw new Error('expected the name of a host, such as admin.example.com')
}

export function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'true') return true
  if (text === 'off' || text === 'false') return false
  throw new Error('expected on or off')
}

export function storeName(text: string): string {
  if (text === 'memory' || /^sqlite:./s.test(text)) return text
  if (isPostgres(text) && shownStore(text).endsWith('…'))
    throw new Error(`expected ${POSTGRES}, with what is special escaped`)
  if (isPostgres(text)) return text
  throw new Error(`expected memory, sqlite:FILE or ${POSTGRES}`)
}

const POSTGRES = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE'

export function isPostgres(store: string): boolean {
  return /^postgres(?:ql)?:/.test(store)
}

/** The store as it may be told in logs: without a password. */
export function shownStore(store: string): string {
  return isPostgres(store) ? shownUrl(store) : store
}

const SOURCES =
  'expected kong:FILE (a Kong declarative file, YAML or JSON) or kgateway:PATH (manifests of Gateway API and kgateway, a file or a folder), or kgateway:kube (a Kubernetes API server)'

export function sourceName(text: string): string {
  if (/^(?:kong|kgateway):./s.test(text)) return text
  if (/^(?:apisix|traefik|aws):/.test(text)) throw new Error(`this dialect is not supported yet: ${SOURCES}`)
  throw new Error(SOURCES)
}

export function addressRange(text: string): string {
  const [ip, bits, ...more] = text.split('/')
  const version = isIP(ip!)
  const good = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
  if (version === 0 || !good || more.length > 0) {
    throw new Error('expected an address or a range, such as 10.0.0.1 or 10.0.0.0/8')
  }
  return text
}

export function exactName(text: string): Exact {
  if (isExact(text)) return text
  throw new Error(`expected one of: ${EXACT.join(', ')}`)
}

export function workerCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new Error('expected a number of workers from 1 to 99')
}

export function optionalFileName(text: string): string | null {
  return text === '' ? null : text
}

export function fileName(text: string): string {
  if (text === '') throw new Error('expected the name of a file')
  return text
}

export function folderName(text: string): string {
  if (text === '') throw new Error('expected the name of a folder')
  return text
}
