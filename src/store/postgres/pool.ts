import { Pool, type PoolClient } from 'pg'
import { StoreUnavailable } from '../port.ts'
import { asStoreError } from './unavailable.ts'

export type Row = Readonly<Record<string, unknown>>

/** One connection, for as long as one piece of work has it. */
export interface Session {
  /**
   * Rows of the statement; of several statements in one text, those of the last.
   * @throws StoreUnavailable
   */
  query(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface Connections {
  /** A statement on its own. @throws StoreUnavailable */
  query(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** A connection for work of several statements, given back afterwards. @throws StoreUnavailable */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** The same, in one transaction that only reads, all as of one moment. @throws StoreUnavailable */
  reading<T>(work: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface Timeouts {
  /** For a connection, new or from the pool. Milliseconds. */
  readonly connectMs: number
  /** For a statement, waiting for other nodes' writes included. Milliseconds. */
  readonly statementMs: number
}

/** One writes, one loads, a few read: more would only queue inside the database. */
const MOST_CONNECTIONS = 8
const IDLE_MS = 30_000
/** How much longer we wait for a statement than the database should take: then the connection is taken for dead. */
const DEAD_AFTER_MS = 2000

/** What `pg` needs to know to connect: shared by the pool and the connection that listens. */
export function connectionOptions(url: string, { connectMs, statementMs }: Timeouts) {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + DEAD_AFTER_MS,
    // A node that froze in the middle of a write must not hold up all others for ever.
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'sallyport',
  }
}

/** A bounded pool of connections. Lost ones are replaced when they are next needed. */
export function openPool(url: string, timeouts: Timeouts): Connections {
  const pool = new Pool({ ...connectionOptions(url, timeouts), max: MOST_CONNECTIONS, idleTimeoutMillis: IDLE_MS })
  // An idle connection that was lost is gone from the pool already.
  pool.on('error', () => {})
  let ended: Promise<void> | null = null

  async function session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await connect()
    let broken = false
    // While it is ours, nobody else listens; an error event without a listener would end the process.
    const lost = () => {
      broken = true
    }
    client.on('error', lost)
    try {
      return await work({
        async query(sql, values) {
          try {
            const result = await client.query(sql, values as unknown[])
            return (Array.isArray(result) ? result.at(-1) : result).rows
          } catch (error) {
            const known = asStoreError(error)
            // Nobody knows what such a connection would say next: it must not go back to the pool.
            if (known instanceof StoreUnavailable) broken = true
            throw known
          }
        },
      })
    } finally {
      client.off('error', lost)
      client.release(broken)
    }
  }

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      throw asStoreError(error)
    }
  }

  return {
    session,
    query: (sql, values) => session((one) => one.query(sql, values)),
    reading: (work) =>
      session(async (one) => {
        await one.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
        try {
          return await work(one)
        } finally {
          // Ends it well or ill alike; a connection that is gone has ended it already.
          await one.query('COMMIT').catch(() => {})
        }
      }),
    close: () => (ended ??= pool.end()),
  }
}
