/**
 * The one intermediate form: whatever dialect a configuration was written in ends as these records, and everything
 * behind (snapshot, directory, plane) knows only them. Plain data, validated by the dialect, never mutated.
 */

/** A condition under which a route matches. A route has one or more; any of them suffices. */
export interface TextMatch {
  /** Upper case; null matches all. */
  readonly methods: readonly string[] | null
  /** `example.com`, `*.example.com`, `example.*`, each perhaps with `:port`; null matches all. */
  readonly hosts: readonly string[] | null
  /**
   * A prefix of the normal path (as `normalPath` gives it: one character a byte), or a regular expression anchored at
   * its start (in characters, not bytes); null matches all.
   */
  readonly path: { readonly kind: 'prefix' | 'regex'; readonly value: string } | null
  /** Every named header (lower case) must have one of the values; a value `~*…` is a regular expression. */
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[]
  /** Server names, wildcards allowed; looked at over TLS only. */
  readonly snis: readonly string[] | null
  readonly sources: readonly AddressMatch[] | null
  readonly destinations: readonly AddressMatch[] | null
  /**
   * Where this match stands among all others, computed by the dialect: compared as unsigned `high`, then `low`, then
   * the route's id; the larger is asked first.
   */
  readonly order: { readonly high: number; readonly low: number }
}
/** Address or CIDR range and port; null means any. */
export interface AddressMatch {
  readonly ip: string | null
  readonly port: number | null
}

/**
 * A condition under which a route matches, in the terms of the Gateway API: paths by whole segments, and the virtual
 * host chosen first. A source has routes of either sort, never of both.
 */
export interface SegmentMatch {
  /** The listener that requests come in by (see `Matchable.listener`). */
  readonly listener: string
  /** Lower case: `example.com`, `*.example.com` (any number of labels, not the bare name); null for all others. */
  readonly host: string | null
  /** `prefix` matches whole segments and has no `/` at its end; a `regex` (RE2) must match the whole path. */
  readonly path: { readonly kind: 'exact' | 'prefix' | 'regex'; readonly value: string }
  readonly method: string | null
  /** All must hold. Names in lower case; of a repeated header the values joined by commas count. */
  readonly headers: readonly ValueMatch[]
  /** All must hold, of the first argument of that name, undecoded. */
  readonly query: readonly ValueMatch[]
  /** Which is asked first: the larger rank, then the smaller text. */
  readonly order: { readonly rank: number; readonly tie: string }
}
export interface ValueMatch {
  readonly name: string
  /** A `regex` (RE2) must match the whole value. */
  readonly kind: 'exact' | 'regex'
  readonly value: string
}

/** One of several services that share a route's requests. */
export interface BackendSpec {
  readonly serviceId: string | null
  /** Its share is `weight` of the sum of all; 0 for none. */
  readonly weight: number
  /** Uses that run for its share only, behind those of the route. */
  readonly uses: readonly string[]
}

/** When a request is sent again although the service answered, or failed to. */
export interface RetrySpec {
  /** Attempts beside the first. */
  readonly attempts: number
  /** Answers that are worth another attempt. */
  readonly statuses: readonly number[]
  /** What else is: no connection; a connection that broke before an answer; an attempt that took too long. */
  readonly on: readonly ('connect-failure' | 'reset' | 'timeout')[]
  /** Milliseconds before the second attempt, doubled each time up to `backoffMax`. */
  readonly backoff: number
  readonly backoffMax: number
}

export interface RouteSpec {
  readonly id: string
  readonly name: string | null
  readonly serviceId: string | null
  /** In place of `serviceId`: the services that share its requests. */
  readonly backends?: readonly BackendSpec[]
  readonly matches: readonly TextMatch[] | readonly SegmentMatch[]
  /**
   * Where the dialect knows the whole chain: ids of the policy uses, in the order in which they run. Left out, the uses
   * that stand on the route, its service and everywhere make the chain.
   */
  readonly uses?: readonly string[]
  /** Milliseconds for the whole exchange, and for one attempt; null for no limit. */
  readonly timeouts?: { readonly request: number | null; readonly attempt: number | null }
  readonly retry?: RetrySpec
  /** Subset of http, https, grpc, grpcs. Not part of matching: a request by another protocol is refused or redirected. */
  readonly protocols: readonly string[]
  readonly httpsRedirectStatus: 426 | 301 | 302 | 307 | 308
  /** Cut the matched prefix (or what the expression matched) off the path that is forwarded. */
  readonly stripPath: boolean
  readonly pathHandling: 'v0' | 'v1'
  readonly preserveHost: boolean
  /** The route as its dialect shows it; for records of exchanges. */
  readonly shown?: Readonly<Record<string, unknown>>
}

export interface ServiceSpec {
  readonly id: string
  readonly name: string | null
  readonly protocol: 'http' | 'https' | 'grpc' | 'grpcs'
  /** Host name, address, or the name of an upstream. */
  readonly host: string
  readonly port: number
  /** Null, or starts with `/`. */
  readonly path: string | null
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly writeTimeout: number
  readonly readTimeout: number
  /** How often a request that provably did no work may be sent again. */
  readonly retries: number
  readonly tls: {
    readonly verify: boolean
    readonly ca: readonly string[]
    readonly certificateId: string | null
    /** The name asked for and checked, where it is another than the host. */
    readonly serverName?: string
  }
  /** False takes the service's routes out of routing. */
  readonly enabled: boolean
  /** The service as its dialect shows it; for records of exchanges. */
  readonly shown?: Readonly<Record<string, unknown>>
}

