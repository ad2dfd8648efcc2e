import { type StoreChange, StoreUnavailable, type WriteOutcome, type WriteRefusal } from '../port.ts'
import type { Connections, Session } from './pool.ts'

/** Carries a refusal out of a transaction, which is rolled back. */
export class Refused extends Error {
  readonly refusal: WriteRefusal

  constructor(refusal: WriteRefusal) {
    super(refusal.kind)
    this.refusal = refusal
  }
}

/** Channel on which every committed write tells its revision. */
export const CHANNEL = 'sallyport'

/**
 * The row of `head` stays locked until the end, so writes of all nodes run one after another, and a revision that is
 * rolled back was never taken. The notice goes out with the commit. A database that is set up to acknowledge commits
 * before they are on disk (`synchronous_commit = off`) must not do so here.
 */
const BEGIN = `
  BEGIN;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
  WITH next AS (UPDATE sallyport.head SET revision = revision + 1 RETURNING revision)
  SELECT revision, pg_notify('${CHANNEL}', revision::text) FROM next`

export type Work = (session: Session, changes: StoreChange[], revision: number) => Promise<void>

/**
 * Runs one write: everything is checked and done behind the lock; nothing of it is seen when it is refused. Work that
 * changed nothing takes no revision.
 * @throws StoreUnavailable
 */
export type Transaction = (work: Work) => Promise<WriteOutcome>

export function makeTransaction(connections: Connections): Transaction {
  return (work) =>
    connections.session(async (session) => {
      try {
        const revision = Number((await session.query(BEGIN))[0]?.['revision'])
        const changes: StoreChange[] = []
        await work(session, changes, revision)
        if (changes.length === 0) {
          await session.query('ROLLBACK')
          return { ok: true, revision: revision - 1, changes }
        }
        await log(session, changes, revision)
        await commit(session)
        return { ok: true, revision, changes }
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) await session.query('ROLLBACK')
        if (error instanceof Refused) return { ok: false, refusal: error.refusal }
        throw error
      }
    })
}

async function log(session: Session, changes: readonly StoreChange[], revision: number): Promise<void> {
  const named = changes.map((change) => (change.op === 'put' ? change.entity : change))
  await session.query(
    `INSERT INTO sallyport.log (revision, n, op, kind, id)
     SELECT $1, n - 1, op, kind, id FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS g(op, kind, id, n)`,
    [revision, changes.map((change) => change.op), named.map((each) => each.kind), named.map((each) => each.id)],
  )
}

async function commit(session: Session): Promise<void> {
  try {
    await session.query('COMMIT')
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    // The one moment in which nobody on this side can know.
    throw new StoreUnavailable(`${error.message}; the write may have been made`, { cause: error.cause })
  }
}
