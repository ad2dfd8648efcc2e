/**
 * What a policy's tests need: an exchange, a directory and a clock that are plain memory. Requests are written as
 * small literals, and what the policy did can be read off the fake afterwards.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { HeaderBlock } from '../base/header-block.ts'
import type { Consumer, Credential, Directory, Stamp } from './directory.ts'
import { type EntityOutcome, type EntityWrite, nowhere, OwnEntities } from './entities.ts'
import { NOTHING_EXACT } from './exact.ts'
import type { ConnectionInfo, Exchange, ResponseView, RouteInfo } from './exchange.ts'
import { type Identity, Principal } from './identity.ts'
import type { HeaderPairs, Outcome } from './outcome.ts'
import type { AnyPolicy, CompiledPolicy, EntityDefinition, PolicyLog, Tools } from './policy.ts'
import { Registry } from './registry.ts'
import type { Verdict } from './verdict.ts'
import type { Refusal } from './wire.ts'

/** A clock that stands still until it is set. */
export class FakeClock implements Clock {
  time: number
  constructor(time = 1_700_000_000_000) {
    this.time = time
  }
  now(): number {
    return this.time
  }
}

/** A request, as little of it as the test is about. Header values and bodies are latin1 strings: bytes. */
export interface FakeRequest {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** Of a body too large to be collected. */
  readonly bodyStart?: string
  readonly now?: number
  readonly clientIp?: string
  readonly connection?: Partial<ConnectionInfo>
  readonly host?: string
  /** DER. */
  readonly clientCertificate?: Uint8Array
  readonly scheme?: 'http' | 'https'
  readonly peerTrusted?: boolean
  readonly route?: RouteInfo
  /** Who earlier policies found. */
  readonly identities?: readonly Identity[]
  readonly httpVersion?: Exchange['httpVersion']
  readonly captures?: Readonly<Record<string, string>>
}

/** Records what a policy does to it: `upstream` towards the service, `client` towards the caller. */
export class FakeExchange implements Exchange {
  readonly id = '0123456789abcdef0123456789abcdef'
  readonly now: number
  readonly method: string
  readonly path: string
  readonly query: string
  readonly target: string
  readonly httpVersion: Exchange['httpVersion']
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly hostPort = 8000
  readonly clientIp: string
  readonly peerTrusted: boolean
  readonly route: RouteInfo | null
  readonly principal = new Principal()
  readonly shared = new Map<string, unknown>()
  readonly clientCertificate: Uint8Array | null
  readonly connection: ConnectionInfo
  readonly upstream = {
    set: {} as Record<string, string>,
    appended: [] as [string, string][],
    blocks: [] as HeaderBlock[],
    droppedHeaders: [] as string[],
    droppedQuery: [] as string[],
    body: null as string | null,
    method: null as string | null,
    path: null as string | null,
    query: null as string | null,
    host: null as string | null,
    matchAgain: null as readonly string[] | null,
    bodyLimit: null as { readonly bytes: number; readonly refusal: Refusal } | null,
  }
  readonly client = { set: {} as Record<string, string>, added: [] as [string, string][], dropped: [] as string[] }
  readonly #headers: Map<string, readonly string[]>
  readonly #body: Uint8Array | null
  readonly #bodyStart: Uint8Array | null
  readonly #captures: Readonly<Record<string, string>> | null

