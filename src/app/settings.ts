import type { Writable } from 'node:stream'
import { type Problem, problemText } from '../model/problem.ts'
import type { ClientTimeouts } from '../plane/http1/connection-host.ts'
import type { Address } from '../plane/plane.ts'
import type { Exact } from '../policy/exact.ts'

export interface GatewaySettings {
  /** `DIALECT:PATH` each, asked in this order, the store last. */
  readonly sources: readonly string[]
  /** `memory`, `sqlite:FILE` or `postgres://…`; the last may hold a password. */
  readonly store: string
  /** The file with the keys that the store's secrets are encrypted with, or the keys themselves; none: not at all. */
  readonly storeKeys?: string | null
  /** Folders with policies of users' own, a folder to each policy. */
  readonly policies?: readonly string[]
  /** Whether functions that stand in a configuration may run. Default: no. */
  readonly functions?: boolean
  /** Processes that carry requests; 1 (the default) means that one process does everything. */
  readonly workers?: number
  /** Secret and random: what files leave to chance is made of it, alike in every process and at every reading. */
  readonly seed?: string
  /** A UUID by which figures and the Admin API tell this gateway from others; a new one at every start. */
  readonly nodeId?: string
  readonly proxyHttp: Address | null
  readonly proxyHttps: Address | null
  /** Sockets for single listeners that a dialect declares, in place of the two above. */
  readonly listeners?: readonly ListenerSocket[]
  readonly admin: Address | null
  /** Names beside those of this machine under which browsers may reach the Admin API. */
  readonly adminHosts?: readonly string[]
  /** The file with the tokens that open the Admin API, `NAME:TOKEN` a line, and one token more. */
  readonly adminTokenFile?: string | null
  readonly adminToken?: string | null
  /** Files with the Admin API's certificate and key, and with the authorities of its callers' certificates. */
  readonly adminCert?: string | null
  readonly adminKey?: string | null
  readonly adminClientCa?: string | null
  readonly status: Address | null
  readonly trustedIps: readonly string[]
  readonly proxyProtocol: boolean
  readonly http2PriorKnowledge: boolean
  /** Limits on what clients may make the gateway wait for; what is left out stays as it is by default. */
  readonly timeouts?: Partial<ClientTimeouts>
  /** Protocols that clients may be switched to, lower case. Default: websocket. */
  readonly upgrades?: readonly string[]
  /** Where Kong's exact behaviour is wanted although it is unsafe. */
  readonly exact?: readonly Exact[]
  /** The same as `hosts` among `exact`. */
  readonly exactHosts: boolean
  /** Null for none. */
  readonly accessLog: Writable | null
}

/** Where a listener of a Gateway is listened on: `NAMESPACE/GATEWAY/LISTENER`. */
export interface ListenerSocket {
  readonly listener: string
  readonly secure: boolean
  readonly address: Address
}

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** Where the gateway tells what happens to it; `fields` never hold secrets. */
export interface Log {
  /** Says less, or more again, from now on. */
  setLevel?(level: Level): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** Ports that are really listened on; null for those that are off. */
export interface Ports {
  readonly http: number | null
  readonly https: number | null
  readonly admin: number | null
  readonly status: number | null
  /** Of listeners with a socket of their own, by their names. */
  readonly listeners?: Readonly<Record<string, number | null>>
}

export interface Gateway {
  readonly ports: Ports
  /** Re-reads all files, those of the Admin API's access included. What can't be read leaves what is being served, and is logged. */
  reload(): void
  /** @param patienceMs for requests under way. */
  stop(patienceMs: number): Promise<void>
}

/** A configuration that can't be served. */
export class BadConfiguration extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'))
    this.problems = problems
  }
}

export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
