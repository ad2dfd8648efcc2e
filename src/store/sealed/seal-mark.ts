import type { Store } from '../port.ts'
import { CannotOpen, type KeyRing } from './key-ring.ts'

/** A row of the store's own: by which keys its rows may be sealed, each with a text that only that key opens. */
const KIND = 'sallyport_seals'
const ID = 'seals'
const TEXT = 'this store is sealed'

const REMEDY = 'give all keys that it was sealed with by --store-keys FILE, the newest first'

/**
 * Sees to it that the keys are those of the store, before anything of it is read; notes a key that is new.
 *
 * @param inner the store as it is kept, not the sealed one.
 * @throws Error in words for the operator.
 */
export async function checkKeys(inner: Store, ring: KeyRing | null): Promise<void> {
  const marks = await marksOf(inner)
  if (ring === null) {
    if (marks.size > 0) throw new Error(`the store is encrypted: ${REMEDY}`)
    return
  }
  for (const [id, sealed] of marks) {
    if (!ring.ids.includes(id))
      throw new Error(`the store holds secrets sealed with the key ${id}, which is not there: ${REMEDY}`)
    try {
      ring.open(sealed, id)
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error
      throw new Error(`the key ${id} is not that of the store: ${error.message}`)
    }
  }
  const newest = ring.ids[0]!
  if (!marks.has(newest)) await note(inner, new Map([...marks, [newest, ring.seal(TEXT, newest)]]))
}

/** Notes that all is sealed with the newest key now: the others are no longer needed. */
export async function noteOnlyNewest(inner: Store, ring: KeyRing): Promise<void> {
  await note(inner, new Map([[ring.ids[0]!, ring.seal(TEXT, ring.ids[0]!)]]))
}

async function marksOf(inner: Store): Promise<Map<string, string>> {
  const row = await inner.get(KIND, ID)
  return new Map(Object.entries((row?.json['keys'] ?? {}) as Record<string, string>))
}

async function note(inner: Store, marks: ReadonlyMap<string, string>): Promise<void> {
  const json = { id: ID, keys: Object.fromEntries(marks) }
  await inner.put({ kind: KIND, id: ID, json, uniques: [], references: [], tags: [], expiresAt: null })
}
