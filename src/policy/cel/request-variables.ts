import type { CelInput, CelMap } from '@bufbuild/cel'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { dashedId } from '../../base/dashed-id.ts'
import { wireText } from '../../base/wire-text.ts'
import type { Exchange } from '../exchange.ts'
import { requestPath, requestTarget } from '../request-path.ts'
import { destinationAddress, sourceAddress } from '../substitution/operators.ts'
import { celObject, celValue } from './json-value.ts'
import { peerCertificate } from './peer-certificate.ts'

const PROTOCOLS = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2' } as const
const NOTHING = celObject(new Map())

/** Bytes as text; what is no UTF-8 shows as U+FFFD and equals nothing that a rule would name. */
function text(bytes: string): string {
  return wireText(bytes) ?? Buffer.from(bytes, 'latin1').toString('utf8')
}
function headerText(exchange: Exchange, name: string): string | undefined {
  const values = exchange.headerValues(name)
  if (values.length > 0) return text(values.length === 1 ? values[0]! : values.join(','))
  switch (name) {
    case 'host':
    case ':authority':
      return exchange.host
    case ':path':
      return requestTarget(exchange)
    case ':method':
      return exchange.method
    case ':scheme':
      return exchange.scheme
    case 'x-request-id':
      return dashedId(exchange.id)
    default:
      return undefined
  }
}

/** The request's headers by name, whatever its case; repeated ones joined with commas. Looked up when they are asked for. */
class Headers extends Map<string, CelInput> {
  readonly #exchange: Exchange
  readonly #absent: null | undefined

