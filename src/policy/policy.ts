import type { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Directory } from './directory.ts'
import type { OwnEntities } from './entities.ts'
import type { Exact } from './exact.ts'
import type { Exchange, ResponseView } from './exchange.ts'
import type { Outcome } from './outcome.ts'
import type { ProcessFacts } from './process-facts.ts'
import type { Reason } from './reason.ts'
import type { Registry } from './registry.ts'
import type { Answered, Denied, Verdict } from './verdict.ts'

/** A label for explanation, multi-authentication and defaults. The dialect decides the order; a phase never re-sorts. */
export type Phase = 'guard' | 'identify' | 'authorize' | 'shape' | 'record'

/** What the gateway lends a policy while it compiles. */
export interface Tools {
  readonly directory: Directory
  readonly clock: Clock
  readonly registry: Registry
  /** Writes rows of the policy's own kinds. */
  readonly entities: OwnEntities
  /** For what work in the background has to say; a request's own verdict says the rest. Never a secret. */
  readonly log: PolicyLog
  readonly fetch: Fetch
  /** Where the dialect's exact behaviour was asked for although it is unsafe. */
  readonly exact: ReadonlySet<Exact>
  /** Stable id of this policy use. */
  readonly useId: string
}

/** Where policies tell operators what happens to them. */
export interface PolicyLog {
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** As the platform's, of the package `undici`: `dispatcher` takes an agent of that package. */
export type Fetch = (
  url: string,
  init?: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher?: unknown },
) => Promise<Response>

/** A policy use, compiled: closures that touch no config object, parse no duration, build no regular expression. */
export interface CompiledPolicy {
  /**
   * Answers requests for paths of the policy's own (a token endpoint): asked before `request`, also when somebody was
   * identified already, and what it says is final. Null for all other requests.
   */
  endpoint?(exchange: Exchange): Answered | Denied | Promise<Answered | Denied> | null
  /** Judges a request. Stays synchronous unless it truly has to wait. */
  request?(exchange: Exchange): Verdict | Promise<Verdict>
  /**
   * Runs when the chain has decided, whatever it decided, and before anything is sent: for what must be stored by then.
   * What it does to the answer's headers goes to the client.
   */
  conclude?(exchange: Exchange): void | Promise<void>
  /** Sees every response of its chain before its head is sent, also when the request was refused. Synchronous. */
  response?(exchange: Exchange, response: ResponseView): void
  /** Sees every exchange of its chain when it is over. Must not throw, must not wait. */
  record?(exchange: Exchange, response: ResponseView, outcome: Outcome): void
  dispose?(): void
}

/**
 * An entity that a policy owns: credentials, as a rule. Named and shaped by the policy's `schema.ts`; how a dialect
 * spells its endpoints is the dialect's business.
 */
export interface EntityDefinition {
  /** The stored kind, e.g. `jwt_secrets`. */
  readonly kind: string
  /** The entity's own fields, without id, consumer, tags and times. */
  readonly schema: z.ZodObject
  /** The field that `Directory.credential(kind, key)` looks up; unique over all consumers. Null: only by consumer. */
  readonly lookup: string | null
  /** A second unique field, for `Directory.credentialBySecond(kind, key)`. */
  readonly secondLookup?: string
  /** The field that points at the credential a row belongs to; without it rows belong to a consumer, if any. */
  readonly parent?: string
  /** A field that is unique among one consumer's rows (e.g. `group`). */
  readonly uniquePerConsumer?: string
  /** True when rows may expire (`ttl`). */
  readonly expires?: boolean
  /** Turns what was written into what is stored (e.g. hashes a password), given the consumer's id. */
  prepare?(fields: Record<string, unknown>, consumerId: string): Record<string, unknown>
  /**
   * As `prepare`, for rows that are kept somewhere, where it may take long (a hash that is slow to try). What is `stored`
   * already and still says the same stays as it is: writing the same again changes nothing.
   */
  prepareKept?(
    fields: Record<string, unknown>,
    stored: Readonly<Record<string, unknown>> | null,
  ): Promise<Record<string, unknown>>
  /** Cross-field checks: problems by field name, `@entity` for the row as a whole; empty when good. */
  check?(fields: Record<string, unknown>): Record<string, string | string[]>
}

/** Names of headers and query arguments. */
export interface CredentialNames {
  readonly headers?: readonly string[]
  readonly query?: readonly string[]
}

export interface PolicyDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly phase: Phase
  /** One sentence; stands in docs, CLI and UI. */
  readonly summary: string
  readonly config: Config
  /**
   * Cross-field checks of the config, after defaults: problems by dotted field name, `@entity` for the use as a whole,
   * `@config` for the config as a whole (a list stands beside those of its fields, a single text in place of them).
   */
  check?(config: z.infer<Config>): Record<string, string | string[]>
  /** The closed list of refusals, by a short name. */
  readonly reasons: Readonly<Record<string, Reason>>
  readonly entities?: readonly EntityDefinition[]
  readonly needs?: {
    /** Bytes of request body to collect before `request` runs. */
    readonly body?: (config: z.infer<Config>) => number
    readonly clientCertificate?: boolean
  }
  /**
   * True when a use has work to do before its first request, such as fetching keys: it is then compiled when it is placed,
   * not when a request first wants it.
   */
  startsAtOnce?(config: z.infer<Config>): boolean
  /** Header names that uses of this policy tell services about the caller: stripped from every client's request. */
  identityHeaders?(config: z.infer<Config>): readonly string[]
  /**
   * Where callers put credentials for uses of this policy, beside `Authorization` and cookies: values of these headers
   * and query arguments are written to no record.
   */
  credentialNames?(config: z.infer<Config>): CredentialNames
  /** What `/metrics` shows of this policy, in one process: Prometheus text, made from what it keeps in the registry. */
  figures?(registry: Registry, process: ProcessFacts): string
  /** False when the policy may not be placed on a consumer (it is what finds the consumer). Default true. */
  readonly consumerScope?: boolean
  /**
   * Of policies of users' own: where it runs among those of a dialect that orders by numbers, the larger the earlier.
   * Left out, it runs where its phase usually does.
   */
  readonly priority?: number
  /** Fields of the config that hold text which would run as code; the gateway's switch decides whether it may. */
  functionFields?(config: z.infer<Config>): readonly string[]
  compile(config: z.infer<Config>, tools: Tools): CompiledPolicy
}

/** Any policy, whatever its config: what lists and registries hold. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list; each entry was checked by definePolicy
export type AnyPolicy = PolicyDefinition<any>

/** Checks the definition's types and freezes it. */
export function definePolicy<Config extends z.ZodObject>(
  definition: PolicyDefinition<Config>,
): PolicyDefinition<Config> {
  return Object.freeze(definition)
}
