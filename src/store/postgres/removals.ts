import type { StoreChange } from '../port.ts'
import type { Session } from './pool.ts'
import { isLive } from './row.ts'
import { Refused } from './transaction.ts'

interface Named {
  readonly kind: string
  readonly id: string
}

const SIDE_TABLES = ['uniques', 'refs', 'tags'] as const

/** Removing, within one transaction; what goes is added to `changes`. */
export function makeRemovals(session: Session, changes: StoreChange[], now: number) {
  async function dropFrom(table: (typeof SIDE_TABLES)[number] | 'entities', gone: readonly Named[]) {
    await session.query(
      `DELETE FROM sallyport.${table} t USING unnest($1::text[], $2::text[]) AS g(kind, id)
       WHERE t.kind = g.kind AND t.id = g.id`,
      [gone.map((each) => each.kind), gone.map((each) => each.id)],
    )
  }

  async function sideRows(of: readonly Named[]): Promise<void> {
    for (const table of SIDE_TABLES) await dropFrom(table, of)
  }

  /** Those that point at any of these, in the order of these. */
  function referrersOf(targets: readonly Named[]) {
    return session.query(
      `SELECT r.kind, r.id, r.on_delete, e.expires
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS g(kind, id, n)
       JOIN sallyport.refs r ON r.target_kind = g.kind AND r.target_id = g.id
       JOIN sallyport.entities e ON e.kind = r.kind AND e.id = r.id
       ORDER BY g.n, r.kind, r.field, r.id`,
      [targets.map((each) => each.kind), targets.map((each) => each.id)],
    )
  }

  return {
    sideRows,

    /**
     * Removes the entity and all that cascades, those that point first.
     * @throws Refused when a living row that stays refuses; then nothing was removed.
     */
    async withReferrers(kind: string, id: string): Promise<void> {
      const keyOf = (each: Named) => `${each.kind}/${each.id}`
      const doomed = new Map<string, Named>([[keyOf({ kind, id }), { kind, id }]])
      const refusing: Named[] = []
      // A level at a time: what points at the entity, what points at those, and so on.
      for (let level: readonly Named[] = [{ kind, id }]; level.length > 0; ) {
        const next: Named[] = []
        for (const row of await referrersOf(level)) {
          const referrer = { kind: String(row['kind']), id: String(row['id']) }
          // An expired row is as good as gone: it holds nothing back.
          if (row['on_delete'] !== 'cascade' && isLive(row, now)) refusing.push(referrer)
          else if (!doomed.has(keyOf(referrer))) {
            doomed.set(keyOf(referrer), referrer)
            next.push(referrer)
          }
        }
        level = next
      }
      const holdsBack = refusing.find((referrer) => !doomed.has(keyOf(referrer)))
      if (holdsBack) throw new Refused({ kind: 'referenced', by: holdsBack.kind })
      const gone = [...doomed.values()].reverse()
      await sideRows(gone)
      await dropFrom('entities', gone)
      for (const each of gone) changes.push({ op: 'delete', kind: each.kind, id: each.id })
    },
  }
}
