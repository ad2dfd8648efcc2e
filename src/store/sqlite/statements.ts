import type { DatabaseSync } from 'node:sqlite'

/** Every statement of the hot paths, prepared once per connection. `:now` is milliseconds since the epoch. */
export function prepareStatements(db: DatabaseSync) {
  const live = '(e.expires IS NULL OR e.expires > :now)'
  return {
    get: db.prepare(`SELECT id, json, expires FROM entities e WHERE kind = :kind AND id = :id AND ${live}`),
    /** Also finds expired rows: whoever writes must clear those out of the way first. */
    standing: db.prepare('SELECT expires FROM entities WHERE kind = :kind AND id = :id'),
    everything: db.prepare('SELECT kind, id, json, expires FROM entities ORDER BY seq'),
    holder: db.prepare('SELECT id FROM uniques WHERE kind = :kind AND name = :name AND value = :value'),
    findUnique: db.prepare(
      `SELECT e.id, e.json, e.expires FROM uniques u JOIN entities e ON e.kind = u.kind AND e.id = u.id
       WHERE u.kind = :kind AND u.name = :name AND u.value = :value AND ${live}`,
    ),
    put: db.prepare(
      `INSERT INTO entities (kind, id, json, revision, expires) VALUES (:kind, :id, :json, :revision, :expires)
       ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json, revision = excluded.revision, expires = excluded.expires`,
    ),
    putUnique: db.prepare('INSERT INTO uniques (kind, name, value, id) VALUES (:kind, :name, :value, :id)'),
    putReference: db.prepare(
      `INSERT INTO refs (kind, id, field, target_kind, target_id, on_delete)
       VALUES (:kind, :id, :field, :targetKind, :targetId, :onDelete)`,
    ),
    putTag: db.prepare('INSERT OR IGNORE INTO tags (tag, kind, id) VALUES (:tag, :kind, :id)'),
    dropEntity: db.prepare('DELETE FROM entities WHERE kind = :kind AND id = :id'),
    dropUniques: db.prepare('DELETE FROM uniques WHERE kind = :kind AND id = :id'),
    dropReferences: db.prepare('DELETE FROM refs WHERE kind = :kind AND id = :id'),
    dropTags: db.prepare('DELETE FROM tags WHERE kind = :kind AND id = :id'),
    referrers: db.prepare('SELECT kind, id, on_delete FROM refs WHERE target_id = :id AND target_kind = :kind'),
    expired: db.prepare('SELECT kind, id FROM entities WHERE expires <= :now ORDER BY expires LIMIT :limit'),
    log: db.prepare('INSERT INTO log (revision, n, op, kind, id) VALUES (:revision, :n, :op, :kind, :id)'),
    logStart: db.prepare('SELECT min(revision) AS revision FROM log'),
    logAfter: db.prepare(
      `SELECT l.op, l.kind, l.id, e.json, e.expires FROM log l
       LEFT JOIN entities e ON e.kind = l.kind AND e.id = l.id
       WHERE l.revision > :revision ORDER BY l.revision, l.n`,
    ),
    trimLog: db.prepare('DELETE FROM log WHERE revision <= :revision'),
    revision: db.prepare('SELECT revision FROM head'),
    nextRevision: db.prepare('UPDATE head SET revision = revision + 1 RETURNING revision'),
    beginRead: db.prepare('BEGIN'),
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
  }
}
export type Statements = ReturnType<typeof prepareStatements>
