import type { Page, PageQuery, StoredEntity } from '../port.ts'
import type { Connections } from './pool.ts'
import { storedOf } from './row.ts'

/**
 * One page of a collection, in order of id. Every shape of the query walks an index in id order and stops after `size`
 * rows, so a page costs the same among ten rows and among a million.
 */
export async function readPage(connections: Connections, query: PageQuery, now: number): Promise<Page> {
  const { sql, values } = pageSql(query, now)
  const rows = await connections.query(sql, values)
  const entities = rows.slice(0, query.size).map((row): StoredEntity => storedOf(query.kind, row)!)
  return { entities, after: rows.length > query.size ? entities.at(-1)!.id : null }
}

function pageSql(query: PageQuery, now: number): { sql: string; values: unknown[] } {
  const values: unknown[] = []
  const value = (given: unknown) => `$${values.push(given)}`
  const [kind, after, time] = [value(query.kind), value(query.after ?? ''), value(now)]
  // One row more than asked for tells whether there is a next page.
  const limit = value(query.size + 1)
  const tags = (query.tags?.values ?? []).map(value)
  const conditions = [`(e.expires IS NULL OR e.expires > ${time})`]
  const tagged = (tag: string) =>
    `EXISTS (SELECT 1 FROM sallyport.tags x WHERE x.tag = ${tag} AND x.kind = e.kind AND x.id = e.id)`
  // OFFSET 0 keeps the planner from joining the other way round: it would read all of a tag and sort it.
  const select = (index: string) =>
    `SELECT e.id, e.json, e.expires FROM ${index} AND i.id > ${after}) AS i
     CROSS JOIN LATERAL (
       SELECT e.id, e.json, e.expires FROM sallyport.entities e
       WHERE e.kind = ${kind} AND e.id = i.id AND ${conditions.join(' AND ')} OFFSET 0
     ) AS e ORDER BY i.id LIMIT ${limit}`

  if (query.referencing) {
    const [field, target] = [value(query.referencing.field), value(query.referencing.id)]
    if (tags.length > 0) {
      conditions.push(`(${tags.map(tagged).join(query.tags?.mode === 'any' ? ' OR ' : ' AND ')})`)
    }
    const pointing = `i.target_id = ${target} AND i.kind = ${kind} AND i.field = ${field}`
    return { sql: select(`(SELECT i.id FROM sallyport.refs i WHERE ${pointing}`), values }
  }
  if (tags.length === 0) {
    const sql = `SELECT e.id, e.json, e.expires FROM sallyport.entities e
      WHERE e.kind = ${kind} AND e.id > ${after} AND ${conditions.join(' AND ')} ORDER BY e.id LIMIT ${limit}`
    return { sql, values }
  }
  const byTag = (tag: string) => select(`(SELECT i.id FROM sallyport.tags i WHERE i.tag = ${tag} AND i.kind = ${kind}`)
  if (query.tags?.mode === 'any') {
    // Each branch stops at the limit by itself; the union only merges a few pages.
    const branches = tags.map((tag) => `(${byTag(tag)})`)
    return { sql: `SELECT id, json, expires FROM (${branches.join(' UNION ')}) u ORDER BY id LIMIT ${limit}`, values }
  }
  conditions.push(...tags.slice(1).map(tagged))
  return { sql: byTag(tags[0]!), values }
}
