import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { row } from '../../../src/store/contract.ts'
import { type Store, StoreUnavailable } from '../../../src/store/port.ts'
import { openPostgresStore, type PostgresOptions } from '../../../src/store/postgres/store.ts'
import { heard } from './heard.ts'
import { startRelay } from './relay.ts'
import { type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.remove())
beforeEach(async () => {
  await server.sql('DROP SCHEMA IF EXISTS sallyport CASCADE')
})

const clock = { now: () => 1000 }
const NEVER = 3_600_000
const open = (more: Partial<PostgresOptions> = {}) => openPostgresStore({ url: server.url(), clock, ...more })
const unavailable = (error: unknown) => error instanceof StoreUnavailable

describe('following a PostgreSQL store', () => {
  it('is told of every write by a notice, also of those of another node', async (t) => {
    const [one, other] = [await open({ pollMs: NEVER }), await open()]
    const revisions = heard<number>()
    const following = one.follow!(revisions.hear)
    t.after(() => Promise.all([following.close(), one.close(), other.close()]))
    // Once it listens, it says where things stand.
    await revisions.until((revision) => revision === 0)
    await other.insert(row('a', '1'))
    await revisions.until((revision) => revision === 1)
    await one.insert(row('a', '2'))
    await revisions.until((revision) => revision === 2)
  })
  it('is not told of what was refused', async (t) => {
    const store = await open({ pollMs: NEVER })
    const revisions = heard<number>()
    const following = store.follow!(revisions.hear)
    t.after(() => Promise.all([following.close(), store.close()]))
    await revisions.until((revision) => revision === 0)
    await store.update(row('a', '1'))
    await store.insert(row('a', '1'))
    await revisions.until((revision) => revision === 1)
    assert.deepEqual(revisions.all, [0, 1])
  })
  it('asks now and then, where notices are swallowed', async (t) => {
    const store = await open({ pollMs: 20 })
    const revisions = heard<number>()
    const following = store.follow!(revisions.hear)
    t.after(() => Promise.all([following.close(), store.close()]))
    await revisions.until((revision) => revision === 0)
    await server.sql('UPDATE sallyport.head SET revision = 7')
    await revisions.until((revision) => revision === 7)
  })
  it('listens again after the connection was lost, and asks for what it missed', async (t) => {
    const [told, revisions] = [heard<string>(), heard<number>()]
    const store = await open({ pollMs: NEVER, tell: told.hear })
    const following = store.follow!(revisions.hear)
    t.after(() => Promise.all([following.close(), store.close()]))
    await revisions.until((revision) => revision === 0)
    await server.sql(`
      UPDATE sallyport.head SET revision = 5;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)
    await revisions.until((revision) => revision === 5)
    assert.deepEqual(told.all, ['lost', 'regained'])
    await store.insert(row('a', '1'))
    await revisions.until((revision) => revision === 6)
  })
})

describe('a PostgreSQL that goes away', () => {
  it('makes every call fail with words of its own, until it is back', async (t) => {
    const told = heard<string>()
    const store = await open({ tell: told.hear })
    const following = store.follow!(() => {})
    t.after(() => Promise.all([following.close(), store.close()]))
    await store.insert(row('a', '1'))
    await server.stop()
    const calls: Record<string, () => Promise<unknown>> = {
      insert: () => store.insert(row('a', '2')),
      delete: () => store.delete('a', '1'),
      get: () => store.get('a', '1'),
      findUnique: () => store.findUnique('a', 'name', 'x'),
      page: () => store.page({ kind: 'a', size: 1, after: null }),
      tags: () => store.tags({ tag: null, size: 1, offset: 0 }),
      load: () => store.load(['a'], () => {}),
      changesAfter: () => store.changesAfter(0),
      purge: () => store.purge(),
    }
    for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), unavailable, name)
    await told.until((event) => event === 'lost')
    await server.start()
    await told.until((event) => event === 'regained')
    assert.deepEqual(told.all, ['lost', 'regained'])
    const outcome = await store.insert(row('a', '2'))
    assert.equal(outcome.ok && outcome.revision, 2)
  })
  it('is not waited for when it falls silent, and connections that did are not used again', async (t) => {
    const relay = await startRelay(t, server.port)
    const url = server.url().replace(`:${server.port}`, `:${relay.port}`)
    const store = await open({ url, timeouts: { connectMs: 200, statementMs: 100 } })
    t.after(() => store.close())
    await store.insert(row('a', '1'))
    relay.silence()
    await assert.rejects(store.insert(row('a', '2')), unavailable)
    await assert.rejects(store.get('a', '1'), unavailable)
    relay.speak()
    assert.equal((await store.get('a', '1'))?.id, '1')
    const outcome = await store.insert(row('a', '3'))
    assert.equal(outcome.ok && outcome.revision, 2)
    assert.equal(await store.get('a', '2'), null)
  })
  it('takes nothing half: a write it dies in leaves nothing, or all', async (t) => {
    const store: Store = await open()
    t.after(() => store.close())
    const writes = Array.from({ length: 40 }, (_, n) =>
      store.insert(row('a', String(n), { tags: ['t'] })).then(
        () => 'made',
        (error: Error) => (unavailable(error) ? 'unavailable' : String(error)),
      ),
    )
    await writes[0]
    await server.stop()
    const ends = await Promise.all(writes)
    assert.deepEqual([...new Set(ends)].toSorted(), ['made', 'unavailable'])
    await server.start()
    const there = (await store.page({ kind: 'a', size: 100, after: null })).entities.map((entity) => entity.id)
    const tagged = (await store.tags({ tag: 't', size: 100, offset: 0 })).map((each) => each.id)
    assert.deepEqual(tagged, there)
    const lost = ends.flatMap((end, n) => (end === 'made' && !there.includes(String(n)) ? [n] : []))
    assert.deepEqual(lost, [])
    assert.equal((await store.changesAfter(0))?.revision, there.length)
  })
})
