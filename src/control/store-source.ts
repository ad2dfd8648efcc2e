import { KongModel } from '../dialects/kong/to-model.ts'
import type { Change } from '../model/model.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import type { Store, StoreChange } from '../store/port.ts'
import { applyPrepared, type ChangeTaker } from './change-taker.ts'

/** Changes applied at once while loading; between two batches nothing else can run anyway. */
const BATCH = 1000

/**
 * The store as a source: its entities, in Kong's words, become the snapshot's; every committed write follows at once.
 *
 * Writes come from this process, which has their changes at hand, and from others, whose changes are in the store's log.
 * All are taken over one after the other, by revision, so that an older answer is never applied behind a newer one.
 */
export class StoreSource {
  #policies: readonly AnyPolicy[]
  readonly #target: ChangeTaker
  readonly #store: Store
  #kinds: readonly string[]
  #model: KongModel
  #last: Promise<unknown> = Promise.resolve()
  /** The revision that is being served. */
  revision = 0

  /** @param kinds every kind of entity, each behind what it points at. */
  constructor(policies: readonly AnyPolicy[], target: ChangeTaker, store: Store, kinds: readonly string[]) {
    this.#policies = policies
    this.#model = new KongModel(policies)
    this.#target = target
    this.#store = store
    this.#kinds = kinds
  }

  /** The first load, before anything is served. */
  async load(): Promise<void> {
    let batch: Change[] = []
    const { revision } = await this.#store.load(this.#kinds, (entity, expiresAt) => {
      batch.push(...this.#model.changes({ op: 'put', entity, expiresAt }))
      if (batch.length < BATCH) return
      this.#target.apply(batch)
      batch = []
    })
    this.#target.apply(batch)
    await this.#target.settle?.()
    this.revision = revision
  }

  /** Takes over a committed write of this process: when it resolves, the next request is judged by it. */
  publish(changes: readonly StoreChange[], revision: number): Promise<void> {
    return this.#inTurn(async () => {
      if (revision === this.revision + 1) await this.#take(changes, revision)
      // Another process was in between: the log has its changes, and these.
      else await this.#follow()
    })
  }

  /**
   * From now on these are the policies there are: what the store holds of them is read anew, by what they say now. Where
   * they own other rows than before, everything is, so that no row of an earlier form is left.
   */
  takePolicies(policies: readonly AnyPolicy[], kinds: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const before = ownedBy(this.#policies)
      const after = ownedBy(policies)
      const sameRows = before.length === after.length && after.every((each) => before.includes(each))
      this.#policies = policies
      this.#kinds = kinds
      if (!sameRows) return this.#loadAnew()
      this.#model.takePolicies(policies)
      // First, so that nothing that is read below is older than what is served.
      await this.#follow()
      const changes: Change[] = []
      await this.#store.load(['plugins'], (entity, expiresAt) => {
        changes.push(...this.#model.changes({ op: 'put', entity, expiresAt }))
      })
      await applyPrepared(this.#target, changes)
    })
  }

  /** Takes over everything that was committed since, by whichever process. */
  catchUp(): Promise<void> {
    return this.#inTurn(() => this.#follow())
  }

  async #follow(): Promise<void> {
    const found = await this.#store.changesAfter(this.revision)
    if (found === null) await this.#loadAnew()
    else await this.#take(found.changes, found.revision)
  }

  async #take(changes: readonly StoreChange[], revision: number): Promise<void> {
    await applyPrepared(
      this.#target,
      changes.flatMap((change) => this.#model.changes(change)),
    )
    this.revision = revision
  }

  /** For who was away for too long, or whose store was set back: what is no longer there goes, all in one step. */
  async #loadAnew(): Promise<void> {
    const model = new KongModel(this.#policies)
    const changes: Change[] = []
    const { revision } = await this.#store.load(this.#kinds, (entity, expiresAt) => {
      changes.push(...model.changes({ op: 'put', entity, expiresAt }))
    })
    await this.#target.prepare?.(changes)
    this.#target.replace(changes)
    this.#model = model
    this.revision = revision
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }
}

const ownedBy = (policies: readonly AnyPolicy[]) => policies.flatMap(({ entities }) => entities ?? [])