  /** @param absent what a header is that is not there: nothing (an error to ask for), or null. */
  constructor(exchange: Exchange, absent: null | undefined) {
    super()
    this.#exchange = exchange
    this.#absent = absent
  }
  override get(name: string): CelInput | undefined {
    return headerText(this.#exchange, name.toLowerCase()) ?? this.#absent
  }
  override has(name: string): boolean {
    return headerText(this.#exchange, name.toLowerCase()) !== undefined
  }
  #all(): Map<string, CelInput> {
    const names = [':method', ':path', ':scheme', ':authority', ...this.#exchange.headerPairs().map(([name]) => name)]
    return new Map(names.filter((name) => name !== 'host').map((name) => [name, this.get(name)!]))
  }
  override get size(): number {
    return this.#all().size
  }
  override keys(): MapIterator<string> {
    return this.#all().keys()
  }
  override values(): MapIterator<CelInput> {
    return this.#all().values()
  }
  override entries(): MapIterator<[string, CelInput]> {
    return this.#all().entries()
  }
  override [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries()
  }
}

/** Dynamic metadata by namespace. */
class Metadata extends Map<string, CelInput> {
  readonly #shared: ReadonlyMap<string, unknown>
  constructor({ shared }: Exchange) {
    super()
    this.#shared = shared
  }
  override get(namespace: string): CelInput | undefined {
    const fields = this.#shared.get(namespace)
    return typeof fields === 'object' && fields !== null ? celValue(fields) : undefined
  }
  #all(): Map<string, CelInput> {
    const entries = [...this.#shared.keys()].map((namespace) => [namespace, this.get(namespace)] as const)
    return new Map(entries.filter((entry): entry is [string, CelInput] => entry[1] !== undefined))
  }
  override get size(): number {
    return this.#all().size
  }
  override keys(): MapIterator<string> {
    return this.#all().keys()
  }
  override entries(): MapIterator<[string, CelInput]> {
    return this.#all().entries()
  }
}

/**
 * Envoy's attributes of a request, as they are when it is judged: each made when an expression asks for it.
 *
 * Names with a dot are there for speed: the library looks for `request.path` as one name before it looks for `request`.
 */
export class RequestVariables {
  readonly #exchange: Exchange
  readonly #absentHeader: null | undefined

  /** @param absentHeader what `request.headers[x]` is without such a header: undefined, so that asking is an error, or null. */
  constructor(exchange: Exchange, absentHeader: null | undefined) {
    this.#exchange = exchange
    this.#absentHeader = absentHeader
  }

  get 'request.headers'(): CelMap {
    return headerMap(new Headers(this.#exchange, this.#absentHeader))
  }
  get 'request.path'(): string {
    return requestTarget(this.#exchange)
  }
  get 'request.url_path'(): string {
    return requestPath(this.#exchange)
  }
  get 'request.method'(): string {
    return this.#exchange.method
  }
  get 'request.host'(): string {
    return this.#exchange.host
  }
  get request(): CelMap {
    const exchange = this.#exchange
    const fields = new Map<string, CelInput>([
      ['headers', this['request.headers']],
      ['path', this['request.path']],
      ['url_path', this['request.url_path']],
      ['method', exchange.method],
      ['host', exchange.host],
      ['scheme', exchange.scheme],
      ['protocol', PROTOCOLS[exchange.httpVersion]],
      ['query', exchange.query],
      ['id', exchange.header('x-request-id') ?? dashedId(exchange.id)],
      ['time', timestampFromMs(exchange.now)],
      ...sizes(exchange),
    ])
    for (const [name, header] of [
      ['referer', 'referer'],
      ['useragent', 'user-agent'],
    ] as const) {
      const value = exchange.header(header)
      if (value !== undefined) fields.set(name, text(value))
    }
    return celObject(fields)
  }

  get 'source.address'(): string {
    return sourceAddress(this.#exchange)
  }
  get source(): CelMap {
    const { ip, port } = this.#exchange.connection
    return celObject(
      new Map<string, CelInput>([
        ['address', this['source.address']],
        ['port', BigInt(this.#exchange.clientIp === ip ? port : 0)],
      ]),
    )
  }
  get destination(): CelMap {
    return celObject(
      new Map<string, CelInput>([
        ['address', destinationAddress(this.#exchange)],
        ['port', BigInt(this.#exchange.connection.localPort)],
      ]),
    )
  }

  get connection(): CelMap {
    const { connection, clientCertificate } = this.#exchange
    const fields = new Map<string, CelInput>([
      ['mtls', clientCertificate !== null],
      ['requested_server_name', connection.sni ?? ''],
    ])
    if (connection.tls !== undefined) fields.set('tls_version', connection.tls.version)
    if (clientCertificate !== null) {
      const { subject, uriSan, dnsSan, digest } = peerCertificate(clientCertificate)
      fields.set('subject_peer_certificate', subject)
      fields.set('sha256_peer_certificate_digest', digest)
      if (uriSan !== undefined) fields.set('uri_san_peer_certificate', uriSan)
      if (dnsSan !== undefined) fields.set('dns_san_peer_certificate', dnsSan)
    }
    return celObject(fields)
  }

  get 'metadata.filter_metadata'(): CelMap {
    return celObject(new Metadata(this.#exchange))
  }
  get metadata(): CelMap {
    return celObject(new Map([['filter_metadata', this['metadata.filter_metadata']]]))
  }

  /** There is no answer, and no service was chosen, when a request is judged. */
  get response(): CelMap {
    return NOTHING
  }
  get upstream(): CelMap {
    return NOTHING
  }
  get filter_state(): CelMap {
    return NOTHING
  }
}

/** An absent header may read as null; `has` and `in` still tell that it is not there. */
function headerMap(headers: Headers): CelMap {
  const map = celObject(headers)
  map.has = (name) => typeof name === 'string' && headers.has(name)
  return map
}

/** Sizes in bytes: of the body as announced, of the headers, of both. */
function sizes(exchange: Exchange): [string, bigint][] {
  const body = BigInt(/^\d+$/.exec(exchange.header('content-length') ?? '')?.[0] ?? 0)
  let headers = 0
  for (const [name, value] of exchange.headerPairs()) headers += name.length + value.length
  return [
    ['size', body],
    ['headers_bytes', BigInt(headers)],
    ['total_size', body + BigInt(headers)],
  ]
}
