/**
 * A store whose secrets are sealed before another store keeps them, and opened when they come back: who reads the file
 * or the database has neither the secrets nor what they are found by. Rows that were written before there was a key are
 * read as they are; `resealed` entities replace them.
 */
import type { Entity, EntityWrite, Store, StoreChange, StoredEntity, WriteOutcome } from '../port.ts'
import { CannotOpen, isSealed, type KeyRing } from './key-ring.ts'

/** Which values of an entity are secrets. */
export interface SecretPlaces {
  /** True when the text at this path of an entity of that kind is a secret. */
  isSecret(entity: Entity, path: readonly (string | number)[]): boolean
  /** True when a constraint's value is one. */
  isSecretUnique(kind: string, constraint: string): boolean
}

type Path = readonly (string | number)[]

export function sealedStore(inner: Store, ring: KeyRing, places: SecretPlaces): Store {
  const seal = (entity: Entity) =>
    mapTexts(entity.json, [], (text, path) =>
      // What only looks sealed must not be taken for it when it is read.
      places.isSecret(entity, path) || isSealed(text) ? ring.seal(text, placeOf(entity, path)) : text,
    ) as Entity['json']

  function open<E extends Entity>(entity: E): E {
    const json = mapTexts(entity.json, [], (text, path) => {
      if (!isSealed(text)) return text
      try {
        return ring.open(text, placeOf(entity, path))
      } catch (error) {
        if (!(error instanceof CannotOpen)) throw error
        throw new Error(`${path.join('.')} of ${entity.kind}/${entity.id} can't be read: ${error.message}`)
      }
    })
    return { ...entity, json: json as Entity['json'] }
  }
  const openOrNull = (entity: StoredEntity | null) => (entity === null ? null : open(entity))
  const openChange = (change: StoreChange): StoreChange =>
    change.op === 'put' ? { ...change, entity: open(change.entity) } : change

  async function write(mode: 'insert' | 'put' | 'update', entity: EntityWrite): Promise<WriteOutcome> {
    const { kind } = entity
    const written = new Map<string, string>()
    const uniques: { name: string; value: string }[] = []
    for (const unique of entity.uniques) {
      if (!places.isSecretUnique(kind, unique.name)) {
        uniques.push(unique)
        continue
      }
      // Rows from before there was a key still hold the value itself. Nobody writes such rows any more.
      const plain = await inner.findUnique(kind, unique.name, unique.value)
      if (plain !== null && plain.id !== entity.id) return taken(unique.name, unique.value)
      // One for each key, so that rows sealed by an older key are found, and refuse a second of their kind.
      for (const value of ring.lookups(unique.value, `${kind}/${unique.name}`)) {
        written.set(value, unique.value)
        uniques.push({ name: unique.name, value })
      }
    }
    const outcome = await inner[mode]({ ...entity, json: seal(entity), uniques })
    if (outcome.ok) return { ...outcome, changes: outcome.changes.map(openChange) }
    const { refusal } = outcome
    if (refusal.kind !== 'unique') return outcome
    return taken(refusal.constraint, written.get(refusal.value) ?? refusal.value)
  }

  return {
    insert: (entity) => write('insert', entity),
    put: (entity) => write('put', entity),
    update: (entity) => write('update', entity),
    delete: (kind, id) => inner.delete(kind, id),
    get: async (kind, id) => openOrNull(await inner.get(kind, id)),
    async findUnique(kind, constraint, value) {
      if (!places.isSecretUnique(kind, constraint)) return openOrNull(await inner.findUnique(kind, constraint, value))
      for (const sought of [...ring.lookups(value, `${kind}/${constraint}`), value]) {
        // A digest is not a value: who read it in the database must not find anything by it.
        const found = isSealed(value) && sought === value ? null : await inner.findUnique(kind, constraint, sought)
        if (found !== null) return open(found)
      }
      return null
    },
    async page(query) {
      const page = await inner.page(query)
      return { ...page, entities: page.entities.map(open) }
    },
    tags: (query) => inner.tags(query),
    load: (kinds, row) => inner.load(kinds, (entity, expiresAt) => row(open(entity), expiresAt)),
    async changesAfter(revision) {
      const found = await inner.changesAfter(revision)
      return found === null ? null : { ...found, changes: found.changes.map(openChange) }
    },
    purge: () => inner.purge(),
    ...(inner.follow && { follow: (onRevision: (revision: number) => void) => inner.follow!(onRevision) }),
    close: () => inner.close(),
  }
}

const taken = (constraint: string, value: string): WriteOutcome => ({
  ok: false,
  refusal: { kind: 'unique', constraint, value },
})

/** Sealed texts are bound to where they stand: exchanged between rows or fields, they can't be opened. */
function placeOf({ kind, id }: Entity, path: Path): string {
  return JSON.stringify([kind, id, ...path])
}

function mapTexts(value: unknown, path: Path, map: (text: string, path: Path) => string): unknown {
  if (typeof value === 'string') return map(value, path)
  if (Array.isArray(value)) return value.map((each, at) => mapTexts(each, [...path, at], map))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, [...path, name], map)]))
}
