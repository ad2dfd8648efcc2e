import { createHash } from 'node:crypto'
import type { EntityWrite } from '../port.ts'
import type { Session } from './pool.ts'

/** What a unique value is kept and found by. */
export function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}

/** Unique values, references and tags of an entity that has none in the tables yet. */
export async function putSideRows(session: Session, entity: EntityWrite): Promise<void> {
  const { kind, id, uniques, references } = entity
  const tags = [...new Set(entity.tags)]
  if (uniques.length > 0) {
    await session.query(
      `INSERT INTO sallyport.uniques (kind, name, digest, id)
       SELECT $1, name, digest, $2 FROM unnest($3::text[], $4::bytea[]) AS g(name, digest)`,
      [kind, id, uniques.map((each) => each.name), uniques.map((each) => digestOf(each.value))],
    )
  }
  if (references.length > 0) {
    await session.query(
      `INSERT INTO sallyport.refs (kind, id, field, target_kind, target_id, on_delete)
       SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])`,
      [
        kind,
        id,
        references.map((each) => each.field),
        references.map((each) => each.kind),
        references.map((each) => each.id),
        references.map((each) => each.onDelete),
      ],
    )
  }
  if (tags.length > 0) {
    await session.query(
      'INSERT INTO sallyport.tags (tag, kind, id) SELECT tag, $1, $2 FROM unnest($3::text[]) AS g(tag)',
      [kind, id, tags],
    )
  }
}
