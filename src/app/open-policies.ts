import { policies as builtIn } from '../policies/index.ts'
import type { AnyPolicy } from '../policy/policy.ts'

/** The policies that this process knows. The only place that takes the built-in ones; all else is given the list. */
export function openPolicies(): readonly AnyPolicy[] {
  return builtIn
}
