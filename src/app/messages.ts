import type { Problem } from '../model/problem.ts'
import type { HealthEvent, HealthState } from '../plane/balance/health-ledger.ts'
import type { EntityOutcome, EntityWrite } from '../policy/entities.ts'
import type { GatewaySettings, Level, Ports } from './settings.ts'

/** Settings as they travel between processes. */
export type SentSettings = Omit<GatewaySettings, 'accessLog'> & { readonly accessLog: boolean }

export type Role = 'control' | 'worker'

/** What the supervisor tells its processes. `id` pairs a question with its answer. */
export type Order =
  | { readonly type: 'start'; readonly role: Role; readonly settings: SentSettings }
  /** To the control process: where requests are taken and by whom, and whether every worker serves. */
  | {
      readonly type: 'workers'
      readonly ports: Pick<Ports, 'http' | 'https'>
      readonly serving: boolean
      readonly pids: readonly number[]
    }
  | { readonly type: 'published'; readonly id: number }
  | { readonly type: 'figures-of-all'; readonly id: number; readonly texts: readonly string[] }
  /** To a worker, with the socket: a connection of its own. */
  | { readonly type: 'connection'; readonly listener: string; readonly number: number }
  /** To a worker: catch up with the store. */
  | { readonly type: 'follow'; readonly id: number }
  | { readonly type: 'figures'; readonly id: number }
  /** To the control process: a policy's write, and to a worker: what became of it. */
  | { readonly type: 'write'; readonly id: number; readonly write: EntityWrite }
  | { readonly type: 'written'; readonly id: number; readonly outcome: EntityOutcome }
  /** To a worker: how addresses of targets fare that are not simply healthy, or are again. */
  | { readonly type: 'health'; readonly states: readonly (readonly [key: string, state: HealthState])[] }
  /** To a worker: tell how an upstream fares. */
  | { readonly type: 'health-of'; readonly id: number; readonly upstreamId: string }
  /** To one worker: make the active checks, for all. */
  | { readonly type: 'probe' }
  | { readonly type: 'reload' }
  | { readonly type: 'stop'; readonly patienceMs: number }

/** What a process tells the supervisor. */
export type Report =
  | { readonly type: 'ready'; readonly ports: Partial<Ports> }
  | { readonly type: 'failed'; readonly message: string; readonly problems: readonly Problem[] | null }
  | {
      readonly type: 'log'
      readonly level: 'info' | 'warn' | 'error'
      readonly fields: Record<string, unknown>
      readonly message: string
    }
  /** From the control process: how much is to be logged from now on. */
  | { readonly type: 'log-level'; readonly level: Level }
  /** From the control process: a write was committed; answer when every worker serves it. */
  | { readonly type: 'publish'; readonly id: number }
  | { readonly type: 'figures-wanted'; readonly id: number }
  | { readonly type: 'health-wanted'; readonly id: number; readonly upstreamId: string }
  | {
      readonly type: 'health-set'
      readonly id: number
      readonly keys: readonly string[]
      readonly state: 'healthy' | 'unhealthy'
    }
  | { readonly type: 'written'; readonly id: number; readonly outcome: EntityOutcome }
  /** From a worker: what an address did, when that may change anything; and that it is used no more. */
  | { readonly type: 'health-count'; readonly key: string; readonly event: HealthEvent; readonly limit: number }
  | { readonly type: 'health-forget'; readonly key: string }
  /** From a worker. */
  | { readonly type: 'taken'; readonly number: number }
  | { readonly type: 'write'; readonly id: number; readonly write: EntityWrite }
  | { readonly type: 'followed'; readonly id: number }
  | { readonly type: 'figures'; readonly id: number; readonly text: string }
