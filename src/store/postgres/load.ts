import type { Entity } from '../port.ts'
import { readRevision } from './changes.ts'
import type { Connections } from './pool.ts'
import { entityOf, expiryOf, isLive } from './row.ts'

/** Rows that are fetched at once; other work of the process gets its turn in between. */
const ROWS_AT_ONCE = 2000

/** Streams everything, kind by kind in the given order, as of one revision, while others go on writing. */
export function loadAll(
  connections: Connections,
  now: number,
  kinds: readonly string[],
  take: (entity: Entity, expiresAt: number | null) => void,
): Promise<{ revision: number }> {
  return connections.reading(async (session) => {
    const revision = await readRevision(session)
    for (const kind of kinds) {
      await session.query(
        `DECLARE loading NO SCROLL CURSOR FOR
         SELECT id, json, expires FROM sallyport.entities WHERE kind = ${literal(kind)} ORDER BY seq`,
      )
      let rows: Awaited<ReturnType<typeof session.query>>
      do {
        rows = await session.query(`FETCH ${ROWS_AT_ONCE} FROM loading`)
        for (const row of rows) if (isLive(row, now)) take(entityOf(kind, row), expiryOf(row))
      } while (rows.length === ROWS_AT_ONCE)
      await session.query('CLOSE loading')
    }
    return { revision }
  })
}

/** DECLARE takes no parameters. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
