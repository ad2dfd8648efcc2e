import { type CelInput, type CelMap, celList, celMap } from '@bufbuild/cel'

type Entries = ReadonlyMap<string, CelInput>

/**
 * The library's own map says of a member that is null that it is not there. In CEL, and in Envoy, it is: `has(payload.x)`
 * asks for the name.
 */
const LibraryMap = celMap(new Map()).constructor as new (entries: Entries) => CelMap
class NullKnowingMap extends LibraryMap {
  override has(key: Parameters<CelMap['has']>[0]): boolean {
    return this.get(key) !== undefined
  }
}

/** What an expression sees as a map. */
export function celObject(entries: Entries): CelMap {
  return new NullKnowingMap(entries)
}

/** Claims are the same object for every request with the same token: they are put in CEL's form once. */
const known = new WeakMap<object, CelInput>()

/** JSON as an expression sees it. Numbers are doubles, as in Envoy's metadata. */
export function celValue(json: unknown): CelInput {
  if (typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean') return json
  if (typeof json !== 'object' || json === null) return null
  let value = known.get(json)
  if (value === undefined) {
    value = Array.isArray(json)
      ? celList(json.map(celValue))
      : celObject(new Map(Object.entries(json).map(([name, member]) => [name, celValue(member)])))
    known.set(json, value)
  }
  return value
}
