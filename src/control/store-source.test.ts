import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Change } from '../model/model.ts'
import { Registry } from '../policy/registry.ts'
import { Snapshot } from '../snapshot/snapshot.ts'
import { row } from '../store/contract.ts'
import type { Store, WriteOutcome } from '../store/port.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { StoreSource } from './store-source.ts'

const clock = { now: () => 1000 }
const KINDS = ['services', 'consumers', 'upstreams', 'targets', 'certificates', 'plugins']

const service = (id: string, host: string) => row('services', id, { json: { id, host, protocol: 'http' } })
const consumer = (id: string, username: string) => row('consumers', id, { json: { id, username } })

/** A store that another process writes to as well, and a source that serves from it. */
async function setUp() {
  const store = openSqliteStore({ file: ':memory:', clock })
  const snapshot = new Snapshot({ source: 'store', policies: [], clock, registry: new Registry() })
  return { store, snapshot, source: new StoreSource([], snapshot, store, KINDS) }
}

function written(outcome: WriteOutcome) {
  assert.ok(outcome.ok)
  return [outcome.changes, outcome.revision] as const
}

describe('a store as a source', () => {
  let store: Store
  let snapshot: Snapshot
  let source: StoreSource
  beforeEach(async () => {
    ;({ store, snapshot, source } = await setUp())
  })
  const host = (id: string) => snapshot.service(id)?.spec.host ?? null

  it('serves what was there, and from then on what this process writes', async () => {
    await store.insert(service('1', 'a'))
    await source.load()
    assert.deepEqual([host('1'), source.revision], ['a', 1])
    await source.publish(...written(await store.put(service('1', 'b'))))
    assert.deepEqual([host('1'), source.revision], ['b', 2])
  })
  it('takes over what another process wrote when it is told to catch up', async () => {
    await source.load()
    await store.insert(service('1', 'a'))
    await store.insert(service('2', 'b'))
    await source.catchUp()
    assert.deepEqual([host('1'), host('2'), source.revision], ['a', 'b', 2])
  })
  it('takes over what another process wrote before its own write, though nobody told it', async () => {
    await source.load()
    await store.insert(service('1', 'of another'))
    await source.publish(...written(await store.insert(service('2', 'own'))))
    assert.deepEqual([host('1'), host('2'), source.revision], ['of another', 'own', 2])
  })
  it('never applies an older answer behind a newer one', async () => {
    await source.load()
    const first = written(await store.insert(service('1', 'old')))
    const second = written(await store.put(service('1', 'new')))
    await Promise.all([source.publish(...second), source.publish(...first), source.catchUp()])
    assert.deepEqual([host('1'), source.revision], ['new', 2])
  })
  it('goes on after a time in which the store was away', async () => {
    await source.load()
    const { changesAfter } = store
    await store.insert(service('1', 'a'))
    store.changesAfter = () => Promise.reject(new Error('away'))
    await assert.rejects(source.catchUp(), /away/)
    store.changesAfter = changesAfter
    await source.catchUp()
    assert.equal(host('1'), 'a')
  })

  describe('whose log does not reach back far enough', () => {
    it('drops what is no longer there and takes over the rest', async () => {
      await store.insert(service('1', 'kept'))
      await store.insert(service('2', 'gone'))
      await store.insert(consumer('3', 'gone'))
      await store.insert(consumer('8', 'gone too'))
      await store.insert(row('upstreams', '5', { json: { id: '5', name: 'gone.test' } }))
      await source.load()
      const other = openSqliteStore({ file: ':memory:', clock })
      await other.insert(service('1', 'changed'))
      await other.insert(consumer('4', 'new'))
      const upstream = { id: '6', name: 'pool.test' }
      await other.insert(row('upstreams', '6', { json: upstream }))
      await other.insert(row('targets', '7', { json: { id: '7', upstream: { id: '6' }, target: 'h:1' } }))
      // The store was set back to another state, of a lower revision.
      for (const name of ['load', 'changesAfter'] as const) store[name] = other[name] as never
      await source.catchUp()
      assert.deepEqual([host('1'), host('2'), source.revision], ['changed', null, 4])
      assert.deepEqual([snapshot.directory.consumer('3'), snapshot.directory.consumer('4')?.username], [null, 'new'])
      assert.equal(snapshot.upstreamNamed('gone.test'), null)
      assert.equal(snapshot.upstreamNamed('pool.test')?.targets.length, 1)
    })
    it('is taken over in one step', async () => {
      await store.insert(service('1', 'a'))
      await source.load()
      const seen: Change[][] = []
      snapshot.apply = () => assert.fail('applied in parts')
      snapshot.replace = (changes) => {
        seen.push([...changes])
      }
      store.changesAfter = async () => null
      await source.catchUp()
      assert.deepEqual(
        seen.map((changes) => changes.length),
        [1],
      )
    })
  })
})
