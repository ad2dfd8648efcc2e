import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { Entity, Store, StoredEntity } from '../port.ts'
import { readChanges } from './changes.ts'
import { readPage } from './page.ts'
import { prepareSchema } from './schema.ts'
import { prepareStatements } from './statements.ts'
import { makeWriter, type PutMode } from './write.ts'

export interface SqliteOptions {
  /** A path, or `:memory:` for the store that is gone when the process is. */
  readonly file: string
  readonly clock: Clock
  /** False skips the flush to disk on commit: for tests and benchmarks that make many rows. Default true. */
  readonly durable?: boolean
  /** How long a write waits for another process that is writing to the same file, in milliseconds. Default 2000. */
  readonly busyMs?: number
}

const PURGE_AT_ONCE = 1000
/** Revisions kept in the log for nodes that follow. */
const LOG_KEPT = 100_000
/** Rows read between two turns of the event loop while loading from a file. */
const ROWS_PER_TURN = 2000

type Row = Record<string, SQLOutputValue>

/**
 * The store over SQLite, in one connection: every write is one synchronous transaction (WAL, flushed on commit), so
 * nothing interleaves with it and it costs about one fsync.
 *
 * @throws Error in words for the operator: no Sallyport store, written by a newer release, cannot be opened.
 */
export function openSqliteStore({ file, clock, durable = true, busyMs = 2000 }: SqliteOptions): Store {
  const db = open(file, false, busyMs)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}; PRAGMA temp_store = MEMORY`)
  const sql = prepareStatements(db)
  const writer = makeWriter(sql, () => clock.now(), file)
  const write = async (mode: PutMode, entity: Parameters<typeof writer.write>[1]) => writer.write(mode, entity)

  return {
    insert: (entity) => write('insert', entity),
    put: (entity) => write('put', entity),
    update: (entity) => write('update', entity),
    delete: async (kind, id) => writer.delete(kind, id),
    replaceAll: async (entities) => writer.replaceAll(entities),
    get: async (kind, id) => found(kind, sql.get.get({ kind, id, now: clock.now() })),
    findUnique: async (kind, name, value) => found(kind, sql.findUnique.get({ kind, name, value, now: clock.now() })),
    page: async (query) => readPage(db, query, clock.now()),
    tags: async ({ tag, size, offset }) =>
      db
        .prepare(
          `SELECT t.tag, t.kind, t.id FROM tags t JOIN entities e ON e.kind = t.kind AND e.id = t.id
           WHERE ${tag === null ? ':tag IS NULL' : 't.tag = :tag'} AND (e.expires IS NULL OR e.expires > :now)
           ORDER BY t.tag, t.kind, t.id LIMIT :size OFFSET :offset`,
        )
        .all({ tag, size, offset, now: clock.now() })
        .map((row) => ({ tag: String(row['tag']), kind: String(row['kind']), id: String(row['id']) })),
    changesAfter: async (revision) => readChanges(sql, revision),
    purge: async () => writer.purge(PURGE_AT_ONCE, LOG_KEPT),
    load: (kinds, row) => (file === ':memory:' ? loadFrom(db, false, kinds, row) : loadFile(kinds, row)),
    close: async () => {
      if (db.isOpen) db.close()
    },
  }

  /** A second connection reads as of one revision while this one goes on writing. */
  async function loadFile(kinds: readonly string[], row: (entity: Entity, expiresAt: number | null) => void) {
    const reader = open(file, true, busyMs)
    try {
      reader.exec('BEGIN')
      return await loadFrom(reader, true, kinds, row)
    } finally {
      reader.close()
    }
  }

  /** Streams the rows; with `yielding`, other work of the process gets its turn every few thousand of them. */
  async function loadFrom(
    from: DatabaseSync,
    yielding: boolean,
    kinds: readonly string[],
    row: (entity: Entity, expiresAt: number | null) => void,
  ) {
    const revision = Number(from.prepare('SELECT revision FROM head').get()?.['revision'])
    const rows = from.prepare('SELECT id, json, expires FROM entities WHERE kind = :kind ORDER BY seq')
    const now = clock.now()
    let count = 0
    for (const kind of kinds) {
      for (const each of rows.iterate({ kind })) {
        if (yielding && ++count % ROWS_PER_TURN === 0) await nextTurn()
        const expiresAt = expiry(each)
        if (expiresAt === null || expiresAt > now) row(entityOf(kind, each), expiresAt)
      }
    }
    return { revision }
  }
}

function open(file: string, readOnly: boolean, busyMs: number): DatabaseSync {
  let db: DatabaseSync
  try {
    db = new DatabaseSync(file, { timeout: busyMs, readOnly })
  } catch (error) {
    throw new Error(`cannot open the store ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    if (!readOnly) prepareSchema(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function expiry(row: Row): number | null {
  return row['expires'] === null ? null : Number(row['expires'])
}

function entityOf(kind: string, row: Row): Entity {
  return { kind, id: String(row['id']), json: JSON.parse(String(row['json'])) }
}

function found(kind: string, row: Row | undefined): StoredEntity | null {
  return row === undefined ? null : { ...entityOf(kind, row), expiresAt: expiry(row) }
}
