import type { Entity, StoredEntity } from '../port.ts'
import type { Row } from './pool.ts'

/** When a row goes: milliseconds since the epoch, or null. (`pg` gives bigint as text.) */
export function expiryOf(row: Row): number | null {
  return row['expires'] === null ? null : Number(row['expires'])
}

export function isLive(row: Row | undefined, now: number): boolean {
  if (row === undefined) return false
  const expires = expiryOf(row)
  return expires === null || expires > now
}

/** From a row with id and json. */
export function entityOf(kind: string, row: Row): Entity {
  return { kind, id: String(row['id']), json: JSON.parse(String(row['json'])) }
}

/** From a row with id, json and expires. */
export function storedOf(kind: string, row: Row | undefined): StoredEntity | null {
  return row === undefined ? null : { ...entityOf(kind, row), expiresAt: expiryOf(row) }
}