  constructor(request: FakeRequest = {}) {
    this.now = request.now ?? 1_700_000_000_000
    this.method = request.method ?? 'GET'
    this.path = request.path ?? '/'
    this.query = request.query ?? ''
    this.target = this.query === '' ? this.path : `${this.path}?${this.query}`
    this.httpVersion = request.httpVersion ?? '1.1'
    this.#captures = request.captures ?? null
    this.scheme = request.scheme ?? 'http'
    this.peerTrusted = request.peerTrusted ?? false
    this.clientIp = request.clientIp ?? '192.0.2.1'
    this.host = request.host ?? 'gateway.test'
    this.clientCertificate = request.clientCertificate ?? null
    const ends = { ip: this.clientIp, port: 50_000, localIp: '192.0.2.100', localPort: 8000 }
    this.connection = { ...ends, sni: null, ...request.connection }
    this.route = request.route ?? null
    this.#headers = new Map(
      Object.entries(request.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        typeof value === 'string' ? [value] : value,
      ]),
    )
    const { body, bodyStart } = request
    this.#bodyStart = bodyStart === undefined ? null : Buffer.from(bodyStart, 'latin1')
    this.#body = body === undefined ? null : typeof body === 'string' ? Buffer.from(body, 'latin1') : body
    for (const identity of request.identities ?? []) this.principal.add(identity)
  }

  header(name: string): string | undefined {
    return this.#headers.get(name)?.[0]
  }
  headerValues(name: string): readonly string[] {
    return this.#headers.get(name) ?? []
  }
  headerPairs(): readonly (readonly [string, string])[] {
    return [...this.#headers].flatMap(([name, values]) => values.map((value) => [name, value] as const))
  }
  queryValues(name: string): readonly (string | true)[] {
    const values: (string | true)[] = []
    for (const argument of this.query.split('&')) {
      const equals = argument.indexOf('=')
      if (percentDecoded(equals === -1 ? argument : argument.slice(0, equals)) !== name) continue
      values.push(equals === -1 ? true : percentDecoded(argument.slice(equals + 1)))
    }
    return values
  }
  cookie(name: string): string | undefined {
    for (const pair of (this.header('cookie') ?? '').split(/; */)) {
      if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1)
    }
    return undefined
  }
  captures(): Readonly<Record<string, string>> | null {
    return this.#captures
  }
  body(): Uint8Array | null {
    return this.#body
  }
  bodyStart(): Uint8Array {
    return this.#body ?? this.#bodyStart ?? new Uint8Array()
  }

  setHeader(name: string, value: string): void {
    this.upstream.set[name.toLowerCase()] = sendable(value)
  }
  appendHeader(name: string, value: string): void {
    this.upstream.appended.push([name.toLowerCase(), sendable(value)])
  }
  addHeaders(block: HeaderBlock): void {
    this.upstream.blocks.push(block)
  }
  dropHeader(name: string): void {
    this.upstream.droppedHeaders.push(name.toLowerCase())
  }
  dropQuery(name: string): void {
    this.upstream.droppedQuery.push(name)
  }
  setMethod(method: string): void {
    this.upstream.method = method
  }
  setPath(path: string): void {
    this.upstream.path = path
  }
  setQuery(query: string): void {
    this.upstream.query = query
  }
  setHost(host: string): void {
    this.upstream.host = host
  }
  replaceBody(body: Uint8Array): void {
    this.upstream.body = Buffer.from(body).toString('latin1')
  }
  matchAgain(headers: readonly string[]): void {
    this.upstream.matchAgain = headers
  }
  limitBody(bytes: number, refusal: Refusal): void {
    this.upstream.bodyLimit = { bytes, refusal }
  }

  setResponseHeader(name: string, value: string): void {
    this.client.set[name.toLowerCase()] = sendable(value)
  }
  addResponseHeader(name: string, value: string): void {
    this.client.added.push([name.toLowerCase(), sendable(value)])
  }
  dropResponseHeader(name: string): void {
    this.client.dropped.push(name.toLowerCase())
  }
}

/** Percent-decoded bytes, `+` for a space, as a latin1 string. */
function percentDecoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

/** @throws TypeError as the real exchange does, on what can't be a header value. */
function sendable(value: string): string {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new TypeError('not a header value')
  return value
}

export class FakeResponse implements ResponseView {
  readonly status: number
  readonly generated: boolean
  readonly #headers: Readonly<Record<string, string>>
  constructor(status = 200, headers: Readonly<Record<string, string>> = {}, generated = false) {
    this.status = status
    this.generated = generated
    this.#headers = headers
  }
  header(name: string): string | undefined {
    return this.#headers[name]
  }
}

interface FakeRow extends Credential {
  readonly key: string | null
  readonly secondKey: string | null
}

/** Consumers and credentials in plain maps; changing or removing one makes its stamp stale, as in the real one. */
export class FakeDirectory implements Directory {
  /** Counts `credential` look-ups, so that a test can tell a cache hit. */
  lookups = 0
  readonly #generations: number[] = []
  readonly #consumers: Consumer[] = []
  readonly #credentials: FakeRow[] = []

