import { group, kind, namespace, objectName } from '../fields/names.ts'
import { list, object, required } from '../schema/build.ts'

/** Lets objects of other namespaces point at objects of the grant's own. */
export const referenceGrantSpec = object({
  from: required(
    list(object({ group: required(group()), kind: required(kind()), namespace: required(namespace()) }), {
      min: 1,
      max: 16,
    }),
  ),
  to: required(
    list(object({ group: required(group()), kind: required(kind()), name: objectName() }), { min: 1, max: 16 }),
  ),
})
