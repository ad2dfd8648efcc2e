import type { Clock } from '../base/clock.ts'
import { PackedDirectory } from '../directory/packed-directory.ts'
import type { CertificateSpec, Change, ModelKind, UpstreamSpec } from '../model/model.ts'
import type { Problem } from '../model/problem.ts'
import type { Directory } from '../policy/directory.ts'
import { nowhere, type WriteEntity } from '../policy/entities.ts'
import { type Exact, NOTHING_EXACT } from '../policy/exact.ts'
import type { AnyPolicy, Fetch, PolicyLog } from '../policy/policy.ts'
import type { Registry } from '../policy/registry.ts'
import { Certificates } from './certificates.ts'
import { PolicyUses } from './chain/policy-uses.ts'
import type { Lease } from './leases.ts'
import type { Chain, CompiledRoute, CompiledService, Match, Matchable } from './route.ts'
import { type Matcher, Routing } from './routing.ts'
import { SegmentMatcher } from './segment-matcher/segment-matcher.ts'
import { TextMatcher } from './text-matcher/text-matcher.ts'

export interface SnapshotOptions {
  /** Name of the source, as the user wrote it; stands in problems. */
  readonly source: string
  readonly policies: readonly AnyPolicy[]
  /** How its routes are matched: as `TextMatch` says (the default), or as `SegmentMatch` does. */
  readonly matching?: 'text' | 'segments'
  readonly clock: Clock
  readonly registry: Registry
  /** Where rows that policies write go. Default: nowhere, and writing fails. */
  readonly writeEntity?: WriteEntity
  /** What policies may say, and whom they may ask; by default nothing and nobody. */
  readonly log?: PolicyLog
  readonly fetch?: Fetch
  /** Where the dialect's exact behaviour is wanted although it is unsafe. Default: nowhere. */
  readonly exact?: ReadonlySet<Exact>
  /** Consumers and credentials of another source in place of this one's own. */
  readonly consumersFrom?: Directory
}

export type UpstreamWatcher = (id: string, spec: UpstreamSpec | null) => void

/**
 * One source's configuration, ready to serve. Changed in place by `apply`, synchronously, so always between two
 * requests; what a running request already took from it stays as it was.
 */
export class Snapshot {
  /** Consumers and credentials, as this source's policies see them. */
  readonly directory: Directory
  readonly #source: string
  readonly #ownDirectory: PackedDirectory
  readonly #uses: PolicyUses
  readonly #routing: Routing
  readonly #upstreams = new Map<string, UpstreamSpec>()
  readonly #upstreamsByName = new Map<string, UpstreamSpec>()
  readonly #upstreamWatchers = new Set<UpstreamWatcher>()
  readonly #certificates = new Certificates()

