import type { Values } from '../entities/kind.ts'
import type { DeclaredState } from './config/declared-state.ts'

/** Numbers of what the node has carried so far. */
export interface NodeFigures {
  /** Connections with clients since the start, those that are open, and those of them with a request under way. */
  readonly accepted: number
  readonly open: number
  readonly busy: number
  readonly requests: number
}

/** What the node says of itself beyond its entities. */
export interface NodeInfo {
  readonly hostname: string
  readonly nodeId: string
  /** Shown under `configuration`, beside what clients of Kong need there. No secrets. */
  readonly configuration: Readonly<Values>
  figures(): Promise<NodeFigures>
  pids(): { readonly master: number; readonly workers: readonly number[] }
  /** Prometheus text, for `/metrics`. */
  metrics?(): Promise<string>
  /** Where entities are kept in memory only and may be declared all at once; null where there is a database. */
  readonly declared?: DeclaredState | null
  readonly logLevel?: LogLevel
}

/** How much the node logs, in Kong's words for it. */
export interface LogLevel {
  readonly names: readonly string[]
  current(): string
  /** @param seconds after which the level before comes back; 0 for never. */
  change(name: string, seconds: number): void
}
