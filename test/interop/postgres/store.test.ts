import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { row, storeContract } from '../../../src/store/contract.ts'
import { type Store, StoreUnavailable } from '../../../src/store/port.ts'
import { openPostgresStore, type PostgresOptions } from '../../../src/store/postgres/store.ts'
import { KeyRing } from '../../../src/store/sealed/key-ring.ts'
import { sealedStore } from '../../../src/store/sealed/sealed-store.ts'
import { PASSWORD, type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.remove())

const clock = { now: () => 1000 }
const open = (more: Partial<PostgresOptions> = {}) => openPostgresStore({ url: server.url(), clock, ...more })
const empty = () => server.sql('DROP SCHEMA IF EXISTS sallyport CASCADE')

storeContract('postgres', {
  make: async (clock) => {
    await empty()
    return open({ clock })
  },
  reopen: (clock) => open({ clock }),
})

const ring = new KeyRing([randomBytes(32), randomBytes(32)])
const sealed = (inner: Store) => sealedStore(inner, ring, { isSecret: () => true, isSecretUnique: () => true })
storeContract('postgres, sealed', {
  make: async (clock) => {
    await empty()
    return sealed(await open({ clock }))
  },
  reopen: async (clock) => sealed(await open({ clock })),
})

describe('opening a PostgreSQL store', () => {
  beforeEach(empty)

  it('makes the tables once, whoever starts at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open()))
    assert.deepEqual(await server.sql('SELECT version FROM sallyport.layout'), [{ version: 1 }])
    for (const store of stores) await store.close()
  })
  it('refuses a database of a newer release, and leaves it alone', async () => {
    await (await open()).close()
    await server.sql('UPDATE sallyport.layout SET version = 99')
    await assert.rejects(open(), /cannot open the store: .*written by a newer Sallyport \(layout 99;/)
    assert.deepEqual(await server.sql('SELECT version FROM sallyport.layout'), [{ version: 99 }])
  })
  it('refuses a database whose texts are not Unicode', async () => {
    await server.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    await assert.rejects(open({ url: server.url('latin') }), /has the encoding LATIN1: a store needs one with UTF8/)
  })
  it('does not wait where waiting helps nobody: a wrong password, no such database', async () => {
    const told: string[] = []
    const tell = (event: string) => told.push(event)
    const wrong = server.url().replace('gate:', 'gate:not-')
    await assert.rejects(open({ url: wrong, tell }), (error: Error) => {
      assert.match(error.message, /does not let this user in \(password authentication failed for user "gate"\)/)
      return !error.message.includes(PASSWORD) && !error.message.includes(encodeURIComponent(PASSWORD))
    })
    await assert.rejects(open({ url: server.url('nowhere'), tell }), /there is no such database/)
    assert.deepEqual(told, [])
  })
  it('waits for a database that is not there yet, and says what for', async () => {
    await server.stop()
    await assert.rejects(open({ patienceMs: 0 }), /cannot open the store: no connection .*ECONNREFUSED 127\.0\.0\.1/)
    const waiting = Promise.withResolvers<string>()
    const opening = open({ tell: (event, reason) => event === 'waiting' && waiting.resolve(reason) })
    assert.match(await waiting.promise, /ECONNREFUSED/)
    await server.start()
    await (await opening).close()
  })
})

describe('several nodes on one PostgreSQL', () => {
  let one: Store
  let other: Store
  beforeEach(async () => {
    await empty()
    one = await open()
    other = await open({ timeouts: { statementMs: 300 } })
  })
  afterEach(async () => {
    await one.close()
    await other.close()
  })

  it('share revisions without a gap, in the order of what the log tells', async () => {
    const patient = await open()
    const writes = Array.from({ length: 60 }, (_, n) => (n % 2 ? one : patient).insert(row('a', String(n))))
    const revisions = (await Promise.all(writes)).map((outcome) => (outcome.ok ? outcome.revision : -1))
    assert.deepEqual(
      revisions.toSorted((a, b) => a - b),
      Array.from({ length: 60 }, (_, n) => n + 1),
    )
    const log = await one.changesAfter(0)
    const order = log!.changes.map((change) => (change.op === 'put' ? Number(change.entity.id) : -1))
    assert.deepEqual(
      order.map((n) => revisions[n]),
      Array.from({ length: 60 }, (_, n) => n + 1),
    )
    await patient.close()
  })
  it('let one of two have a unique value', async () => {
    const named = { uniques: [{ name: 'name', value: 'x' }] }
    const both = await Promise.all([one.insert(row('a', '1', named)), other.insert(row('a', '2', named))])
    assert.deepEqual(both.map((outcome) => outcome.ok).toSorted(), [false, true])
  })
  it('do not wait for ever on one that is stuck in a write, and go on afterwards', async () => {
    const stuck = await server.connect()
    await stuck.query('BEGIN; UPDATE sallyport.head SET revision = revision')
    await assert.rejects(other.insert(row('a', '1')), (error: Error) => {
      return error instanceof StoreUnavailable && /did not answer in time/.test(error.message)
    })
    await stuck.end()
    const outcome = await other.insert(row('a', '1'))
    assert.equal(outcome.ok && outcome.revision, 1)
  })
  it('load as of one revision while others write', async () => {
    for (let n = 0; n < 50; n++) await one.insert(row('a', String(n)))
    let late: Promise<unknown> | null = null
    const seen: string[] = []
    const loading = one.load(['a', 'b'], (entity) => {
      late ??= other.insert(row('b', 'late'))
      seen.push(entity.id)
    })
    assert.deepEqual(await loading, { revision: 50 })
    await late
    assert.equal(seen.length, 50)
  })
  it('load more than is fetched at once', async () => {
    await server.sql(
      "INSERT INTO sallyport.entities (kind, id, json, revision) SELECT 'a', n, '{}', 0 FROM generate_series(1, 4001) n",
    )
    let count = 0
    await one.load(['a'], () => count++)
    assert.equal(count, 4001)
  })
  it('take no revision for a purge that finds nothing it may remove', async () => {
    await one.insert(row('a', '1', { expiresAt: 1000 }))
    const pointing = { field: 'up', kind: 'a', id: '1', onDelete: 'refuse' as const }
    await server.sql("UPDATE sallyport.entities SET expires = NULL WHERE id = '1'")
    await one.insert(row('b', '2', { references: [pointing] }))
    await server.sql("UPDATE sallyport.entities SET expires = 1 WHERE id = '1'")
    assert.deepEqual(await one.purge(), { ok: true, revision: 2, changes: [] })
    assert.deepEqual(await one.changesAfter(2), { changes: [], revision: 2 })
  })
  it('forget the log beyond what they keep, and tell who is behind to load anew', async () => {
    await one.insert(row('a', '1'))
    await server.sql('UPDATE sallyport.head SET revision = 200000')
    await one.insert(row('a', '2'))
    await one.purge()
    assert.equal(await one.changesAfter(1), null)
    assert.equal((await one.changesAfter(200_000))?.changes.length, 1)
  })
  it('keep unique values of any length and any characters', async () => {
    const value = `\u0000${'long and not to be compressed'.repeat(400)}${crypto.getRandomValues(new Uint32Array(2000)).join('')}`
    await one.insert(row('a', '1', { uniques: [{ name: 'key', value }] }))
    assert.equal((await one.findUnique('a', 'key', value))?.id, '1')
    assert.deepEqual(await one.insert(row('a', '2', { uniques: [{ name: 'key', value }] })), {
      ok: false,
      refusal: { kind: 'unique', constraint: 'key', value },
    })
  })
})