  addConsumer(fields: { id?: string; username?: string | null; customId?: string | null } = {}): Consumer {
    const stamp = this.#newStamp()
    const id = fields.id ?? `00000000-0000-4000-8000-${String(stamp.row).padStart(12, '0')}`
    const consumer = { id, username: fields.username ?? null, customId: fields.customId ?? null, stamp }
    this.#consumers.push(consumer)
    return consumer
  }
  /** @param key the value it is looked up by; null when it is found through its consumer only. */
  addCredential(
    kind: string,
    key: string | null,
    fields: Readonly<Record<string, unknown>>,
    consumer: Consumer | null,
    more: { id?: string; secondKey?: string | null; parent?: Credential | null; expiresAt?: number | null } = {},
  ): Credential {
    const stamp = this.#newStamp()
    const { id = `credential-${stamp.row}`, secondKey = null, parent = null, expiresAt = null } = more
    const row = {
      id,
      kind,
      key,
      secondKey,
      fields,
      consumer: consumer ?? parent?.consumer ?? null,
      parent,
      expiresAt,
      stamp,
    }
    this.#credentials.push(row)
    return row
  }
  /** Forgets a consumer or credential. */
  remove({ stamp }: { readonly stamp: Stamp }): void {
    this.#generations[stamp.row] = stamp.generation + 1
  }

  credential(kind: string, key: string): Credential | null {
    this.lookups++
    return this.#find((row) => row.kind === kind && row.key === key)
  }
  credentialBySecond(kind: string, key: string): Credential | null {
    this.lookups++
    return this.#find((row) => row.kind === kind && row.secondKey === key)
  }
  credentialsOf(consumer: Consumer, kind: string): readonly Credential[] {
    return this.#credentials.filter(
      (row) => row.kind === kind && row.consumer?.id === consumer.id && this.isCurrent(row.stamp),
    )
  }
  consumer(id: string): Consumer | null {
    return this.#consumers.find((consumer) => consumer.id === id && this.isCurrent(consumer.stamp)) ?? null
  }
  consumerNamed(name: string): Consumer | null {
    return this.consumer(name) ?? this.#consumers.find((consumer) => consumer.username === name) ?? null
  }
  isCurrent({ row, generation }: Stamp): boolean {
    return this.#generations[row] === generation
  }

  credentialWithId(id: string): Credential | null {
    return this.#find((row) => row.id === id)
  }

  #find(isMeant: (row: FakeRow) => boolean): Credential | null {
    const found = this.#credentials.find((row) => isMeant(row) && this.isCurrent(row.stamp))
    if (found === undefined || found.parent === null || this.isCurrent(found.parent.stamp)) return found ?? null
    return { ...found, parent: null, consumer: null }
  }

  #newStamp(): Stamp {
    return { row: this.#generations.push(0) - 1, generation: 0 }
  }
}

/**
 * Writes of a policy that show in a directory at once. Rows are filled in as a dialect would: defaults, what is auto,
 * `created_at` by the clock; a row that points at another belongs to it.
 */
export class FakeEntities {
  readonly entities: OwnEntities
  /** Every write, as it was asked for. */
  readonly writes: EntityWrite[] = []
  /** When set, writes come to this in place of being made. */
  outcome: EntityOutcome | null = null
  readonly #rows = new Map<string, { readonly credential: Credential; readonly expiresAt: number | null }>()
  readonly #owned: readonly EntityDefinition[]
  readonly #directory: FakeDirectory
  readonly #clock: Clock

  constructor(owned: readonly EntityDefinition[], directory: FakeDirectory, clock: Clock = new FakeClock()) {
    this.#owned = owned
    this.#directory = directory
    this.#clock = clock
    this.entities = new OwnEntities(owned, (write) => this.#write(write))
  }

  /** The rows of a kind, as they stand. */
  rows(kind: string): readonly Credential[] {
    return [...this.#rows.values()].map(({ credential }) => credential).filter((row) => row.kind === kind)
  }

  async #write(write: EntityWrite): Promise<EntityOutcome> {
    this.writes.push(write)
    // As with a real store, everybody who is here already looks before the first write shows.
    await nextTurn()
    if (this.outcome !== null) return this.outcome
    const now = this.#clock.now()
    const before = write.op === 'create' ? undefined : this.#rows.get(write.id)
    if (write.op !== 'create') {
      if (before === undefined) return { kind: 'missing' }
      this.#directory.remove(before.credential)
      this.#rows.delete(write.id)
      if (write.op === 'remove') return { kind: 'done', id: write.id }
    }
    const { lifetime } = write
    const expiresAt =
      lifetime === undefined ? (before?.expiresAt ?? null) : lifetime === null ? null : now + lifetime * 1000
    const credential = this.#add(
      write.kind,
      { ...before?.credential.fields, ...write.fields },
      expiresAt,
      before?.credential.id,
    )
    this.#rows.set(credential.id, { credential, expiresAt })
    return { kind: 'done', id: credential.id }
  }

