import type { AnyPolicy } from '../policy/policy.ts'

/** The policies with the rows they own kept in Kong's form, which both can read: passwords by SHA-1. */
export function keptAsKong(policies: readonly AnyPolicy[]): readonly AnyPolicy[] {
  return policies.map((policy): AnyPolicy => {
    if (!policy.entities?.some(({ prepareKept }) => prepareKept)) return policy
    return { ...policy, entities: policy.entities.map(({ prepareKept: _, ...definition }) => definition) }
  })
}
