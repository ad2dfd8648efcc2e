import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { EntityWrite, WriteEntity } from '../../../policy/entities.ts'
import { optional, record, text } from '../../../policy/fields.ts'
import { type AnyPolicy, definePolicy } from '../../../policy/policy.ts'
import {
  type Entity,
  type Store,
  type EntityWrite as StoredWrite,
  StoreUnavailable,
  type WriteOutcome,
} from '../../../store/port.ts'
import { entityKinds } from '../entities/kinds.ts'
import { ownedEntities } from './owned-entities.ts'

/** A store in memory, as far as policies' writes need one: rows, unique values, and what is not there. */
function plainStore() {
  const rows = new Map<string, StoredWrite>()
  const put = async (row: StoredWrite, isNew: boolean): Promise<WriteOutcome> => {
    for (const other of rows.values()) {
      const taken = row.uniques.find((unique) => other.uniques.some(({ value }) => value === unique.value))
      if (other.id !== row.id && taken)
        return { ok: false, refusal: { kind: 'unique', constraint: taken.name, value: taken.value } }
    }
    const missing = row.references.find(({ id }) => !rows.has(id))
    if (missing)
      return {
        ok: false,
        refusal: { kind: 'reference-missing', field: missing.field, target: missing.kind, id: missing.id },
      }
    if (!isNew && !rows.has(row.id)) return { ok: false, refusal: { kind: 'not-found' } }
    rows.set(row.id, row)
    return { ok: true, revision: 1, changes: [] }
  }
  const store = {
    insert: (row: StoredWrite) => put(row, true),
    update: (row: StoredWrite) => put(row, false),
    get: async (_: string, id: string) => rows.get(id) ?? null,
    delete: async (_: string, id: string) =>
      rows.delete(id) ? { ok: true, revision: 1, changes: [] } : { ok: false, refusal: { kind: 'not-found' } },
  } as unknown as Store
  return { store, rows: rows as ReadonlyMap<string, Entity & { readonly expiresAt: number | null }> }
}

const policies: AnyPolicy[] = [
  definePolicy({
    name: 'tokens',
    phase: 'identify',
    summary: 'For tests.',
    config: record({}),
    reasons: {},
    entities: [
      {
        kind: 'keys',
        lookup: 'key',
        expires: true,
        schema: record({ key: text().meta({ unique: true }), note: optional(text()) }),
      },
    ],
    compile: () => ({}),
  }),
]
const NOW = 1_700_000_000_000
const NOBODY = '99999999-9999-4999-8999-999999999999'
const consumer = { id: '11111111-1111-4111-8111-111111111111' }
let plain: ReturnType<typeof plainStore>
let published = 0
let write: WriteEntity
const clock = { now: () => NOW }
const writerOver = (store: Store) =>
  ownedEntities({
    store,
    policies,
    clock,
    kinds: entityKinds(policies, clock.now),
    publish: async () => void published++,
  })

beforeEach(async () => {
  plain = plainStore()
  published = 0
  write = writerOver(plain.store)
  await plain.store.insert({
    ...{ kind: 'consumers', id: consumer.id, json: {} },
    ...{ uniques: [], references: [], tags: [], expiresAt: null },
  })
})

const key = (fields: object = {}, lifetime: number | null = null): EntityWrite => {
  return { op: 'create', kind: 'keys', fields: { consumer, key: 'k', ...fields }, lifetime }
}
async function made(): Promise<string> {
  const outcome = await write(key({ note: 'n' }, 60))
  assert.ok(outcome.kind === 'done')
  return outcome.id
}

test('a row is made as the Admin API would make it, and published before it is done', async () => {
  const id = await made()
  const { json, expiresAt } = plain.rows.get(id)!
  assert.deepEqual(json, { id, created_at: NOW / 1000, consumer, key: 'k', note: 'n', tags: null })
  assert.deepEqual([expiresAt, published], [NOW + 60_000, 1])
})

test('a lifetime is rounded up, and bounded', async () => {
  for (const [lifetime, seconds] of [
    [0.2, 1],
    [1e12, 100_000_000],
  ] as const) {
    const outcome = await write(key({ key: String(lifetime) }, lifetime))
    assert.ok(outcome.kind === 'done')
    assert.equal(plain.rows.get(outcome.id)!.expiresAt, NOW + seconds * 1000)
  }
})

test('a change leaves what it does not name, also when the row goes', async () => {
  const id = await made()
  assert.deepEqual(await write({ op: 'change', kind: 'keys', id, fields: { key: 'other' } }), { kind: 'done', id })
  assert.deepEqual([plain.rows.get(id)!.json['key'], plain.rows.get(id)!.json['note']], ['other', 'n'])
  assert.equal(plain.rows.get(id)!.expiresAt, NOW + 60_000)
  await write({ op: 'change', kind: 'keys', id, fields: {}, lifetime: null })
  assert.equal(plain.rows.get(id)!.expiresAt, null)
})

test('a row that somebody else changed meanwhile is left as it is', async () => {
  const id = await made()
  const change = (key: string): EntityWrite => {
    return { op: 'change', kind: 'keys', id, fields: { key }, ifStill: { key: 'k' } }
  }
  assert.equal((await write(change('other'))).kind, 'done')
  assert.equal((await write(change('third'))).kind, 'missing')
  assert.equal(plain.rows.get(id)!.json['key'], 'other')
  assert.equal((await write({ ...change('x'), id: NOBODY } as EntityWrite)).kind, 'missing')
})

test('of two that remove a row, one did', async () => {
  const id = await made()
  const outcomes = await Promise.all([1, 2].map(() => write({ op: 'remove', kind: 'keys', id })))
  assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['done', 'missing'])
})

const refused: [sentence: string, write: EntityWrite, kind: string][] = [
  ['a value that is taken', key({ key: 'taken' }), 'conflict'],
  ['a row that points at nothing', key({ consumer: { id: NOBODY } }), 'missing'],
  ['a change of nothing', { op: 'change', kind: 'keys', id: NOBODY, fields: {} }, 'missing'],
]
for (const [sentence, wanted, kind] of refused) {
  test(`${sentence}: ${kind}`, async () => {
    await write(key({ key: 'taken' }))
    assert.equal((await write(wanted)).kind, kind)
    assert.equal(published, 1)
  })
}

test('a store that is away is no throw; a row against the schema, and a kind of nobody, are', async () => {
  const away = async () => {
    throw new StoreUnavailable('away')
  }
  assert.deepEqual(await writerOver({ ...plain.store, insert: away })(key()), { kind: 'unavailable', why: 'away' })
  await assert.rejects(write(key({ key: 7 })), /expected a string/)
  await assert.rejects(write({ ...key(), kind: 'others' }), /no such kind/)
})
