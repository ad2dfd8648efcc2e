import type { StoreChange } from '../port.ts'
import type { Statements } from './statements.ts'

/** Reads the log behind a revision, all as of one moment; null when it was trimmed beyond that. */
export function readChanges(
  sql: Statements,
  after: number,
): { changes: readonly StoreChange[]; revision: number } | null {
  sql.beginRead.run()
  try {
    const revision = Number(sql.revision.get()?.['revision'])
    if (revision === after) return { changes: [], revision }
    const start = sql.logStart.get()?.['revision']
    if (revision < after || start === null || start === undefined || Number(start) > after + 1) return null
    const changes: StoreChange[] = []
    for (const row of sql.logAfter.iterate({ revision: after })) {
      const [kind, id] = [String(row['kind']), String(row['id'])]
      if (row['op'] === 'delete') changes.push({ op: 'delete', kind, id })
      else if (row['json'] !== null) {
        const entity = { kind, id, json: JSON.parse(String(row['json'])) }
        changes.push({ op: 'put', entity, expiresAt: row['expires'] === null ? null : Number(row['expires']) })
      }
    }
    return { changes, revision }
  } finally {
    sql.commit.run()
  }
}