  constructor(options: SnapshotOptions) {
    const { source, policies, clock, registry, exact = NOTHING_EXACT, consumersFrom, matching = 'text' } = options
    const { log = SILENT, fetch = refuseToFetch, writeEntity = nowhere } = options
    this.#source = source
    this.#ownDirectory = new PackedDirectory(clock)
    this.directory = consumersFrom ?? this.#ownDirectory
    this.#uses = new PolicyUses(
      policies,
      { directory: this.directory, clock, registry, log, fetch, exact },
      writeEntity,
    )
    const matcher =
      matching === 'segments' ? new SegmentMatcher(exact.has('hosts')) : new TextMatcher(exact.has('hosts'))
    this.#routing = new Routing(this.#uses, matcher as Matcher)
  }

  /** Header names (lower case) that policies tell services; another set whenever the names change. */
  get identityHeaders(): ReadonlySet<string> {
    return this.#uses.identityHeaders
  }

  /** True for a header (lower case) in which callers send some policy a credential. */
  isCredentialHeader(name: string): boolean {
    return this.#uses.credentialHeaders.has(name)
  }

  isCredentialArgument(name: string): boolean {
    return this.#uses.credentialArguments.has(name)
  }

  /** Routes that can't match, and uses that could not be compiled when a request first wanted them. */
  get problems(): readonly Problem[] {
    const about = (path: string, error: Error): Problem => {
      return { source: this.#source, line: null, path, message: error.message }
    }
    const routes = [...this.#routing.failures].map(([id, error]) => about(`routes[${id}]`, error))
    const uses = this.#uses.failures.map(({ id, error }) => about(`uses[${id}]`, error))
    return [...routes, ...uses]
  }

  /** Makes all the changes, in order. They may come in any order that ends well: a route before its service is fine. */
  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#applyOne(change)
  }

  /**
   * Makes the changes and drops whatever they do not put: for a source that was read anew as a whole. One step like
   * `apply`, so no request ever sees a route without its policies.
   */
  replace(changes: readonly Change[]): void {
    const kept = new Set<string>()
    for (const change of changes) {
      if (change.op === 'put') kept.add(`${change.kind} ${change.value.id}`)
      else kept.delete(`${change.kind} ${change.id}`)
    }
    const gone = [...this.#held()].filter(({ kind, id }) => !kept.has(`${kind} ${id}`))
    for (const { kind, id } of gone) this.#applyOne({ op: 'delete', kind, id })
    this.apply(changes)
  }

  /** From now on these are the policies there are. @returns why uses of changed ones stayed what they were. */
  takePolicies(policies: readonly AnyPolicy[]): readonly Error[] {
    return this.#uses.takePolicies(policies)
  }

  /** To be taken before a chain is, and ended when nobody runs it any more. */
  lease(): Lease {
    return this.#uses.leases.begin()
  }

  /** True when a header of that name (lower case) may decide which route a request takes. */
  matchesBy(name: string): boolean {
    return this.#routing.matchesBy(name)
  }

  match(request: Matchable): Match | null {
    return this.#routing.match(request)
  }

  /**
   * What runs when no route matched: only the `response` and `record` steps of uses that stand everywhere.
   *
   * @throws Error when one of them can't be compiled.
   */
  globalChain(): Chain {
    return this.#uses.globalChain()
  }

  route(id: string): CompiledRoute | null {
    return this.#routing.route(id)
  }

  service(id: string): CompiledService | null {
    return this.#routing.service(id)
  }

  upstreamNamed(name: string): UpstreamSpec | null {
    return this.#upstreamsByName.get(name) ?? null
  }

  /** Calls back for every upstream there is, and whenever one is put or (with null) deleted. */
  watchUpstreams(watcher: UpstreamWatcher): void {
    this.#upstreamWatchers.add(watcher)
    for (const [id, spec] of this.#upstreams) watcher(id, spec)
  }

  certificate(id: string): CertificateSpec | null {
    return this.#certificates.get(id)
  }

  /** The certificate for a server name of a TLS handshake on a listener; null when none is configured for it. */
  certificateFor(serverName: string, listener: string | null = null): CertificateSpec | null {
    return this.#certificates.forServerName(serverName, listener)
  }

  *#held(): Generator<{ readonly kind: ModelKind; readonly id: string }> {
    const kinds = {
      route: this.#routing.routeIds(),
      service: this.#routing.serviceIds(),
      use: this.#uses.ids(),
      upstream: this.#upstreams.keys(),
      certificate: this.#certificates.ids(),
    }
    for (const [kind, ids] of Object.entries(kinds)) for (const id of ids) yield { kind: kind as ModelKind, id }
    yield* this.#ownDirectory.held()
  }

  #applyOne(change: Change): void {
    switch (change.kind) {
      case 'route':
        if (change.op === 'put') this.#routing.putRoute(change.value)
        else this.#routing.deleteRoute(change.id)
        break
      case 'service':
        if (change.op === 'put') this.#routing.putService(change.value)
        else this.#routing.deleteService(change.id)
        break
      case 'use':
        if (change.op === 'put') this.#uses.put(change.value)
        else this.#uses.delete(change.id)
        break
      case 'consumer':
      case 'credential':
        this.#ownDirectory.apply(change)
        break
      case 'upstream':
        if (change.op === 'put') this.#putUpstream(change.value)
        else this.#deleteUpstream(change.id)
        break
      case 'certificate':
        if (change.op === 'put') this.#certificates.put(change.value)
        else this.#certificates.delete(change.id)
        break
      case 'vault':
        // Control has put their values where they belong.
        break
    }
  }

  #putUpstream(spec: UpstreamSpec): void {
    this.#forgetUpstream(spec.id)
    this.#upstreams.set(spec.id, spec)
    this.#upstreamsByName.set(spec.name, spec)
    for (const watcher of this.#upstreamWatchers) watcher(spec.id, spec)
  }

  #deleteUpstream(id: string): void {
    if (!this.#upstreams.has(id)) return
    this.#forgetUpstream(id)
    for (const watcher of this.#upstreamWatchers) watcher(id, null)
  }

  #forgetUpstream(id: string): void {
    const spec = this.#upstreams.get(id)
    if (spec === undefined) return
    this.#upstreams.delete(id)
    if (this.#upstreamsByName.get(spec.name) === spec) this.#upstreamsByName.delete(spec.name)
  }
}

const SILENT: PolicyLog = { warn() {}, error() {} }

function refuseToFetch(): Promise<Response> {
  return Promise.reject(new Error('nothing to fetch with'))
}
