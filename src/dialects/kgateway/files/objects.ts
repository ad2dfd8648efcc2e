import { isRecord } from '../resources/schema/prune.ts'
import type { ManifestDocument } from './documents.ts'

/** One object of a document: most documents are one, a list holds many. */
export interface WrittenObject {
  readonly value: unknown
  readonly lineOf: (path: readonly (string | number)[]) => number
}

/** The objects of a document: `kind: List` (or `TrafficPolicyList`, as an API server answers) is taken apart. */
export function objectsOf({ value, lineOf }: ManifestDocument): readonly WrittenObject[] {
  if (!isRecord(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return [{ value, lineOf }]
  if (!Array.isArray(value.items)) return [{ value, lineOf }]
  return value.items.flatMap((item: unknown, n) =>
    objectsOf({ value: item, lineOf: (path) => lineOf(['items', n, ...path]) }),
  )
}
