import { blockValues, type HeaderBlock, withoutLines } from '../base/header-block.ts'
import type { ConnectionInfo, Exchange, ResponseView } from '../policy/exchange.ts'
import { Principal } from '../policy/identity.ts'
import type { Refusal } from '../policy/wire.ts'
import type { CompiledRoute, Match, Matchable } from '../snapshot/route.ts'
import type { ClientFacts } from './client-side.ts'
import { headerPairs } from './header-pairs.ts'
import { role } from './http1/header-roles.ts'
import type { RequestHead } from './http1/message-head.ts'
import { requestId } from './request-id.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** One character a byte, none of them a control character: what may be joined to a head. */
const BYTES = /^[\t\x20-\x7e\x80-\xff]*$/

/** What may stand in a request line: printable ASCII without what ends the part. */
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/
const QUERY = /^[\x21\x22\x24-\x7e]*$/
const HOST = /^[0-9A-Za-z._~%:[\]-]+$/

/** Lines that only the plane may write: a second one would make two messages of one, or one of two. */
const FRAMING: ReadonlySet<string> = new Set(
  'connection content-length host keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
)

/** @throws TypeError: a policy that would write anything else would forge lines. */
function checkHeader(name: string, value: string): void {
  if (FRAMING.has(name.toLowerCase())) throw new TypeError(`not a policy's to write: the header ${name}`)
  if (!TOKEN.test(name)) throw new TypeError(`not a header name: ${JSON.stringify(name)}`)
  if (!BYTES.test(value))
    throw new TypeError(`not a value for the header ${name}: it has control characters or is no byte string`)
}

/** Changes to a response's headers, in the order they were asked for. */
export interface ResponseChange {
  readonly op: 'set' | 'add' | 'drop'
  readonly name: string
  readonly value: string
}

/** One request and its answer: what policies see (`Exchange`), what matchers see (`Matchable`), and the plane's own notes. */
export class HttpExchange implements Exchange, Matchable {
  readonly now: number
  /** Monotonic milliseconds when the head was complete. */
  readonly startedAt: number
  readonly head: RequestHead
  readonly facts: ClientFacts
  readonly method: string
  readonly rawPath: string
  readonly path: string
  hasQuery: boolean
  readonly principal = new Principal()
  query: string
  route: CompiledRoute | null = null
  match: Match | null = null
  /** What policies chose in place of the client's own; null where none did. */
  forwardedMethod: string | null = null
  forwardedPath: string | null = null
  forwardedHost: string | null = null
  #querySet = false
  /** Another body in place of the client's. */
  replacedBody: Uint8Array | null = null
  collectedBody: Uint8Array | null = null
  /** What came of the body before the chain ran, also of one too large to be collected. */
  collectedPieces: readonly Uint8Array[] = []
  /** The most body to forward, and what is said of more. */
  bodyLimit: { readonly bytes: number; readonly refusal: Refusal } | null = null
  /** Headers that a policy set, for which the route is to be chosen anew. */
  matchAgainBy: readonly string[] | null = null
  responseChanges: ResponseChange[] | null = null
  /** For the log: which policy refused, and why. */
  refusedBy: string | null = null
  reasonCode: string | null = null
  refusalNote: string | null = null
  #id = ''
  #shared: Map<string, unknown> | null = null
  #set: Map<string, string> | null = null
  #appended: Map<string, string[]> | null = null
  /** Names that policies set or dropped: what they say there goes before what we would tell of the caller. */
  #touched: string[] | null = null
  #blocks: HeaderBlock[] | null = null
  #query: Map<string, (string | true)[]> | null = null
  #hostname: string | null = null

  constructor(
    head: RequestHead,
    facts: ClientFacts,
    target: { readonly path: string; readonly query: string; readonly hasQuery: boolean },
    path: string,
    now: number,
    startedAt: number,
  ) {
    this.head = head
    this.facts = facts
    this.method = head.method
    this.rawPath = target.path
    this.path = path
    this.query = target.query
    this.hasQuery = target.hasQuery
    this.now = now
    this.startedAt = startedAt
  }

