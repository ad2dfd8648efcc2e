import type { StoreChange } from '../port.ts'
import type { Connections, Session } from './pool.ts'
import { entityOf, expiryOf } from './row.ts'

export async function readRevision(on: Pick<Session, 'query'>): Promise<number> {
  return Number((await on.query('SELECT revision FROM sallyport.head'))[0]?.['revision'])
}

/** Reads the log behind a revision, all as of one moment; null when it was trimmed beyond that. */
export async function readChanges(
  connections: Connections,
  after: number,
): Promise<{ changes: readonly StoreChange[]; revision: number } | null> {
  // The usual answer, and then no transaction is needed.
  if ((await readRevision(connections)) === after) return { changes: [], revision: after }
  return connections.reading(async (session) => {
    const revision = await readRevision(session)
    const start = (await session.query('SELECT min(revision) AS start FROM sallyport.log'))[0]?.['start'] ?? null
    if (revision < after || start === null || Number(start) > after + 1) return null
    const rows = await session.query(
      `SELECT l.op, l.kind, l.id, e.json, e.expires FROM sallyport.log l
       LEFT JOIN sallyport.entities e ON e.kind = l.kind AND e.id = l.id
       WHERE l.revision > $1 ORDER BY l.revision, l.n`,
      [after],
    )
    const changes: StoreChange[] = []
    for (const row of rows) {
      const [kind, id] = [String(row['kind']), String(row['id'])]
      if (row['op'] === 'delete') changes.push({ op: 'delete', kind, id })
      else if (row['json'] !== null) changes.push({ op: 'put', entity: entityOf(kind, row), expiresAt: expiryOf(row) })
    }
    return { changes, revision }
  })
}
