import { isReference } from '../../../secrets/reference.ts'
import type { Field } from './field.ts'

/** Where a reference to a secret stands, and how it was written. */
export interface FoundReference {
  readonly path: readonly (string | number)[]
  readonly text: string
}

const known = new WeakMap<Field, boolean>()

/** The references in a value, where its field lets them stand; elsewhere such text is only text. */
export function referencesIn(field: Field, value: unknown, path: readonly (string | number)[] = []): FoundReference[] {
  if (!mayRefer(field) || value === null || value === undefined) return []
  switch (field.type) {
    case 'record':
      return [...field.fields!].flatMap(([name, inner]) =>
        referencesIn(inner, (value as Record<string, unknown>)[name], [...path, name]),
      )
    case 'map':
      return Object.entries(value).flatMap(([name, each]) => referencesIn(field.element!, each, [...path, name]))
    case 'array':
    case 'set':
      return (value as unknown[]).flatMap((each, at) => referencesIn(field.element!, each, [...path, at]))
    default:
      return isReference(value) ? [{ path, text: value }] : []
  }
}

/**
 * What a policy's own check found, without what it says of references: that is said of their text and not of the values
 * that will stand there, which are checked once they are known.
 */
export function withoutReferences(
  found: Readonly<Record<string, string | string[]>>,
  references: readonly FoundReference[],
): Readonly<Record<string, string | string[]>> {
  if (references.length === 0) return found
  const places = new Set(references.map(({ path }) => path.join('.')))
  const left = Object.entries(found).filter(([field]) => !places.has(field))
  const isAllOfThem = left.length < Object.keys(found).length && left.every(([field]) => field === '@entity')
  return isAllOfThem ? {} : Object.fromEntries(left)
}

/** True when references may stand in the field or somewhere inside. Looked up once: a million credentials ask. */
function mayRefer(field: Field): boolean {
  let may = known.get(field)
  if (may === undefined) {
    const inner = [...(field.fields?.values() ?? []), ...(field.element ? [field.element] : [])]
    may = field.meta.referenceable === true || inner.some(mayRefer)
    known.set(field, may)
  }
  return may
}
