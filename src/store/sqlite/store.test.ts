import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { row, storeContract } from '../contract.ts'
import { openSqliteStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'))
after(() => rmSync(folder, { recursive: true }))
let count = 0
const fresh = () => join(folder, `${++count}.db`)
const clock = { now: () => 0 }

storeContract('sqlite in memory', { make: async (clock) => openSqliteStore({ file: ':memory:', clock }) })

let latest = ''
storeContract('sqlite in a file', {
  make: async (clock) => {
    latest = fresh()
    return openSqliteStore({ file: latest, clock })
  },
  reopen: async (clock) => openSqliteStore({ file: latest, clock }),
})

describe('opening an SQLite store', () => {
  it('refuses a database of someone else', () => {
    const file = fresh()
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE t (x)')
    other.close()
    assert.throws(() => openSqliteStore({ file, clock }), /is an SQLite database, but not a Sallyport store/)
  })
  it('refuses a file that is no database', () => {
    const file = fresh()
    writeFileSync(file, 'hello '.repeat(1000))
    assert.throws(() => openSqliteStore({ file, clock }), /is not an SQLite database/)
  })
  it('refuses a store of a newer release', async () => {
    const file = fresh()
    await openSqliteStore({ file, clock }).close()
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    assert.throws(() => openSqliteStore({ file, clock }), /was written by a newer Sallyport \(layout 99;/)
  })
  it('says which file cannot be opened', () => {
    assert.throws(
      () => openSqliteStore({ file: join(folder, 'no', 'such'), clock }),
      /cannot open the store .*no\/such/,
    )
  })
})

describe('a store that another process writes to', () => {
  it('says so, and which file it is', async () => {
    const file = fresh()
    const store = openSqliteStore({ file, clock, busyMs: 1 })
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    await assert.rejects(store.insert(row('a', '1')), /the store .* is busy: another process is writing to it/)
    other.exec('COMMIT')
    assert.ok((await store.insert(row('a', '1'))).ok)
    other.close()
    await store.close()
  })
})

describe('loading from a file', () => {
  it('goes on as of its revision while others write', async () => {
    const store = openSqliteStore({ file: fresh(), clock, durable: false })
    for (let i = 0; i < 4001; i++) await store.insert(row('a', String(i)))
    const seen: string[] = []
    const loading = store.load(['a'], (entity) => seen.push(entity.id))
    await store.insert(row('a', 'late'))
    assert.deepEqual(await loading, { revision: 4001 })
    assert.equal(seen.length, 4001)
    await store.close()
  })
})
