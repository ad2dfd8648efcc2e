import type { Clock } from '../../../base/clock.ts'
import type { AnyPolicy } from '../../../policy/policy.ts'
import type { Store, StoreChange } from '../../../store/port.ts'
import type { EntityKind } from '../entities/kind.ts'

/** Hands a committed write to everyone who serves by it. Awaited before the write is answered. */
export type Publish = (changes: readonly StoreChange[], revision: number) => Promise<void>

/** What the handlers of the Admin API work with. */
export interface AdminContext {
  readonly store: Store
  readonly kinds: ReadonlyMap<string, EntityKind>
  readonly policies: readonly AnyPolicy[]
  readonly clock: Clock
  readonly publish: Publish
}
