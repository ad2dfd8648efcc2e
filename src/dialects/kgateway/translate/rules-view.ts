import type { Unresolved } from './backends.ts'
import type { Scope } from './scope.ts'

/** What came of a route's rules on one listener, for its status. Filled as they are translated. */
export interface RulesView {
  /** `Replaced Rule (n): …`: rules that answer 500. */
  readonly replaced: string[]
  /** `Dropped Rule (n): …`: rules that match nothing. */
  readonly dropped: string[]
  readonly unresolved: Unresolved[]
  readonly unserved: string[]
  readonly scopes: Scope[]
}
