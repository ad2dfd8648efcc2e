import type { WriteOutcome } from '../port.ts'
import { readRevision } from './changes.ts'
import type { Connections } from './pool.ts'
import { makeRemovals } from './removals.ts'
import { isLive } from './row.ts'
import { Refused, type Transaction } from './transaction.ts'

const EXPIRED_AT_ONCE = 1000
/** Revisions kept in the log for nodes that follow. */
const LOG_KEPT = 100_000

/** Removes expired rows and what hangs on them; a row that a living one refuses to let go of stays, unseen. */
export async function purgeExpired(
  connections: Connections,
  transaction: Transaction,
  now: number,
): Promise<WriteOutcome> {
  await connections.query(
    'DELETE FROM sallyport.log WHERE revision <= (SELECT revision FROM sallyport.head) - $1::bigint',
    [LOG_KEPT],
  )
  const rows = await connections.query(
    'SELECT kind, id FROM sallyport.entities WHERE expires <= $1 ORDER BY expires LIMIT $2',
    [now, EXPIRED_AT_ONCE],
  )
  if (rows.length === 0) return { ok: true, revision: await readRevision(connections), changes: [] }
  return transaction(async (session, changes) => {
    const removals = makeRemovals(session, changes, now)
    for (const { kind, id } of rows as { kind: string; id: string }[]) {
      // Another node may have purged it, or someone given it more time, before the lock was ours.
      const [row] = await session.query('SELECT expires FROM sallyport.entities WHERE kind = $1 AND id = $2', [
        kind,
        id,
      ])
      if (row === undefined || isLive(row, now)) continue
      try {
        await removals.withReferrers(kind, id)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
      }
    }
  })
}
