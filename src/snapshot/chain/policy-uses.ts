import type { PolicyUse } from '../../model/model.ts'
import { nowhere, OwnEntities, type WriteEntity } from '../../policy/entities.ts'
import type { AnyPolicy, Tools } from '../../policy/policy.ts'
import { Leases } from '../leases.ts'
import type { Chain } from '../route.ts'
import { buildChain, buildGlobalChain, buildListedChain } from './build-chain.ts'
import { CountedNames } from './counted-names.ts'
import { PlacedUse } from './placed-use.ts'
import { UseIndex } from './use-index.ts'

/** All policy uses of a snapshot: where they stand, their chains, and which headers they tell services. */
export class PolicyUses {
  #policies: ReadonlyMap<string, AnyPolicy>
  readonly #tools: Omit<Tools, 'useId' | 'entities'>
  readonly #writeEntity: WriteEntity
  /** What requests that have begun hold on to. */
  readonly leases = new Leases()
  readonly #uses = new Map<string, PlacedUse>()
  readonly #index = new UseIndex()
  readonly #headerNames = new CountedNames()
  /** Where callers put credentials for any of the uses. */
  readonly credentialHeaders = new CountedNames()
  readonly credentialArguments = new CountedNames()
  #headersChanged = false
  #identityHeaders: ReadonlySet<string> = new Set()
  #epoch = 0
  #globalChain: { readonly chain: Chain; readonly epoch: number } | null = null

  constructor(
    policies: readonly AnyPolicy[],
    tools: Omit<Tools, 'useId' | 'entities'>,
    writeEntity: WriteEntity = nowhere,
  ) {
    this.#policies = new Map(policies.map((policy) => [policy.name, policy]))
    this.#tools = tools
    this.#writeEntity = writeEntity
  }

  /** Changes with every change of a use: what was made from the uses of another epoch is out of date. */
  get epoch(): number {
    return this.#epoch
  }

  /** Another set whenever the names change, so that it can be compared by identity. */
  get identityHeaders(): ReadonlySet<string> {
    if (this.#headersChanged) {
      this.#headersChanged = false
      const names = [...this.#headerNames.keys()]
      const same = names.length === this.#identityHeaders.size && names.every((name) => this.#identityHeaders.has(name))
      if (!same) this.#identityHeaders = new Set(names)
    }
    return this.#identityHeaders
  }

  ids(): Iterable<string> {
    return this.#uses.keys()
  }

  get failures(): readonly { readonly id: string; readonly error: Error }[] {
    const failed: { id: string; error: Error }[] = []
    for (const [id, { failure }] of this.#uses) if (failure !== null) failed.push({ id, error: failure })
    return failed
  }

  put(spec: PolicyUse): void {
    const before = this.#uses.get(spec.id)
    if (before !== undefined) this.#takeOut(before)
    const moved = before?.becomes(spec) ?? null
    if (before !== undefined && moved === null) this.leases.afterwards(before.disposal())
    this.#putIn(moved ?? this.#place(spec))
  }

  /**
   * From now on these are the policies there are. Uses of one that is gone close their routes. A use that the new form
   * of its policy can't compile stays what it is.
   *
   * @returns why uses stayed.
   */
  takePolicies(policies: readonly AnyPolicy[]): readonly Error[] {
    const before = this.#policies
    this.#policies = new Map(policies.map((policy) => [policy.name, policy]))
    const failures: Error[] = []
    for (const use of [...this.#uses.values()]) {
      const name = use.spec.policy
      const policy = this.#policies.get(name)
      if (policy === before.get(name)) continue
      const next = this.#place(use.spec)
      const failure = policy !== undefined && use.isCompiled ? next.tried() : null
      if (failure !== null) {
        failures.push(failure)
        continue
      }
      this.#takeOut(use)
      this.leases.afterwards(use.disposal())
      this.#putIn(next)
    }
    return failures
  }

  delete(id: string): void {
    const use = this.#uses.get(id)
    if (use === undefined) return
    this.#takeOut(use)
    this.#uses.delete(id)
    this.leases.afterwards(use.disposal())
    this.#epoch++
  }

  /** @throws Error when a use of the chain can't be compiled. */
  chainOf(routeId: string, serviceId: string | null): Chain {
    return buildChain(this.#index.scopesOf(routeId, serviceId))
  }

  /** @throws Error when one of the uses is not there, or can't be compiled. */
  listedChain(ids: readonly string[]): Chain {
    return buildListedChain(
      ids.map((id) => {
        const use = this.#uses.get(id)
        if (use === undefined) throw new Error(`there is no policy use ${id}`)
        return use
      }),
    )
  }

  /** @throws Error when a use that stands everywhere can't be compiled. */
  globalChain(): Chain {
    if (this.#globalChain === null || this.#globalChain.epoch !== this.#epoch) {
      this.#globalChain = { chain: buildGlobalChain(this.#index.scopesOf(null, null)), epoch: this.#epoch }
    }
    return this.#globalChain.chain
  }

  #place(spec: PolicyUse): PlacedUse {
    const policy = this.#policies.get(spec.policy)
    const entities = new OwnEntities(policy?.entities ?? [], this.#writeEntity)
    return new PlacedUse(spec, policy, { ...this.#tools, entities, useId: spec.id })
  }

  #putIn(use: PlacedUse): void {
    this.#uses.set(use.spec.id, use)
    if (use.spec.listed !== true) this.#index.add(use)
    this.#count(use, 1)
    this.#epoch++
    if (use.startsAtOnce) use.tried()
  }

  #takeOut(use: PlacedUse): void {
    if (use.spec.listed !== true) this.#index.remove(use)
    this.#count(use, -1)
  }

  #count(use: PlacedUse, by: 1 | -1): void {
    const told = use.identityHeaders()
    this.#headerNames.count(told, by)
    if (told.length > 0) this.#headersChanged = true
    const { headers = [], query = [] } = use.credentialNames()
    this.credentialHeaders.count(
      headers.map((name) => name.toLowerCase()),
      by,
    )
    this.credentialArguments.count(query, by)
  }
}