/** Where in a record a reference to a secret stands, as it was written: the value is put there before it is served. */
export interface FieldReference {
  /** From the record on: `['config', 'secret']`. */
  readonly path: readonly (string | number)[]
  /** `{vault://…}` */
  readonly text: string
}

/** A place that secrets are kept in, under the name by which references call it. */
export interface VaultSpec {
  readonly id: string
  readonly prefix: string
  /** `env`, `hcv` … */
  readonly type: string
  readonly config: Readonly<Record<string, unknown>>
}

/** A policy with its config, placed on a scope. All null means everywhere. */
export interface PolicyUse {
  readonly id: string
  readonly policy: string
  readonly config: Readonly<Record<string, unknown>>
  readonly routeId: string | null
  readonly serviceId: string | null
  readonly consumerId: string | null
  /** Where it runs: larger first, ties by name descending. Computed by the dialect. */
  readonly order: number
  readonly protocols: readonly string[]
  readonly enabled: boolean
  /** Stands nowhere by itself: it runs where a route lists it. */
  readonly listed?: boolean
  readonly references?: readonly FieldReference[]
  /** Why a reference has no value; the use then can't compile, and its routes stay closed. */
  readonly unresolved?: string
}

export interface ConsumerSpec {
  readonly id: string
  readonly username: string | null
  readonly customId: string | null
}

export interface CredentialSpec {
  readonly id: string
  /** e.g. `jwt_secrets`. */
  readonly kind: string
  /** The consumer it belongs to; null for one that belongs to another credential, or to nobody. */
  readonly consumerId: string | null
  /** The credential it belongs to (a token's client), when it belongs to one. */
  readonly parentId?: string | null
  /** The value it is looked up by; null when it is only found through its consumer. */
  readonly key: string | null
  /** A second value it is looked up by, where its kind has one. */
  readonly secondKey?: string | null
  readonly fields: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null
  readonly references?: readonly FieldReference[]
}

/** What of a request decides which target takes it. `none`: nothing does. */
export type HashInput =
  | { readonly on: 'none' | 'consumer' | 'ip' | 'path' }
  | { readonly on: 'header' | 'query_arg' | 'uri_capture'; readonly name: string }
  /** A client without the cookie is given one. */
  | { readonly on: 'cookie'; readonly name: string; readonly path: string }

export type Algorithm =
  | { readonly kind: 'round-robin' | 'least-connections' | 'latency' }
  | {
      readonly kind: 'consistent-hashing'
      readonly hash: HashInput
      /** Where the request does not have what `hash` asks for. */
      readonly fallback: HashInput
      /** Places on the ring. */
      readonly slots: number
    }

/** How many of each make a target (un)healthy; 0 for never. */
export interface HealthLimits {
  readonly healthyStatuses: readonly number[]
  readonly unhealthyStatuses: readonly number[]
  readonly successes: number
  readonly tcpFailures: number
  readonly timeouts: number
  readonly httpFailures: number
}
/** Checks that the gateway makes of its own accord. Times in milliseconds. */
export interface ActiveChecks extends HealthLimits {
  readonly type: 'tcp' | 'http' | 'https' | 'grpc' | 'grpcs'
  readonly timeout: number
  /** Checks under way at once. */
  readonly concurrency: number
  readonly path: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly sni: string | null
  readonly verify: boolean
  /** Between two checks of a healthy target, and of an unhealthy one; 0 for never. */
  readonly healthyInterval: number
  readonly unhealthyInterval: number
}
export interface HealthSpec {
  readonly active: ActiveChecks
  /** Judged by the answers to clients' requests. */
  readonly passive: HealthLimits
  /** Percent of the weight that must be exceeded by healthy targets; with less the whole upstream is refused. */
  readonly threshold: number
}

/** A named pool of targets that services may point at by host. */
export interface UpstreamSpec {
  readonly id: string
  readonly name: string
  readonly hostHeader: string | null
  /** Shown to targets by services that have no client certificate of their own. */
  readonly certificateId: string | null
  readonly algorithm: Algorithm
  readonly health: HealthSpec
  readonly targets: readonly TargetSpec[]
}
export interface TargetSpec {
  /** Host name or address. */
  readonly host: string
  readonly port: number
  /** 0 takes it out of use. */
  readonly weight: number
}

export interface CertificateSpec {
  readonly id: string
  readonly cert: string
  readonly key: string
  /** Server names it answers to, wildcards allowed. */
  readonly snis: readonly string[]
  /** The listener that alone presents it; absent for all. */
  readonly listener?: string
  readonly references?: readonly FieldReference[]
}

export interface ModelKinds {
  readonly vault: VaultSpec
  readonly route: RouteSpec
  readonly service: ServiceSpec
  readonly use: PolicyUse
  readonly consumer: ConsumerSpec
  readonly credential: CredentialSpec
  readonly upstream: UpstreamSpec
  readonly certificate: CertificateSpec
}
export type ModelKind = keyof ModelKinds

/** One change to a model. A `put` replaces the whole record of that id. */
export type Change = { [K in ModelKind]: PutChange<K> | DeleteChange<K> }[ModelKind]
export interface PutChange<K extends ModelKind> {
  readonly op: 'put'
  readonly kind: K
  readonly value: ModelKinds[K]
}
export interface DeleteChange<K extends ModelKind> {
  readonly op: 'delete'
  readonly kind: K
  readonly id: string
}
