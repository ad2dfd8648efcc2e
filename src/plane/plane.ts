import type { ServerHttp2Session } from 'node:http2'
import { BlockList, isIPv6, type Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import type { Outcome } from '../policy/outcome.ts'
import type { HealthDesk } from './balance/balancer.ts'
import { Balancers } from './balance/balancers.ts'
import { HostNames, type Resolve, systemResolve } from './balance/host-names.ts'
import { systemTimers } from './balance/timers.ts'
import type { ClientFacts } from './client-side.ts'
import { Deadlines } from './deadlines.ts'
import type { HttpExchange, ResponseSeen } from './exchange.ts'
import type { ByteSocket } from './http1/byte-socket.ts'
import { Http1Client } from './http1/client-connection.ts'
import type { ClientTimeouts, ConnectionHost, ServedConnection } from './http1/connection-host.ts'
import { type HeaderRoles, requestRoles, responseRoles } from './http1/header-roles.ts'
import { serveHttp2 } from './http2/session.ts'
import { Listener } from './listener/listener.ts'
import { TlsProfiles } from './listener/tls-profiles.ts'
import { refuseUnread, serveRequest } from './request-flow.ts'
import type { ServedSource, Site } from './site.ts'
import { Upstreams } from './upstream/upstreams.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** A socket beside the two usual ones, and the name by which routes tell it from others. */
export interface NamedSocket extends Address {
  readonly name: string
  readonly secure: boolean
}

export interface PlaneOptions {
  readonly sources: readonly ServedSource[]
  readonly clock: Clock
  /** Null for off. */
  readonly http: Address | null
  readonly https: Address | null
  readonly more?: readonly NamedSocket[]
  /** Addresses and CIDR ranges whose X-Forwarded-*, X-Real-IP and PROXY headers are believed. */
  readonly trustedIps?: readonly string[]
  readonly proxyProtocol?: boolean
  /** Speak HTTP/2 with plain clients that begin with its preface. */
  readonly http2PriorKnowledge?: boolean
  readonly timeouts?: Partial<ClientTimeouts>
  readonly upgrades?: readonly string[]
  /** Who counts how targets fare. By default nobody: all are healthy. */
  readonly health?: HealthDesk
  readonly resolve?: Resolve
  record?(exchange: HttpExchange, response: ResponseSeen, outcome: Outcome): void
  broke?(error: unknown, exchange: HttpExchange): void
}

const UNCOUNTED: HealthDesk = { count() {}, forget() {} }
/** Milliseconds. */
const TIMEOUTS: ClientTimeouts = { head: 60_000, idle: 75_000, body: 60_000 }
/** As large as clients of nginx-based gateways are used to: 4 lines of 8 KiB. */
const LIMITS = { headBytes: 32768, headers: 256 }

/** The data plane of one process: listeners in front, connections to services behind. */
export class Plane implements ConnectionHost {
  readonly deadlines = new Deadlines()
  readonly timeouts: ClientTimeouts
  readonly limits = LIMITS
  readonly #options: PlaneOptions
  readonly #site: Site
  readonly balancers: Balancers
  readonly #upstreams: Upstreams
  readonly #clients = new Set<ServedConnection>()
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #trusted = new BlockList()
  #listeners: Listener[] = []
  readonly #byName = new Map<string, Listener>()
  #draining = false
  #accepted = 0
  #roles: HeaderRoles
  #rolesMadeOf: readonly ReadonlySet<string>[] = []
  #emptied: (() => void) | null = null

  constructor(options: PlaneOptions) {
    this.#options = options
    this.timeouts = { ...TIMEOUTS, ...options.timeouts }
    for (const range of options.trustedIps ?? []) addRange(this.#trusted, range)
    const answerRoles = responseRoles(options.sources.flatMap(({ wire }) => wire.answerNames))
    this.#roles = this.#makeRoles()
    this.balancers = new Balancers(
      options.sources.map(({ snapshot }) => snapshot),
      new HostNames(options.resolve ?? systemResolve, systemTimers),
      options.health ?? UNCOUNTED,
      () => performance.now(),
    )
    this.#upstreams = new Upstreams(this.deadlines, answerRoles, this.balancers)
    this.#site = {
      sources: options.sources,
      clock: options.clock,
      upstreams: this.#upstreams,
      deadlines: this.deadlines,
      requestRoles: () => this.requestRoles(),
      responseRoles: answerRoles,
      upgrades: new Set(options.upgrades ?? ['websocket']),
      record: options.record ?? (() => {}),
      broke: options.broke ?? (() => {}),
    }
  }

  /** @param connectionsHandedIn another process listens, and `take` gets what it accepts. */
  async listen({ connectionsHandedIn = false } = {}): Promise<void> {
    const { http, https, sources, clock } = this.#options
    const base = {
      http2: true,
      http2PriorKnowledge: this.#options.http2PriorKnowledge ?? false,
      proxyProtocol: this.#options.proxyProtocol ?? false,
      trusts: (ip: string) => ip !== '' && this.#trusted.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4'),
      http1: (bytes: ByteSocket, facts: ClientFacts, first: Buffer | null) => {
        this.#accepted++
        this.#clients.add(new Http1Client(bytes, facts, this, first))
      },
      http2Session: (session: ServerHttp2Session, facts: ClientFacts) => {
        this.#accepted++
        this.#sessions.add(session)
        session.on('close', () => {
          this.#sessions.delete(session)
          this.#checkEmptied()
        })
        serveHttp2(session, facts, this)
      },
    }
    const sockets: readonly NamedSocket[] = [
      ...(http === null ? [] : [{ ...http, name: 'http', secure: false }]),
      ...(https === null ? [] : [{ ...https, name: 'https', secure: true }]),
      ...(this.#options.more ?? []),
    ]
    const profiles = sockets.some(({ secure }) => secure)
      ? await TlsProfiles.withSelfSigned(sources, new Date(clock.now()))
      : null
    for (const { name, host, port, secure } of sockets) {
      const tls = secure ? { profile: (serverName: string | null) => profiles!.profile(serverName, name) } : null
      const listener = new Listener({ ...base, name, host, port, tls })
      if (!connectionsHandedIn) await listener.listen()
      this.#listeners.push(listener)
      this.#byName.set(name, listener)
    }
  }

  /** Takes a connection that another process accepted for one of our listeners. */
  take(listener: string, socket: Socket): void {
    const taker = this.#byName.get(listener)
    if (taker === undefined || this.#draining) socket.destroy()
    else taker.take(socket)
  }

  get httpPort(): number | null {
    return this.portOf('http')
  }

  get httpsPort(): number | null {
    return this.portOf('https')
  }

  /** Null when there is no listener of that name. */
  portOf(listener: string): number | null {
    return this.#byName.get(listener)?.port ?? null
  }

  get openConnections(): number {
    return this.#clients.size + this.#sessions.size
  }

  /** Open connections on which a request is under way. */
  get busyConnections(): number {
    let busy = this.#sessions.size
    for (const client of this.#clients) if (client.busy) busy++
    return busy
  }

  /** Connections with clients since the start. */
  get acceptedConnections(): number {
    return this.#accepted
  }

  // --- ConnectionHost ------------------------------------------------------------------------------------------------

  requestRoles(): HeaderRoles {
    const sources = this.#options.sources
    for (let i = 0; i < sources.length; i++) {
      if (sources[i]!.snapshot.identityHeaders !== this.#rolesMadeOf[i]) {
        this.#roles = this.#makeRoles()
        break
      }
    }
    return this.#roles
  }

  #makeRoles(): HeaderRoles {
    const sources = this.#options.sources
    this.#rolesMadeOf = sources.map(({ snapshot }) => snapshot.identityHeaders)
    return requestRoles(
      sources.flatMap(({ snapshot, wire }) => [...wire.identityHeaders, ...snapshot.identityHeaders]),
      sources.flatMap(({ wire }) => wire.requestNames),
    )
  }

  draining(): boolean {
    return this.#draining
  }

  request(client: Parameters<ConnectionHost['request']>[0]): void {
    serveRequest(this.#site, client)
  }

  refuse(client: Parameters<ConnectionHost['refuse']>[0], refusal: Parameters<ConnectionHost['refuse']>[1]): void {
    refuseUnread(this.#site, client, refusal)
  }

  closed(client: ServedConnection): void {
    this.#clients.delete(client)
    this.#checkEmptied()
  }

  // --- ending --------------------------------------------------------------------------------------------------------

  #checkEmptied(): void {
    if (this.#emptied !== null && this.openConnections === 0) this.#emptied()
  }

  /**
   * Takes no more connections, lets requests under way end, then closes everything.
   * @param patienceMs how long requests may take to end.
   */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true
    for (const listener of this.#listeners) listener.close()
    for (const client of [...this.#clients]) client.drain()
    for (const session of this.#sessions) session.close()
    if (this.openConnections > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs)
        this.#emptied = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.close()
  }

  close(): void {
    this.#draining = true
    for (const listener of this.#listeners) listener.close()
    this.#listeners = []
    for (const client of [...this.#clients]) client.abort()
    for (const session of this.#sessions) session.destroy()
    this.balancers.close()
    this.#upstreams.close()
    this.deadlines.close()
  }
}

/** @throws TypeError when it is neither an address nor a range. */
function addRange(list: BlockList, range: string): void {
  const [ip, bits] = range.split('/')
  const family = isIPv6(ip!) ? 'ipv6' : 'ipv4'
  if (bits === undefined) list.addAddress(ip!, family)
  else list.addSubnet(ip!, Number(bits), family)
}
