import type { Clock } from '../../base/clock.ts'
import type { Store } from '../port.ts'
import { readChanges, readRevision } from './changes.ts'
import { followRevisions } from './follow.ts'
import { loadAll } from './load.ts'
import { readPage } from './page.ts'
import { openPool, type Timeouts } from './pool.ts'
import { purgeExpired } from './purge.ts'
import { storedOf } from './row.ts'
import { prepareSchema } from './schema.ts'
import { digestOf } from './side-rows.ts'
import { makeTransaction } from './transaction.ts'
import { mayPass } from './unavailable.ts'
import { makeWriter } from './write.ts'

/** What the store tells of its connection, for the log; never holds a secret. */
export type Tell = (event: 'waiting' | 'lost' | 'regained', reason: string) => void

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE?…`, as libpq reads it. */
  readonly url: string
  readonly clock: Clock
  readonly tell?: Tell
  readonly timeouts?: Partial<Timeouts>
  /** How long to wait for a database that is not there yet, in milliseconds. Default 30 seconds. */
  readonly patienceMs?: number
  /** How often to ask for new revisions besides being told of them, in milliseconds. Default 5 seconds. */
  readonly pollMs?: number
}

const RETRY_MS = 1000

/**
 * The store over PostgreSQL, which any number of nodes may share. Its tables are in the schema `sallyport`, made here
 * if need be.
 *
 * @throws Error in words for the operator: unreachable for too long, not let in, cannot hold a store, newer layout.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { url, clock, tell = () => {}, patienceMs = 30_000, pollMs = 5000 } = options
  const timeouts: Timeouts = { connectMs: 5000, statementMs: 10_000, ...options.timeouts }
  const connections = openPool(url, timeouts)
  try {
    await patiently(() => connections.session(prepareSchema), patienceMs, tell)
  } catch (error) {
    await connections.close()
    throw new Error(`cannot open the store: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
  const transaction = makeTransaction(connections)
  const writer = makeWriter(transaction, () => clock.now())
  const live = '(e.expires IS NULL OR e.expires > $1)'

  return {
    insert: (entity) => writer.write('insert', entity),
    put: (entity) => writer.write('put', entity),
    update: (entity) => writer.write('update', entity),
    delete: writer.delete,
    get: async (kind, id) => {
      const sql = `SELECT id, json, expires FROM sallyport.entities e WHERE ${live} AND kind = $2 AND id = $3`
      return storedOf(kind, (await connections.query(sql, [clock.now(), kind, id]))[0])
    },
    findUnique: async (kind, name, value) => {
      const sql = `SELECT e.id, e.json, e.expires FROM sallyport.uniques u
        JOIN sallyport.entities e ON e.kind = u.kind AND e.id = u.id
        WHERE ${live} AND u.kind = $2 AND u.name = $3 AND u.digest = $4`
      return storedOf(kind, (await connections.query(sql, [clock.now(), kind, name, digestOf(value)]))[0])
    },
    page: (query) => readPage(connections, query, clock.now()),
    tags: async ({ tag, size, offset }) => {
      const sql = `SELECT t.tag, t.kind, t.id FROM sallyport.tags t
        JOIN sallyport.entities e ON e.kind = t.kind AND e.id = t.id
        WHERE ${live} ${tag === null ? '' : 'AND t.tag = $4'} ORDER BY t.tag, t.kind, t.id LIMIT $2 OFFSET $3`
      const rows = await connections.query(sql, [clock.now(), size, offset, ...(tag === null ? [] : [tag])])
      return rows.map((row) => ({ tag: String(row['tag']), kind: String(row['kind']), id: String(row['id']) }))
    },
    load: (kinds, row) => loadAll(connections, clock.now(), kinds, row),
    changesAfter: (revision) => readChanges(connections, revision),
    purge: () => purgeExpired(connections, transaction, clock.now()),
    follow: (onRevision) =>
      followRevisions({ url, timeouts, pollMs, tell, onRevision, revision: () => readRevision(connections) }),
    close: () => connections.close(),
  }
}

/** Tries again while the database may yet come up. */
async function patiently(attempt: () => Promise<void>, patienceMs: number, tell: Tell): Promise<void> {
  const until = performance.now() + patienceMs
  let said = ''
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!mayPass(error) || performance.now() + RETRY_MS > until) throw error
      const reason = (error as Error).message
      if (reason !== said) tell('waiting', reason)
      said = reason
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
