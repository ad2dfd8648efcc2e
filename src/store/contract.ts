import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { EntityWrite, Store, StoreChange, WriteOutcome } from './port.ts'

export interface ContractSetup {
  /** A fresh, empty store that reads the time from `clock`. */
  make(clock: { now(): number }): Promise<Store>
  /** Opens what `make` made last once more, after it was closed; absent for stores that do not outlive it. */
  reopen?(clock: { now(): number }): Promise<Store>
}

/** An entity to write; every part may be replaced. */
export function row(kind: string, id: string, more: Partial<EntityWrite> = {}): EntityWrite {
  return { kind, id, json: { id }, uniques: [], references: [], tags: [], expiresAt: null, ...more }
}
const named = (name: string) => ({ uniques: [{ name: 'name', value: name }] })
const pointing = (field: string, kind: string, id: string, onDelete: 'cascade' | 'refuse') => ({
  references: [{ field, kind, id, onDelete }],
})

function briefly(changes: readonly StoreChange[]): string[] {
  return changes.map((c) => (c.op === 'put' ? `put ${c.entity.kind}/${c.entity.id}` : `delete ${c.kind}/${c.id}`))
}
function done(outcome: WriteOutcome): string[] {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return briefly(outcome.changes)
}
function refused(outcome: WriteOutcome) {
  assert.ok(!outcome.ok, 'expected a refusal')
  return outcome.refusal
}

