import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { row, storeContract } from '../contract.ts'
import type { Entity } from '../port.ts'
import { openSqliteStore } from '../sqlite/store.ts'
import { KeyRing } from './key-ring.ts'
import { readKeys } from './read-keys.ts'
import { checkKeys, noteOnlyNewest } from './seal-mark.ts'
import { sealedStore } from './sealed-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-sealed-'))
after(() => rmSync(folder, { recursive: true }))
let count = 0
const clock = { now: () => 0 }
const [OLD, NEW, OTHER] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const [old, both, fresh] = [new KeyRing([OLD]), new KeyRing([NEW, OLD]), new KeyRing([NEW])]
const places = {
  isSecret: (_: Entity, path: readonly (string | number)[]) => path.includes('secret') || path.includes('key'),
  isSecretUnique: (_: string, constraint: string) => constraint === 'key' || constraint === 'name',
}
const everywhere = { isSecret: () => true, isSecretUnique: () => true }

let latest = ''
storeContract('sealed', {
  make: async (clock) => {
    latest = join(folder, `${++count}.db`)
    return sealedStore(openSqliteStore({ file: latest, clock }), both, everywhere)
  },
  reopen: async (clock) => sealedStore(openSqliteStore({ file: latest, clock }), both, everywhere),
})

const inMemory = () => openSqliteStore({ file: ':memory:', clock })
const keyed = (id: string, key: string, more: object = {}) =>
  row('k', id, { json: { id, key, note: 'plain', ...more }, uniques: [{ name: 'key', value: key }] })

describe('a sealed store', () => {
  it('leaves no secret in its file, nor what it is found by, nor in its log', async () => {
    const file = join(folder, `${++count}.db`)
    const store = sealedStore(openSqliteStore({ file, clock }), both, places)
    await store.insert(keyed('1', 'first-secret-value', { deep: [{ secret: 'second-secret-value' }] }))
    await store.put(keyed('1', 'third-secret-value'))
    await store.insert(keyed('2', 'fourth-secret-value'))
    await store.delete('k', '2')
    const bytes = () =>
      readdirSync(folder)
        .filter((name) => name.startsWith(`${count}.db`))
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join('')
    assert.match(bytes(), /plain/)
    assert.doesNotMatch(bytes(), /secret-value/)
    await store.close()
    assert.doesNotMatch(bytes(), /secret-value/)
  })
  it('seals equal secrets differently', async () => {
    const inner = inMemory()
    const store = sealedStore(inner, both, places)
    await store.insert(row('k', '1', { json: { secret: 'x' } }))
    await store.insert(row('k', '2', { json: { secret: 'x' } }))
    const [one, two] = (await inner.page({ kind: 'k', size: 2, after: null })).entities
    assert.notEqual(one?.json['secret'], two?.json['secret'])
  })
  it('opens nothing that was put into another row, or another field', async () => {
    const inner = inMemory()
    const store = sealedStore(inner, both, places)
    await store.insert(row('k', '1', { json: { secret: 'of somebody else' } }))
    const { json } = (await inner.get('k', '1'))!
    await inner.insert(row('k', '2', { json }))
    await inner.insert(row('k', '3', { json: { key: json['secret'] } }))
    for (const id of ['2', '3'])
      await assert.rejects(store.get('k', id), /can't be read: it was changed, or belongs elsewhere/)
  })
  it('finds nobody by what stands in the database', async () => {
    const inner = inMemory()
    const store = sealedStore(inner, both, places)
    await store.insert(keyed('1', 'secret'))
    for (const digest of both.lookups('secret', 'k/key')) {
      assert.equal((await inner.findUnique('k', 'key', digest))?.id, '1')
      assert.equal(await store.findUnique('k', 'key', digest), null)
    }
  })
  it('takes nothing for sealed that a client wrote to look so', async () => {
    const store = sealedStore(inMemory(), both, places)
    const note = both.seal('x', 'y')
    await store.insert(row('k', '1', { json: { note } }))
    assert.equal((await store.get('k', '1'))?.json['note'], note)
  })

  describe('whose keys change', () => {
    it('reads, finds and refuses what an older key sealed', async () => {
      const inner = inMemory()
      await sealedStore(inner, old, places).insert(keyed('1', 'k1'))
      const store = sealedStore(inner, both, places)
      assert.equal((await store.findUnique('k', 'key', 'k1'))?.json['key'], 'k1')
      const again = await store.insert(keyed('2', 'k1'))
      assert.deepEqual(again, { ok: false, refusal: { kind: 'unique', constraint: 'key', value: 'k1' } })
    })
    it('needs the older one no longer once a row was written anew', async () => {
      const inner = inMemory()
      await sealedStore(inner, old, places).insert(keyed('1', 'k1'))
      await sealedStore(inner, both, places).update(keyed('1', 'k1'))
      assert.equal((await sealedStore(inner, fresh, places).findUnique('k', 'key', 'k1'))?.json['key'], 'k1')
      await assert.rejects(
        sealedStore(inner, old, places).get('k', '1'),
        /was sealed with the key [0-9a-f]{12}, which is not there/,
      )
    })
    it('reads, finds and refuses what was there before any key', async () => {
      const inner = inMemory()
      await inner.insert(keyed('1', 'k1'))
      const store = sealedStore(inner, both, places)
      assert.equal((await store.findUnique('k', 'key', 'k1'))?.id, '1')
      assert.equal((await store.insert(keyed('2', 'k1'))).ok, false)
      assert.equal((await store.update(keyed('1', 'k1'))).ok, true)
    })
  })
})

describe('the keys of a store', () => {
  it('are noted, and then needed', async () => {
    const inner = inMemory()
    await checkKeys(inner, null)
    await checkKeys(inner, old)
    await checkKeys(inner, old)
    await assert.rejects(checkKeys(inner, null), /^Error: the store is encrypted: give all keys/)
    await assert.rejects(checkKeys(inner, fresh), /secrets sealed with the key [0-9a-f]{12}, which is not there/)
    await checkKeys(inner, both)
    await assert.rejects(checkKeys(inner, old), /which is not there/)
    await noteOnlyNewest(inner, both)
    await checkKeys(inner, fresh)
  })

  const good = OTHER.toString('base64')
  it('are read from lines, without remarks', () => {
    assert.deepEqual(
      readKeys(`# new\n${good}\n\n ${OLD.toString('base64')}\r\n`, 'f').ids,
      new KeyRing([OTHER, OLD]).ids,
    )
  })
  const bad: [text: string, message: RegExp][] = [
    ['', /^Error: f: there is no key in it$/],
    ['# none\n', /there is no key in it/],
    [`${good}\nsecret`, /^Error: f:2: expected 32 bytes in base64/],
    [good.slice(8), /^Error: f:1: expected 32 bytes in base64/],
  ]
  for (const [text, message] of bad) {
    it(`are refused, without being told: ${message.source}`, () => {
      assert.throws(
        () => readKeys(text, 'f'),
        (error: Error) => message.test(String(error)) && !String(error).includes('secret'),
      )
    })
  }
})
