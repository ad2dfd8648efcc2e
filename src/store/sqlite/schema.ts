import type { DatabaseSync } from 'node:sqlite'

/** Marks the file as ours in its header (SQLite's `application_id`): "SPRT". */
const APPLICATION_ID = 0x53_50_52_54

/**
 * Each entry takes the file from the version before it to its own (its place in the list, counted from 1), kept in
 * SQLite's `user_version`. Entries are never changed once released; a new layout is a new entry.
 *
 * - `entities`: rowid order is order of creation; a replaced row keeps its place.
 * - `refs`: the index by target serves nested collections (target, kind, field, then id order) and cascades alike.
 * - `log`: what each revision did, for nodes that follow this one.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE entities (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
    revision INTEGER NOT NULL, expires INTEGER, UNIQUE (kind, id)
  ) STRICT;
  CREATE INDEX entities_by_kind ON entities (kind, seq);
  CREATE INDEX entities_by_expiry ON entities (expires) WHERE expires IS NOT NULL;
  CREATE TABLE uniques (
    kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, name, value)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX uniques_by_entity ON uniques (kind, id);
  CREATE TABLE refs (
    kind TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL, target_kind TEXT NOT NULL, target_id TEXT NOT NULL,
    on_delete TEXT NOT NULL, PRIMARY KEY (kind, id, field)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX refs_by_target ON refs (target_id, kind, field, id);
  CREATE TABLE tags (
    tag TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (tag, kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_by_entity ON tags (kind, id);
  CREATE TABLE log (
    revision INTEGER NOT NULL, n INTEGER NOT NULL, op TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (revision, n)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO head VALUES (1, 0);
  `,
]

/**
 * Brings the file up to the layout of this program.
 *
 * @throws Error, in words for the operator, when the file is no Sallyport store or was written by a newer release.
 */
export function prepareSchema(db: DatabaseSync, file: string): void {
  const application = pragma(db, 'application_id', file)
  const version = pragma(db, 'user_version', file)
  const isEmpty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0
  if (application !== APPLICATION_ID && !(application === 0 && isEmpty)) {
    throw new Error(`${file} is an SQLite database, but not a Sallyport store`)
  }
  if (version > migrations.length) {
    throw new Error(
      `${file} was written by a newer Sallyport (layout ${version}; this release knows up to ${migrations.length})`,
    )
  }
  if (version === migrations.length) return
  db.exec('BEGIN IMMEDIATE')
  // Read again inside the transaction: two processes may start on one new file.
  for (const sql of migrations.slice(pragma(db, 'user_version', file))) db.exec(sql)
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; COMMIT`)
}

function pragma(db: DatabaseSync, name: string, file: string): number {
  try {
    return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
  } catch (error) {
    if (error instanceof Error && error.message.includes('not a database')) {
      throw new Error(`${file} is not an SQLite database`)
    }
    throw error
  }
}
