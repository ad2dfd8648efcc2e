import type { EntityWrite, StoreChange, WriteOutcome, WriteRefusal } from '../port.ts'
import type { Session } from './pool.ts'
import { makeRemovals } from './removals.ts'
import { isLive } from './row.ts'
import { digestOf, putSideRows } from './side-rows.ts'
import { Refused, type Transaction } from './transaction.ts'

export type PutMode = 'insert' | 'put' | 'update'

const MISSING: WriteRefusal = { kind: 'not-found' }

/** The writing side: the same steps in the same order as the SQLite store takes, in as few round trips as they allow. */
export function makeWriter(transaction: Transaction, now: () => number) {
  async function put(session: Session, mode: PutMode, entity: EntityWrite, changes: StoreChange[], revision: number) {
    const { kind, id, json, expiresAt } = entity
    const removals = makeRemovals(session, changes, now())
    const [standing] = await session.query('SELECT expires FROM sallyport.entities WHERE kind = $1 AND id = $2', [
      kind,
      id,
    ])
    const exists = isLive(standing, now())
    if (standing !== undefined && !exists) await removals.withReferrers(kind, id)
    if (mode === 'insert' && exists) throw new Refused({ kind: 'exists', id })
    if (mode === 'update' && !exists) throw new Refused(MISSING)
    await checkUniques(session, entity, removals)
    await checkReferences(session, entity)
    if (exists) await removals.sideRows([{ kind, id }])
    await session.query(
      `INSERT INTO sallyport.entities (kind, id, json, revision, expires) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kind, id)
       DO UPDATE SET json = excluded.json, revision = excluded.revision, expires = excluded.expires`,
      [kind, id, JSON.stringify(json), revision, expiresAt],
    )
    await putSideRows(session, entity)
    changes.push({ op: 'put', entity: { kind, id, json }, expiresAt })
  }

  async function checkUniques(session: Session, entity: EntityWrite, removals: ReturnType<typeof makeRemovals>) {
    if (entity.uniques.length === 0) return
    const holders = await session.query(
      `SELECT g.n, u.id, e.expires FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS g(name, digest, n)
       JOIN sallyport.uniques u ON u.kind = $1 AND u.name = g.name AND u.digest = g.digest
       JOIN sallyport.entities e ON e.kind = u.kind AND e.id = u.id
       WHERE u.id <> $4 ORDER BY g.n`,
      [entity.kind, entity.uniques.map((u) => u.name), entity.uniques.map((u) => digestOf(u.value)), entity.id],
    )
    const cleared = new Set<unknown>()
    for (const holder of holders) {
      if (cleared.has(holder['id'])) continue
      const { name, value } = entity.uniques[Number(holder['n']) - 1]!
      if (isLive(holder, now())) throw new Refused({ kind: 'unique', constraint: name, value })
      await removals.withReferrers(entity.kind, String(holder['id']))
      cleared.add(holder['id'])
    }
  }

  async function checkReferences(session: Session, { references }: EntityWrite) {
    if (references.length === 0) return
    const rows = await session.query(
      `SELECT g.n, e.expires FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS g(kind, id, n)
       JOIN sallyport.entities e ON e.kind = g.kind AND e.id = g.id`,
      [references.map((r) => r.kind), references.map((r) => r.id)],
    )
    const living = new Set(rows.filter((row) => isLive(row, now())).map((row) => Number(row['n']) - 1))
    const missing = references.find((_, n) => !living.has(n))
    if (!missing) return
    throw new Refused({ kind: 'reference-missing', field: missing.field, target: missing.kind, id: missing.id })
  }

  return {
    write: (mode: PutMode, entity: EntityWrite): Promise<WriteOutcome> =>
      transaction((session, changes, revision) => put(session, mode, entity, changes, revision)),

    delete: (kind: string, id: string): Promise<WriteOutcome> =>
      transaction(async (session, changes) => {
        const [row] = await session.query('SELECT expires FROM sallyport.entities WHERE kind = $1 AND id = $2', [
          kind,
          id,
        ])
        if (!isLive(row, now())) throw new Refused(MISSING)
        await makeRemovals(session, changes, now()).withReferrers(kind, id)
      }),
  }
}