/** What every store must do; each implementation runs it in its own test file. */
export function storeContract(name: string, setup: ContractSetup): void {
  describe(`store contract: ${name}`, () => {
    const clock = { time: 1_000_000, now: () => clock.time }
    let store: Store
    beforeEach(async () => {
      clock.time = 1_000_000
      store = await setup.make(clock)
    })
    afterEach(() => store.close())
    const ids = async (query: Partial<Parameters<Store['page']>[0]> & { kind: string }) =>
      (await store.page({ size: 100, after: null, ...query })).entities.map((e) => e.id)

    describe('writing', () => {
      it('gives back what was inserted, as written', async () => {
        await store.insert(row('a', '1', { json: { id: '1', deep: { list: [1, null, 'ü'] } } }))
        assert.deepEqual(await store.get('a', '1'), {
          kind: 'a',
          id: '1',
          json: { id: '1', deep: { list: [1, null, 'ü'] } },
          expiresAt: null,
        })
      })
      it('counts revisions up by one a write, and not for refused ones', async () => {
        const first = await store.insert(row('a', '1'))
        await store.insert(row('a', '1'))
        const second = await store.insert(row('a', '2'))
        assert.ok(first.ok && second.ok)
        assert.equal(second.revision, first.revision + 1)
      })
      it('refuses to insert an id that exists', async () => {
        await store.insert(row('a', '1'))
        assert.deepEqual(refused(await store.insert(row('a', '1'))), { kind: 'exists', id: '1' })
      })
      it('keeps equal ids of different kinds apart', async () => {
        await store.insert(row('a', '1'))
        assert.deepEqual(done(await store.insert(row('b', '1'))), ['put b/1'])
      })
      it('refuses to update what does not exist', async () => {
        assert.deepEqual(refused(await store.update(row('a', '1'))), { kind: 'not-found' })
      })
      it('puts, whether or not it exists', async () => {
        assert.deepEqual(done(await store.put(row('a', '1', { json: { v: 1 } }))), ['put a/1'])
        assert.deepEqual(done(await store.put(row('a', '1', { json: { v: 2 } }))), ['put a/1'])
        assert.deepEqual((await store.get('a', '1'))?.json, { v: 2 })
      })
      it('refuses to delete what does not exist', async () => {
        assert.deepEqual(refused(await store.delete('a', '1')), { kind: 'not-found' })
      })
    })

    describe('unique values', () => {
      it('finds by them', async () => {
        await store.insert(row('a', '1', named('x')))
        assert.equal((await store.findUnique('a', 'name', 'x'))?.id, '1')
        assert.equal(await store.findUnique('a', 'name', 'X'), null)
        assert.equal(await store.findUnique('b', 'name', 'x'), null)
        assert.equal(await store.findUnique('a', 'key', 'x'), null)
      })
      it('refuses a second row with the same, and keeps nothing of it', async () => {
        await store.insert(row('a', '1', named('x')))
        const refusal = refused(await store.insert(row('a', '2', { ...named('x'), tags: ['t'] })))
        assert.deepEqual(refusal, { kind: 'unique', constraint: 'name', value: 'x' })
        assert.equal(await store.get('a', '2'), null)
        assert.deepEqual(await store.tags({ tag: null, size: 10, offset: 0 }), [])
      })
      it('lets a row keep its own on update, and frees what it gave up', async () => {
        await store.insert(row('a', '1', named('x')))
        assert.ok((await store.update(row('a', '1', named('x')))).ok)
        assert.ok((await store.update(row('a', '1', named('y')))).ok)
        assert.ok((await store.insert(row('a', '2', named('x')))).ok)
      })
      it('frees them on delete', async () => {
        await store.insert(row('a', '1', named('x')))
        await store.delete('a', '1')
        assert.ok((await store.insert(row('a', '2', named('x')))).ok)
      })
    })

    describe('references', () => {
      it('refuses one to nothing', async () => {
        assert.deepEqual(refused(await store.insert(row('b', '1', pointing('up', 'a', '9', 'cascade')))), {
          kind: 'reference-missing',
          field: 'up',
          target: 'a',
          id: '9',
        })
      })
      it('deletes what cascades, over several steps, those that point first', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'cascade')))
        await store.insert(row('c', '3', pointing('up', 'b', '2', 'cascade')))
        assert.deepEqual(done(await store.delete('a', '1')), ['delete c/3', 'delete b/2', 'delete a/1'])
        assert.equal(await store.get('c', '3'), null)
      })
      it('refuses a delete that another row refuses, and then deletes nothing', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'cascade')))
        await store.insert(row('c', '3', pointing('up', 'b', '2', 'refuse')))
        assert.deepEqual(refused(await store.delete('a', '1')), { kind: 'referenced', by: 'c' })
        assert.ok(await store.get('b', '2'))
      })
      it('is not held back by a row that goes in the same cascade', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'cascade')))
        const both = [
          { field: 'up', kind: 'a', id: '1', onDelete: 'cascade' as const },
          { field: 'side', kind: 'b', id: '2', onDelete: 'refuse' as const },
        ]
        await store.insert(row('c', '3', { references: both }))
        assert.equal(done(await store.delete('a', '1')).length, 3)
      })
      it('forgets what an update no longer points at', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'refuse')))
        await store.update(row('b', '2'))
        assert.ok((await store.delete('a', '1')).ok)
      })
    })

    describe('paging', () => {
      it('goes through all in order of id, whatever was written first', async () => {
        for (const id of ['3', '1', '5', '2', '4']) await store.insert(row('a', id))
        const first = await store.page({ kind: 'a', size: 2, after: null })
        assert.deepEqual([first.entities.map((e) => e.id), first.after], [['1', '2'], '2'])
        const second = await store.page({ kind: 'a', size: 2, after: '2' })
        assert.deepEqual([second.entities.map((e) => e.id), second.after], [['3', '4'], '4'])
        const last = await store.page({ kind: 'a', size: 2, after: '4' })
        assert.deepEqual([last.entities.map((e) => e.id), last.after], [['5'], null])
      })
      it('says that a full last page is the last', async () => {
        await store.insert(row('a', '1'))
        assert.equal((await store.page({ kind: 'a', size: 1, after: null })).after, null)
      })
      it('filters by tags: all, any, none such', async () => {
        await store.insert(row('a', '1', { tags: ['x', 'y'] }))
        await store.insert(row('a', '2', { tags: ['y'] }))
        await store.insert(row('a', '3', { tags: ['z', 'z'] }))
        await store.insert(row('b', '4', { tags: ['x'] }))
        const by = (mode: 'all' | 'any', ...values: string[]) => ids({ kind: 'a', tags: { mode, values } })
        assert.deepEqual(await by('all', 'x', 'y'), ['1'])
        assert.deepEqual(await by('any', 'x', 'y'), ['1', '2'])
        assert.deepEqual(await by('all', 'z'), ['3'])
        assert.deepEqual(await by('any', 'q'), [])
      })
      it('pages through any-of-tags without a row twice', async () => {
        for (const id of ['1', '2', '3']) await store.insert(row('a', id, { tags: ['x', 'y'] }))
        const tags = { mode: 'any' as const, values: ['x', 'y'] }
        const page = await store.page({ kind: 'a', size: 2, after: null, tags })
        assert.deepEqual([page.entities.map((e) => e.id), page.after], [['1', '2'], '2'])
        assert.deepEqual(await ids({ kind: 'a', after: '2', tags }), ['3'])
      })
      it('lists what points at an entity, by field', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '3', pointing('up', 'a', '1', 'cascade')))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'cascade')))
        await store.insert(row('b', '4', pointing('side', 'a', '1', 'cascade')))
        assert.deepEqual(await ids({ kind: 'b', referencing: { field: 'up', id: '1' } }), ['2', '3'])
        assert.deepEqual(await ids({ kind: 'b', after: '2', referencing: { field: 'up', id: '1' } }), ['3'])
      })
      it('lists tags by name, kind and id', async () => {
        await store.insert(row('b', '1', { tags: ['x'] }))
        await store.insert(row('a', '2', { tags: ['y', 'x'] }))
        const all = await store.tags({ tag: null, size: 10, offset: 0 })
        assert.deepEqual(
          all.map((t) => `${t.tag} ${t.kind}/${t.id}`),
          ['x a/2', 'x b/1', 'y a/2'],
        )
        assert.deepEqual(await store.tags({ tag: 'x', size: 1, offset: 1 }), [{ tag: 'x', kind: 'b', id: '1' }])
      })
    })

    describe('expiry', () => {
      beforeEach(async () => {
        await store.insert(row('a', '1', { ...named('x'), expiresAt: clock.time + 10, tags: ['t'] }))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'refuse')))
        clock.time += 10
      })
      it('never returns a row whose time is over', async () => {
        assert.equal(await store.get('a', '1'), null)
        assert.equal(await store.findUnique('a', 'name', 'x'), null)
        assert.deepEqual(await ids({ kind: 'a' }), [])
        assert.deepEqual(await store.tags({ tag: null, size: 10, offset: 0 }), [])
        const seen: string[] = []
        await store.load(['a'], (entity) => seen.push(entity.id))
        assert.deepEqual(seen, [])
        assert.deepEqual(refused(await store.delete('a', '1')), { kind: 'not-found' })
      })
      it('does not let it stand in the way of new rows, and says that it went', async () => {
        await store.delete('b', '2')
        assert.deepEqual(done(await store.insert(row('a', '3', named('x')))), ['delete a/1', 'put a/3'])
        assert.deepEqual(done(await store.insert(row('a', '1'))), ['put a/1'])
      })
      it('makes way for a new row of the same id', async () => {
        await store.delete('b', '2')
        assert.deepEqual(done(await store.insert(row('a', '1'))), ['delete a/1', 'put a/1'])
      })
      it('refuses references to it', async () => {
        const refusal = refused(await store.insert(row('b', '3', pointing('up', 'a', '1', 'cascade'))))
        assert.equal(refusal.kind, 'reference-missing')
      })
      it('purges it, once nothing living refuses', async () => {
        assert.deepEqual(done(await store.purge()), [])
        await store.delete('b', '2')
        assert.deepEqual(done(await store.purge()), ['delete a/1'])
        assert.deepEqual(done(await store.purge()), [])
      })
    })

    describe('following', () => {
      const after = async (revision: number) => {
        const found = await store.changesAfter(revision)
        return found === null ? null : { changes: briefly(found.changes), revision: found.revision }
      }
      it('tells nothing to who has seen everything', async () => {
        assert.deepEqual(await after(0), { changes: [], revision: 0 })
        await store.insert(row('a', '1'))
        assert.deepEqual(await after(1), { changes: [], revision: 1 })
      })
      it('tells what came after a revision, in order, cascades included', async () => {
        await store.insert(row('a', '1'))
        await store.insert(row('b', '2', pointing('up', 'a', '1', 'cascade')))
        await store.insert(row('a', '3'))
        await store.delete('a', '1')
        assert.deepEqual(await after(2), { changes: ['put a/3', 'delete b/2', 'delete a/1'], revision: 4 })
      })
      it('tells an entity as it stands now, and one that went again as gone only', async () => {
        await store.insert(row('a', '1', { json: { at: 1 } }))
        await store.put(row('a', '1', { json: { at: 2 }, expiresAt: clock.time + 50 }))
        await store.insert(row('a', '2'))
        await store.delete('a', '2')
        const found = await store.changesAfter(0)
        assert.deepEqual(briefly(found!.changes), ['put a/1', 'put a/1', 'delete a/2'])
        const [first] = found!.changes
        assert.ok(first?.op === 'put')
        assert.deepEqual([first.entity.json, first.expiresAt], [{ at: 2 }, clock.time + 50])
      })
      it('tells who is ahead of it to load anew', async () => {
        await store.insert(row('a', '1'))
        assert.equal(await after(7), null)
      })
    })

    describe('loading', () => {
      it('gives the kinds in the order asked for, rows in order of creation, and the revision', async () => {
        for (const id of ['3', '1', '2']) await store.insert(row('a', id))
        await store.insert(row('b', '9', { expiresAt: clock.time + 5 }))
        const last = await store.put(row('a', '3', { json: { again: true } }))
        const seen: string[] = []
        const { revision } = await store.load(['b', 'a'], (e, expires) => seen.push(`${e.kind}/${e.id} ${expires}`))
        assert.deepEqual(seen, [`b/9 ${clock.time + 5}`, 'a/3 null', 'a/1 null', 'a/2 null'])
        assert.equal(revision, last.ok && last.revision)
      })
      if (setup.reopen) {
        const { reopen } = setup
        it('finds everything again after a restart', async () => {
          await store.insert(row('a', '1', named('x')))
          await store.close()
          store = await reopen(clock)
          assert.equal((await store.findUnique('a', 'name', 'x'))?.id, '1')
          const next = await store.insert(row('a', '2'))
          assert.equal(next.ok && next.revision, 2)
        })
      }
    })
  })
}
