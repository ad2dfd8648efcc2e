import { checkExpression } from '../../../../policy/cel/expression.ts'
import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>

export function rbac(scene: Scene, policy: Policy, value: NonNullable<Policy['spec']['rbac']>): FieldEffect {
  const expressions = value.policy.matchExpressions
  const problems = expressions.map(checkExpression).filter((problem) => problem !== null)
  if (problems.length > 0) {
    throw new PolicyError(`RBAC policy encountered CEL matcher errors: [${problems.join(' ')}]`)
  }
  const config = { action: value.action === 'Deny' ? 'deny' : 'allow', expressions }
  const useId = scene.output.use(useIdOf(policy, 'rbac'), 'rbac', config)
  return { filters: [{ stage: STAGE.authorization, name: 'envoy.filters.http.rbac', useId }] }
}
