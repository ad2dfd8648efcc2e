import { controllerName, group, kind, namespace, objectName } from '../fields/names.ts'
import { object, required, text } from '../schema/build.ts'
import type { Rule } from '../schema/rule.ts'

const neverChanges: Rule<string> = {
  message: 'Value is immutable',
  ofChange: true,
  holds: (value, old) => value === old,
}

/** Who takes care of the Gateways of this class. */
export const gatewayClassSpec = object({
  controllerName: required({ ...controllerName(), rules: [neverChanges] }),
  description: text({ max: 64 }),
  parametersRef: object({
    group: required(group()),
    kind: required(kind()),
    name: required(objectName()),
    namespace: namespace(),
  }),
})
