import type { Session } from './pool.ts'

/**
 * Each entry takes the database from the layout before it to its own (its place in the list, counted from 1), kept in
 * `sallyport.layout`. Entries are never changed once released; a new layout is a new entry.
 *
 * - Texts that are compared or sorted are `COLLATE "C"`: by their bytes, whatever the locale of the database.
 * - `entities`: `seq` is the order of creation; a replaced row keeps its place. `json` is text, so that it comes back as
 *   it was written (jsonb sorts members, and refuses U+0000).
 * - `uniques`: SHA-256 of the value, since an index entry of PostgreSQL has room for 2.7 kB only.
 * - `refs`: the index by target serves nested collections (target, kind, field, then id order) and cascades alike.
 * - `log`: what each revision did, for nodes that follow.
 * - `head`: one row. Whoever writes updates it first, and so holds its lock until the end: revisions have no gaps and
 *   are in the order of commits.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE sallyport.entities (
    seq bigint GENERATED ALWAYS AS IDENTITY, kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
    json text NOT NULL, revision bigint NOT NULL, expires bigint, PRIMARY KEY (kind, id)
  );
  CREATE INDEX entities_by_kind ON sallyport.entities (kind, seq);
  CREATE INDEX entities_by_expiry ON sallyport.entities (expires) WHERE expires IS NOT NULL;
  CREATE TABLE sallyport.uniques (
    kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, digest bytea NOT NULL,
    id text COLLATE "C" NOT NULL, PRIMARY KEY (kind, name, digest)
  );
  CREATE INDEX uniques_by_entity ON sallyport.uniques (kind, id);
  CREATE TABLE sallyport.refs (
    kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL,
    target_kind text COLLATE "C" NOT NULL, target_id text COLLATE "C" NOT NULL, on_delete text NOT NULL,
    PRIMARY KEY (kind, id, field)
  );
  CREATE INDEX refs_by_target ON sallyport.refs (target_id, kind, field, id);
  CREATE TABLE sallyport.tags (
    tag text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tag, kind, id)
  );
  CREATE INDEX tags_by_entity ON sallyport.tags (kind, id);
  CREATE TABLE sallyport.log (
    revision bigint NOT NULL, n integer NOT NULL, op text NOT NULL, kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL, PRIMARY KEY (revision, n)
  );
  CREATE TABLE sallyport.head (one integer PRIMARY KEY CHECK (one = 1), revision bigint NOT NULL);
  INSERT INTO sallyport.head VALUES (1, 0);
  `,
]

/** Key of the advisory lock that one migrating node holds while others wait: "SPRT". */
const MIGRATING = 0x53_50_52_54

/**
 * Brings the database up to the layout of this program. Any number of nodes may do so at once.
 *
 * @throws Error, in words for the operator, when the database can't hold a store or was written by a newer release.
 */
export async function prepareSchema(session: Session): Promise<void> {
  const encoding = (await session.query('SHOW server_encoding'))[0]?.['server_encoding']
  if (encoding !== 'UTF8') throw new Error(`the database has the encoding ${encoding}: a store needs one with UTF8`)
  if ((await layoutOf(session)) === migrations.length) return
  await session.query('BEGIN')
  try {
    await session.query('SELECT pg_advisory_xact_lock($1)', [MIGRATING])
    // Read again behind the lock: another node may have been first.
    const layout = await layoutOf(session)
    if (layout > migrations.length) {
      throw new Error(
        `the database was written by a newer Sallyport (layout ${layout}; this release knows up to ${migrations.length})`,
      )
    }
    if (layout === 0) {
      await session.query(
        'CREATE SCHEMA IF NOT EXISTS sallyport; CREATE TABLE sallyport.layout (version integer NOT NULL); INSERT INTO sallyport.layout VALUES (0)',
      )
    }
    for (const sql of migrations.slice(layout)) await session.query(sql)
    await session.query('UPDATE sallyport.layout SET version = $1', [migrations.length])
    await session.query('COMMIT')
  } catch (error) {
    await session.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function layoutOf(session: Session): Promise<number> {
  // A read of the catalogue sees what others committed a moment ago; `to_regclass` may answer from a cache.
  const found = await session.query("SELECT 1 FROM pg_tables WHERE schemaname = 'sallyport' AND tablename = 'layout'")
  if (found.length === 0) return 0
  return Number((await session.query('SELECT version FROM sallyport.layout'))[0]?.['version'])
}