  #add(kind: string, fields: Readonly<Record<string, unknown>>, expiresAt: number | null, id?: string): Credential {
    const { schema, lookup, secondLookup, parent } = this.#owned.find((definition) => definition.kind === kind)!
    const filled: Record<string, unknown> = { ...fields }
    if ('created_at' in schema.shape) filled['created_at'] ??= Math.floor(this.#clock.now() / 1000)
    const row = schema.parse(filled)
    const text = (name: string | null | undefined) => (name == null ? null : (row[name] as string | null))
    const pointer = parent === undefined ? undefined : (row[parent] as { id: string })
    const owner = pointer === undefined ? null : this.#directory.credentialWithId(pointer.id)
    const more = { secondKey: text(secondLookup), parent: owner, expiresAt, ...(id !== undefined && { id }) }
    return this.#directory.addCredential(kind, text(lookup), row, null, more)
  }
}

export function fakeTools(tools: Partial<Tools> = {}): Tools {
  return {
    directory: tools.directory ?? new FakeDirectory(),
    clock: tools.clock ?? new FakeClock(),
    registry: tools.registry ?? new Registry(),
    entities: tools.entities ?? new OwnEntities([], nowhere),
    exact: tools.exact ?? NOTHING_EXACT,
    useId: tools.useId ?? 'use-1',
    log: tools.log ?? new FakeLog(),
    fetch: tools.fetch ?? (() => Promise.reject(new Error('this test has no network'))),
  }
}

/** Keeps what it is told. */
export class FakeLog implements PolicyLog {
  readonly told: { readonly level: 'warn' | 'error'; readonly fields: object; readonly message: string }[] = []
  warn(fields: object, message: string): void {
    this.told.push({ level: 'warn', fields, message })
  }
  error(fields: object, message: string): void {
    this.told.push({ level: 'error', fields, message })
  }
}

/** How an exchange ended, as far as the test says. */
export function fakeOutcome(
  given: Partial<Outcome> & {
    readonly request?: HeaderPairs
    readonly response?: HeaderPairs
    readonly credentials?: { readonly headers?: readonly string[]; readonly query?: readonly string[] }
  } = {},
): Outcome {
  const { request = [], response = [], credentials = {}, ...rest } = given
  return {
    ...{ totalMs: 12, gatewayMs: 3, upstreamMs: 7, receiveMs: 2, bytesOut: 5, complete: true, tls: null },
    target: '127.0.0.1:9000',
    attempts: 1,
    requestBytes: () => 100,
    responseBytes: () => 200,
    tries: () => [{ host: '127.0.0.1', port: 9000, startedAt: 1_700_000_000_003, failed: null }],
    upstreamUri: () => '/',
    requestHeaders: () => request,
    responseHeaders: () => response,
    isCredentialHeader: (name) => credentials.headers?.includes(name) ?? false,
    isCredentialArgument: (name) => credentials.query?.includes(name) ?? false,
    ...rest,
  }
}

/** An identity with only what the test is about. */
export function fakeIdentity(fields: Partial<Identity> = {}): Identity {
  return {
    ...{ policy: 'test', consumer: null, credential: { id: 'credential', identifier: 'credential' } },
    ...{ claims: null, groups: null, scopes: null, anonymous: false },
    ...fields,
  }
}

/**
 * Parses and checks a config as any source of configuration would, then compiles it.
 * @throws Error listing the problems of a config that would be refused.
 */
export function compilePolicy(policy: AnyPolicy, config: object = {}, tools: Partial<Tools> = {}): CompiledPolicy {
  const parsed = policy.config.parse(config)
  const problems = policy.check?.(parsed) ?? {}
  if (Object.keys(problems).length > 0) throw new Error(`refused config: ${JSON.stringify(problems)}`)
  return policy.compile(parsed, fakeTools(tools))
}

/** Runs the `request` step and demands that it answers at once. */
export function judge(compiled: CompiledPolicy, exchange: Exchange): Verdict {
  const verdict = compiled.request?.(exchange)
  if (verdict === undefined || verdict instanceof Promise) throw new Error('no verdict at once')
  return verdict
}

/** A verdict in a few words, for tables: `401 key-unknown`, `identified alice`, `next`. */
export function inWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'next':
    case 'abstain':
      return verdict.kind
    case 'identified':
      return `identified ${verdict.identity.consumer?.username ?? verdict.identity.consumer?.id ?? 'nobody'}`
    case 'denied':
      return `${verdict.reason.status} ${verdict.reason.code}`
    case 'answered':
      return `answered ${verdict.answer.status}`
  }
}
