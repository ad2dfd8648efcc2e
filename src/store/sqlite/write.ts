import type { Entity, EntityWrite, StoreChange, WriteOutcome, WriteRefusal } from '../port.ts'
import type { Statements } from './statements.ts'

/** Carries a refusal out of a transaction, which is rolled back. */
class Refused extends Error {
  readonly refusal: WriteRefusal

  constructor(refusal: WriteRefusal) {
    super(refusal.kind)
    this.refusal = refusal
  }
}

export type PutMode = 'insert' | 'put' | 'update'

/**
 * The writing side: each public function is one transaction, in which a revision is taken, everything is checked and
 * done, and what was done is logged. Durable when it returns; nothing of it is seen when it is refused.
 */
export function makeWriter(sql: Statements, now: () => number, file: string) {
  function transaction(work: (changes: StoreChange[], revision: number) => void): WriteOutcome {
    begin()
    try {
      const revision = Number(sql.nextRevision.get()?.['revision'])
      const changes: StoreChange[] = []
      work(changes, revision)
      changes.forEach((change, n) => {
        const { kind, id } = change.op === 'put' ? change.entity : change
        sql.log.run({ revision, n, op: change.op, kind, id })
      })
      sql.commit.run()
      return { ok: true, revision, changes }
    } catch (error) {
      sql.rollback.run()
      if (error instanceof Refused) return { ok: false, refusal: error.refusal }
      throw error
    }
  }

  function begin(): void {
    try {
      sql.begin.run()
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('locked'))) throw error
      throw new Error(`the store ${file} is busy: another process is writing to it`)
    }
  }

  function isLive(kind: string, id: string): boolean {
    const row = sql.standing.get({ kind, id })
    return row !== undefined && (row['expires'] === null || Number(row['expires']) > now())
  }

  function remove(kind: string, id: string, changes: StoreChange[]): void {
    dropSideRows(kind, id)
    sql.dropEntity.run({ kind, id })
    changes.push({ op: 'delete', kind, id })
  }

  /** Removes the entity and all that cascades, those that point first, so that no step leaves a dangling reference. */
  function removeWithReferrers(kind: string, id: string, changes: StoreChange[]): void {
    const doomed = new Map<string, { kind: string; id: string }>([[`${kind}/${id}`, { kind, id }]])
    const refusing: { kind: string; id: string }[] = []
    for (const target of doomed.values()) {
      for (const row of sql.referrers.all(target)) {
        const referrer = { kind: String(row['kind']), id: String(row['id']) }
        if (row['on_delete'] === 'cascade') doomed.set(`${referrer.kind}/${referrer.id}`, referrer)
        // An expired row is as good as gone: it holds nothing back.
        else if (isLive(referrer.kind, referrer.id)) refusing.push(referrer)
        else doomed.set(`${referrer.kind}/${referrer.id}`, referrer)
      }
    }
    const holdsBack = refusing.find((referrer) => !doomed.has(`${referrer.kind}/${referrer.id}`))
    if (holdsBack) throw new Refused({ kind: 'referenced', by: holdsBack.kind })
    for (const entity of [...doomed.values()].reverse()) remove(entity.kind, entity.id, changes)
  }

  function clearExpired(kind: string, id: string, changes: StoreChange[]): boolean {
    const row = sql.standing.get({ kind, id })
    if (row === undefined || row['expires'] === null || Number(row['expires']) > now()) return false
    removeWithReferrers(kind, id, changes)
    return true
  }

  function checkUniques(entity: EntityWrite, changes: StoreChange[]): void {
    for (const { name, value } of entity.uniques) {
      const holder = sql.holder.get({ kind: entity.kind, name, value })?.['id']
      if (holder === undefined || holder === entity.id) continue
      if (clearExpired(entity.kind, String(holder), changes)) continue
      throw new Refused({ kind: 'unique', constraint: name, value })
    }
  }

  function checkReferences(entity: EntityWrite): void {
    for (const { field, kind, id } of entity.references) {
      if (!isLive(kind, id)) throw new Refused({ kind: 'reference-missing', field, target: kind, id })
    }
  }

  function write(mode: PutMode, entity: EntityWrite): WriteOutcome {
    return transaction((changes, revision) => {
      const { kind, id } = entity
      clearExpired(kind, id, changes)
      const exists = sql.standing.get({ kind, id }) !== undefined
      if (mode === 'insert' && exists) throw new Refused({ kind: 'exists', id })
      if (mode === 'update' && !exists) throw new Refused({ kind: 'not-found' })
      checkUniques(entity, changes)
      checkReferences(entity)
      if (exists) dropSideRows(kind, id)
      putRows(entity, revision, changes)
    })
  }

  function dropSideRows(kind: string, id: string): void {
    sql.dropUniques.run({ kind, id })
    sql.dropReferences.run({ kind, id })
    sql.dropTags.run({ kind, id })
  }

  function putRows(entity: EntityWrite, revision: number, changes: StoreChange[]): void {
    const { kind, id, json, expiresAt } = entity
    sql.put.run({ kind, id, json: JSON.stringify(json), revision, expires: expiresAt })
    for (const { name, value } of entity.uniques) sql.putUnique.run({ kind, name, value, id })
    for (const { field, kind: targetKind, id: targetId, onDelete } of entity.references) {
      sql.putReference.run({ kind, id, field, targetKind, targetId, onDelete })
    }
    for (const tag of entity.tags) sql.putTag.run({ tag, kind, id })
    const stored: Entity = { kind, id, json }
    changes.push({ op: 'put', entity: stored, expiresAt })
  }

  /** What goes, goes first, and with it every unique value that is to move from one entity to another. */
  function replaceAll(entities: readonly EntityWrite[]): WriteOutcome {
    return transaction((changes, revision) => {
      const standing = new Map(sql.everything.all().map((row) => [`${row['kind']} ${row['id']}`, row]))
      const changed = entities.filter(({ kind, id, json, expiresAt }) => {
        const row = standing.get(`${kind} ${id}`)
        standing.delete(`${kind} ${id}`)
        return row?.['json'] !== JSON.stringify(json) || row['expires'] !== expiresAt
      })
      for (const { kind, id } of [...standing.values()].reverse()) remove(String(kind), String(id), changes)
      for (const { kind, id } of changed) dropSideRows(kind, id)
      for (const entity of changed) {
        checkUniques(entity, changes)
        checkReferences(entity)
        putRows(entity, revision, changes)
      }
    })
  }

  return {
    write,
    replaceAll,
    delete(kind: string, id: string): WriteOutcome {
      return transaction((changes) => {
        if (!isLive(kind, id)) throw new Refused({ kind: 'not-found' })
        removeWithReferrers(kind, id, changes)
      })
    },
    /**
     * Removes at most `limit` expired rows (and what hangs on them); drops log entries older than `keep` revisions.
     * A row that a living one refuses to let go of stays, unseen.
     */
    purge(limit: number, keep: number): WriteOutcome {
      const rows = sql.expired.all({ now: now(), limit })
      if (rows.length === 0) return { ok: true, revision: Number(sql.revision.get()?.['revision']), changes: [] }
      return transaction((changes, revision) => {
        for (const row of rows) {
          try {
            clearExpired(String(row['kind']), String(row['id']), changes)
          } catch (error) {
            if (!(error instanceof Refused)) throw error
          }
        }
        sql.trimLog.run({ revision: revision - keep })
      })
    },
  }
}