  get id(): string {
    if (this.#id === '') this.#id = requestId()
    return this.#id
  }

  get shared(): Map<string, unknown> {
    this.#shared ??= new Map()
    return this.#shared
  }

  get listener(): string {
    return this.facts.listener
  }

  get scheme(): 'http' | 'https' {
    return this.facts.scheme
  }

  get target(): string {
    return this.head.target
  }

  get httpVersion(): '1.0' | '1.1' | '2' {
    return this.facts.http2 ? '2' : this.head.minor === 0 ? '1.0' : '1.1'
  }

  get host(): string {
    const at = this.head.firstWithRole(role.host)
    return at < 0 ? '' : this.head.valueAt(at)
  }

  get hostname(): string {
    if (this.#hostname === null) {
      const host = this.host
      const colon = host.lastIndexOf(':')
      this.#hostname = colon < 0 || host.endsWith(']') ? host : host.slice(0, colon)
    }
    return this.#hostname
  }

  get hostPort(): number {
    const port = this.host.slice(this.hostname.length + 1)
    return port === '' ? this.facts.localPort : Number(port)
  }

  get clientIp(): string {
    return this.facts.trusted ? (this.#vouchedIp() ?? this.facts.ip) : this.facts.ip
  }

  get peerTrusted(): boolean {
    return this.facts.trusted
  }

  get clientPort(): number {
    return this.facts.port
  }

  get localIp(): string {
    return this.facts.localIp
  }

  get localPort(): number {
    return this.facts.localPort
  }

  get sni(): string | null {
    return this.facts.sni
  }

  get connection(): ConnectionInfo {
    return this.facts
  }

  get clientCertificate(): Uint8Array | null {
    return this.facts.certificate
  }

  /** X-Real-IP of a trusted proxy. */
  #vouchedIp(): string | undefined {
    const at = this.head.firstWithRole(role.realIp)
    return at < 0 ? undefined : this.head.valueAt(at)
  }

  header(name: string): string | undefined {
    return this.#set?.get(name) ?? this.head.header(name) ?? this.#made(name)[0] ?? this.#appended?.get(name)?.[0]
  }

  headerValues(name: string): readonly string[] {
    const set = this.#set?.get(name)
    const values = set === undefined ? this.head.headerValues(name) : [set]
    const appended = this.#appended?.get(name)
    if (this.#blocks === null && appended === undefined) return values
    return [...values, ...this.#made(name), ...(appended ?? [])]
  }

  headerPairs(): readonly (readonly [string, string])[] {
    return [...this.head.pairs(), ...headerPairs(this.addedLines() + this.appendedLines())]
  }

  /** Values in ready-made lines. */
  #made(name: string): readonly string[] {
    return this.#blocks === null ? [] : this.#blocks.flatMap((block) => blockValues(block, name))
  }

  queryValues(name: string): readonly (string | true)[] {
    if (this.query === '') return []
    if (this.#query === null) {
      this.#query = new Map()
      for (const argument of this.query.split('&')) {
        if (argument === '') continue
        const equals = argument.indexOf('=')
        const key = queryText(equals < 0 ? argument : argument.slice(0, equals))
        const value = equals < 0 ? true : queryText(argument.slice(equals + 1))
        const values = this.#query.get(key)
        if (values === undefined) this.#query.set(key, [value])
        else values.push(value)
      }
    }
    return this.#query.get(name) ?? []
  }

  cookie(name: string): string | undefined {
    for (const header of this.headerValues('cookie')) {
      for (const pair of header.split(';')) {
        const equals = pair.indexOf('=')
        if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
      }
    }
    return undefined
  }

  captures(): Readonly<Record<string, string>> | null {
    return this.match?.captures() ?? null
  }

  body(): Uint8Array | null {
    return this.collectedBody
  }

  bodyStart(): Uint8Array {
    return this.collectedBody ?? Buffer.concat(this.collectedPieces)
  }

  setHeader(name: string, value: string): void {
    checkHeader(name, value)
    const lower = name.toLowerCase()
    this.head.remove(lower)
    this.#unmake(lower)
    this.#touch(lower)
    this.#appended?.delete(lower)
    this.#set ??= new Map()
    this.#set.set(lower, value)
  }

  appendHeader(name: string, value: string): void {
    checkHeader(name, value)
    const lower = name.toLowerCase()
    this.#appended ??= new Map()
    const values = this.#appended.get(lower)
    if (values === undefined) this.#appended.set(lower, [value])
    else values.push(value)
  }

  addHeaders(block: HeaderBlock): void {
    for (const name of block.names) {
      this.head.remove(name)
      this.#set?.delete(name)
      this.#appended?.delete(name)
    }
    this.#blocks ??= []
    this.#blocks.push(block)
  }

  dropHeader(name: string): void {
    if (FRAMING.has(name.toLowerCase())) return
    this.head.remove(name)
    this.#set?.delete(name)
    this.#appended?.delete(name)
    this.#unmake(name)
    this.#touch(name)
  }

  /** Takes a header out of the ready-made lines. */
  #unmake(name: string): void {
    if (this.#blocks !== null) this.#blocks = this.#blocks.map((block) => withoutLines(block, [name]))
  }

  #touch(name: string): void {
    this.#touched ??= []
    this.#touched.push(name)
  }

  /** Lines that tell of the caller, without those that a policy decided otherwise about. */
  toldLines(block: HeaderBlock): string {
    return this.#touched === null ? block.text : withoutLines(block, this.#touched).text
  }

  dropQuery(name: string): void {
    if (this.query === '') return
    const kept: string[] = []
    let dropped = false
    for (const argument of this.query.split('&')) {
      const equals = argument.indexOf('=')
      const key = queryText(equals < 0 ? argument : argument.slice(0, equals))
      if (key === name) dropped = true
      else if (argument !== '')
        kept.push(`${queryEscape(key)}=${equals < 0 ? '' : queryEscape(queryText(argument.slice(equals + 1)))}`)
    }
    if (!dropped) return
    // as Kong does: once an argument is taken out, the rest is written anew
    this.query = kept.join('&')
    this.#query = null
  }

  setMethod(method: string): void {
    if (!TOKEN.test(method)) throw new TypeError('not a method')
    this.forwardedMethod = method
  }

  setPath(path: string): void {
    if (!PATH.test(path)) throw new TypeError('not a path')
    this.forwardedPath = path
  }

  setQuery(query: string): void {
    if (!QUERY.test(query)) throw new TypeError('not a query')
    this.query = query
    this.#query = null
    this.#querySet = true
    this.hasQuery = query !== ''
  }

  setHost(host: string): void {
    if (!HOST.test(host)) throw new TypeError('not a host')
    this.forwardedHost = host
  }

  replaceBody(body: Uint8Array): void {
    this.replacedBody = body
  }

  matchAgain(headers: readonly string[]): void {
    this.matchAgainBy = headers
  }

  limitBody(bytes: number, refusal: Refusal): void {
    if (this.bodyLimit === null || bytes < this.bodyLimit.bytes) this.bodyLimit = { bytes, refusal }
  }

  setResponseHeader(name: string, value: string): void {
    this.#change('set', name, value)
  }

  addResponseHeader(name: string, value: string): void {
    this.#change('add', name, value)
  }

  dropResponseHeader(name: string): void {
    if (!FRAMING.has(name.toLowerCase())) this.#change('drop', name, '')
  }

  #change(op: ResponseChange['op'], name: string, value: string): void {
    checkHeader(name, value)
    this.responseChanges ??= []
    this.responseChanges.push({ op, name, value })
  }

