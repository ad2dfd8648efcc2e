import type { DatabaseSync } from 'node:sqlite'
import type { Page, PageQuery, StoredEntity } from '../port.ts'

/**
 * One page of a collection, in order of id. Every shape of the query walks an index in id order and stops after
 * `size` rows, so a page costs the same among ten rows and among a million.
 */
export function readPage(db: DatabaseSync, query: PageQuery, now: number): Page {
  const { sql, values } = pageSql(query)
  // One row more than asked for tells whether there is a next page.
  const rows = db
    .prepare(sql)
    .all({ ...values, kind: query.kind, after: query.after ?? '', now, limit: query.size + 1 })
  const entities = rows.slice(0, query.size).map(
    (row): StoredEntity => ({
      kind: query.kind,
      id: String(row['id']),
      json: JSON.parse(String(row['json'])),
      expiresAt: row['expires'] === null ? null : Number(row['expires']),
    }),
  )
  return { entities, after: rows.length > query.size ? entities.at(-1)!.id : null }
}

function pageSql(query: PageQuery): { sql: string; values: Record<string, string> } {
  const values: Record<string, string> = {}
  const conditions = ['(e.expires IS NULL OR e.expires > :now)']
  const tags = query.tags?.values ?? []
  tags.forEach((tag, i) => {
    values[`tag${i}`] = tag
  })
  if (query.referencing) {
    values['field'] = query.referencing.field
    values['target'] = query.referencing.id
  }
  const tagged = (name: string) =>
    `EXISTS (SELECT 1 FROM tags x WHERE x.tag = :${name} AND x.kind = e.kind AND x.id = e.id)`
  const select = (from: string, id: string) =>
    `SELECT e.id AS id, e.json AS json, e.expires AS expires FROM ${from} AND ${id} > :after AND ${conditions.join(' AND ')}
     ORDER BY ${id} LIMIT :limit`
  const join = 'CROSS JOIN entities e ON e.kind = :kind AND e.id'

  if (query.referencing) {
    const any = tags.map((_, i) => tagged(`tag${i}`)).join(query.tags?.mode === 'any' ? ' OR ' : ' AND ')
    if (tags.length > 0) conditions.push(`(${any})`)
    return {
      sql: select(`refs r ${join} = r.id WHERE r.target_id = :target AND r.kind = :kind AND r.field = :field`, 'r.id'),
      values,
    }
  }
  if (tags.length === 0) return { sql: select('entities e WHERE e.kind = :kind', 'e.id'), values }
  const byTag = (name: string) => select(`tags t ${join} = t.id WHERE t.tag = :${name} AND t.kind = :kind`, 't.id')
  if (query.tags?.mode === 'any') {
    // Each branch stops at the limit by itself; the union only merges a few pages.
    const branches = tags.map((_, i) => `SELECT * FROM (${byTag(`tag${i}`)})`)
    return { sql: `SELECT id, json, expires FROM (${branches.join(' UNION ')}) ORDER BY id LIMIT :limit`, values }
  }
  for (let i = 1; i < tags.length; i++) conditions.push(tagged(`tag${i}`))
  return { sql: byTag('tag0'), values }
}
