import type { Place } from './resource.ts'
import type { Element } from './resource-problem.ts'

/** An object that says what it is but can't be taken, as it was written. */
export interface RefusedObject extends Element {
  readonly place: Place
  readonly spec: unknown
  /** Whether an earlier state of it is still among the resources. */
  readonly isKept: boolean
}
