import { KongModel } from '../dialects/kong/to-model.ts'
import type { Change } from '../model/model.ts'
import type { AnyPolicy } from '../policy/policy.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Store, StoreChange } from '../store/port.ts'

/** Changes applied at once while loading; between two batches nothing else can run anyway. */
const BATCH = 1000

/**
 * The store as a source: its entities, in Kong's words, become the snapshot's; every committed write follows at once.
 */
export class StoreSource {
  readonly #model: KongModel
  readonly #snapshot: Snapshot
  /** The revision that is being served. */
  revision = 0

  constructor(policies: readonly AnyPolicy[], snapshot: Snapshot) {
    this.#model = new KongModel(policies)
    this.#snapshot = snapshot
  }

  /** @param kinds every kind of entity, each behind what it points at. */
  async load(store: Store, kinds: readonly string[]): Promise<void> {
    let batch: Change[] = []
    const { revision } = await store.load(kinds, (entity, expiresAt) => {
      batch.push(...this.#model.changes({ op: 'put', entity, expiresAt }))
      if (batch.length < BATCH) return
      this.#snapshot.apply(batch)
      batch = []
    })
    this.#snapshot.apply(batch)
    this.revision = revision
  }

  /** Takes over a committed write: when this returns, the next request is judged by it. */
  publish(changes: readonly StoreChange[], revision: number): void {
    this.#snapshot.apply(changes.flatMap((change) => this.#model.changes(change)))
    this.revision = revision
  }
}
