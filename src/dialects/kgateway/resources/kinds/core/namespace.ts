import { any, object } from '../../schema/build.ts'

/** Only its labels matter here: Gateways choose by them whose routes they take. */
export const namespaceBody = object({ spec: any() })
