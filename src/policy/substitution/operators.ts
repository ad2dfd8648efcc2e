import { hostname } from 'node:os'
import { dashedId } from '../../base/dashed-id.ts'
import type { Exchange, ResponseView } from '../exchange.ts'
import { metadataAt } from '../metadata.ts'
import { requestPath, requestTarget } from '../request-path.ts'
import type { Operator } from './parse.ts'
import { startTime } from './start-time.ts'

/** A byte string or a number; undefined where the request has no such thing. */
export type OperatorValue = string | number | undefined

/** Reads one thing off a request; off its answer too, where there is one already. */
export type ReadOperator = (exchange: Exchange, response: ResponseView | null) => OperatorValue

/** How an operator is made from its argument; a text says what is wrong with it. */
type Make = (argument: string | null) => ReadOperator | string

const HOSTNAME = hostname()
const PROTOCOLS = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2' } as const

/** Address and port as Envoy writes them. The port is known where the address is the peer's own. */
function withPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Where a request says it comes from and goes to: `source.address` and `destination.address` of Envoy's attributes. */
export function sourceAddress(exchange: Exchange): string {
  const { ip, port } = exchange.connection
  return withPort(exchange.clientIp, exchange.clientIp === ip ? port : 0)
}
export function destinationAddress({ connection }: Exchange): string {
  return withPort(connection.localIp, connection.localPort)
}

function requestHeader(exchange: Exchange, name: string): string | undefined {
  switch (name) {
    case ':path':
      return requestTarget(exchange)
    case ':authority':
    case 'host':
      return exchange.host
    case ':method':
      return exchange.method
    case ':scheme':
    case 'x-forwarded-proto':
      return exchange.peerTrusted ? (exchange.header('x-forwarded-proto') ?? exchange.scheme) : exchange.scheme
    default:
      return exchange.header(name)
  }
}

/** `first?second`: the second where there is no first. */
function headerOf(argument: string | null, read: (name: string) => ReadOperator): ReadOperator | string {
  const [first, second, ...more] = (argument ?? '').toLowerCase().split('?')
  if (first === undefined || first === '' || more.length > 0) return 'expected NAME or NAME?OTHER'
  if (second === undefined || second === '') return read(first)
  return (exchange, response) => read(first)(exchange, response) ?? read(second)(exchange, response)
}

const plain =
  (read: ReadOperator): Make =>
  (argument) =>
    argument === null ? read : 'takes no argument'

const OPERATORS: Readonly<Record<string, Make>> = {
  REQ: (argument) => headerOf(argument, (name) => (exchange) => requestHeader(exchange, name)),
  RESP: (argument) => headerOf(argument, (name) => (_, response) => response?.header(name)),
  RESPONSE_CODE: plain((_, response) => response?.status ?? 0),
  PROTOCOL: plain((exchange) => PROTOCOLS[exchange.httpVersion]),
  PATH: (argument) => {
    if (argument === 'NQ') return requestPath
    return argument === null || argument === 'WQ' ? requestTarget : 'expected WQ or NQ'
  },
  QUERY_PARAM: (argument) => {
    if (argument === null || argument === '') return 'expected the name of a query argument'
    return (exchange) => {
      const [value] = exchange.queryValues(argument)
      return value === true ? '' : value
    }
  },
  START_TIME: (argument) => startTime(argument ?? ''),
  STREAM_ID: plain((exchange) => dashedId(exchange.id)),
  HOSTNAME: plain(() => HOSTNAME),
  REQUESTED_SERVER_NAME: plain(({ connection }) => connection.sni ?? undefined),
  DOWNSTREAM_REMOTE_ADDRESS: plain(sourceAddress),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: plain(({ clientIp }) => clientIp),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: plain(({ connection }) => withPort(connection.ip, connection.port)),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: plain(({ connection }) => connection.ip),
  DOWNSTREAM_LOCAL_ADDRESS: plain(destinationAddress),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: plain(({ connection }) => connection.localIp),
  DOWNSTREAM_LOCAL_PORT: plain(({ connection }) => connection.localPort),
  DOWNSTREAM_TLS_VERSION: plain(({ connection }) => connection.tls?.version),
  DOWNSTREAM_TLS_CIPHER: plain(({ connection }) => connection.tls?.cipher),
  DYNAMIC_METADATA: (argument) => {
    const path = (argument ?? '').split(':')
    if (path.some((key) => key === '')) return 'expected NAMESPACE or NAMESPACE:KEY:…'
    return (exchange) => {
      const value = metadataAt(exchange, path)
      if (value === undefined || value === null) return undefined
      if (typeof value === 'number') return value
      return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8').toString('latin1')
    }
  },
}

/** @returns how to read it; or what is wrong, as text. */
export function readOperator({ name, argument, length }: Operator): ReadOperator | string {
  const make = Object.hasOwn(OPERATORS, name) ? OPERATORS[name]! : null
  if (make === null) return `%${name}% is not known here: one of ${Object.keys(OPERATORS).join(', ')}`
  const read = make(argument)
  if (typeof read === 'string') return `%${name}%: ${read}`
  if (length === null) return read
  return (exchange, response) => {
    const value = read(exchange, response)
    return typeof value === 'string' ? value.slice(0, length) : value
  }
}