  /** Header lines that policies made for the service. */
  addedLines(): string {
    let lines = ''
    if (this.#blocks !== null) for (const block of this.#blocks) lines += block.text
    if (this.#set !== null) for (const [name, value] of this.#set) lines += `${name}: ${value}\r\n`
    return lines
  }

  /** Header lines that stand behind those of the client, whose names they may share. */
  appendedLines(): string {
    let lines = ''
    if (this.#appended === null) return lines
    for (const [name, values] of this.#appended) for (const value of values) lines += `${name}: ${value}\r\n`
    return lines
  }

  /** The query as it is forwarded, with its `?`. */
  forwardedQuery(): string {
    if (!this.hasQuery) return ''
    // `?` alone stays; a query whose last argument a policy removed leaves nothing behind
    return this.query === '' && (this.#querySet || this.#queryEmptied) ? '' : `?${this.query}`
  }

  get #queryEmptied(): boolean {
    return !this.head.target.endsWith('?')
  }
}

/** Percent-decoding of a query name or value (`+` is a blank); malformed escapes stay as they are. Bytes as latin1. */
function queryText(raw: string): string {
  if (!raw.includes('%') && !raw.includes('+')) return raw
  return raw
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Bytes (latin1) as form-encoded text. */
function queryEscape(text: string): string {
  return text.replace(/[^0-9A-Za-z\-._~]/g, (char) =>
    char === ' ' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** What `response` and `record` steps see. */
export class ResponseSeen implements ResponseView {
  status: number
  readonly generated: boolean
  readonly #header: (name: string) => string | undefined

  constructor(status: number, generated: boolean, header: (name: string) => string | undefined) {
    this.status = status
    this.generated = generated
    this.#header = header
  }

  header(name: string): string | undefined {
    return this.#header(name)
  }
}
