import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumerSpec, CredentialSpec } from '../model/model.ts'
import { HashIndex } from './hash-index.ts'
import { PackedDirectory } from './packed-directory.ts'

let now = 0
const clock = { now: () => now }

const consumer = (id: string, username: string | null = null, customId: string | null = null): ConsumerSpec => {
  return { id, username, customId }
}
const key = (id: string, consumerId: string, more: Partial<CredentialSpec> = {}): CredentialSpec => {
  return { id, kind: 'keys', consumerId, key: `key-${id}`, fields: { n: id }, expiresAt: null, ...more }
}

/** A directory that the given consumers and credentials were put into, in order. */
function directory(...specs: (ConsumerSpec | CredentialSpec)[]) {
  now = 0
  const made = new PackedDirectory(clock)
  put(made, ...specs)
  return made
}
function put(into: PackedDirectory, ...specs: (ConsumerSpec | CredentialSpec)[]) {
  for (const value of specs) {
    if ('consumerId' in value) into.apply({ op: 'put', kind: 'credential', value })
    else into.apply({ op: 'put', kind: 'consumer', value })
  }
}
const remove = (from: PackedDirectory, kind: 'consumer' | 'credential', id: string) =>
  from.apply({ op: 'delete', kind, id })

const UUID = '0b1e6a5c-58ff-4c2e-9c1d-6f0a3c5d7e91'

test('a consumer is found by id and by username, never by custom id', () => {
  const made = directory(consumer(UUID, 'bob', 'custom'), consumer('plain', null, 'x'))
  const { stamp, ...bob } = made.consumer(UUID)!
  assert.deepEqual(bob, consumer(UUID, 'bob', 'custom'))
  assert.equal(made.consumerNamed('bob')?.id, UUID)
  assert.equal(made.consumerNamed(UUID)?.id, UUID)
  assert.equal(made.consumerNamed(UUID.toUpperCase())?.id, UUID)
  assert.equal(made.consumerNamed('custom'), null)
  assert.equal(made.consumerNamed('plain'), null)
  assert.equal(made.consumer('plain')?.customId, 'x')
  assert.ok(made.isCurrent(stamp))
})

test('a username that looks like an id is found when no consumer has that id', () => {
  const made = directory(consumer('c', UUID))
  assert.equal(made.consumerNamed(UUID)?.id, 'c')
  put(made, consumer(UUID, 'other'))
  assert.equal(made.consumerNamed(UUID)?.id, UUID)
})

test('names beyond ASCII and empty ones are kept as they are', () => {
  for (const name of ['Zoë', '顧客', '😀', '', 'a\u0000b']) {
    const made = directory(consumer('c', name), key('k', 'c', { key: name, fields: { name } }))
    assert.equal(made.consumerNamed(name)?.username, name)
    assert.deepEqual(made.credential('keys', name)?.fields, { name })
  }
})

test('a credential is found by kind and key, with its consumer', () => {
  const made = directory(consumer('c', 'bob'), key('1', 'c'), key('2', 'c', { kind: 'others', key: 'key-1' }))
  const found = made.credential('keys', 'key-1')!
  assert.deepEqual([found.id, found.kind, found.fields, found.consumer?.username], ['1', 'keys', { n: '1' }, 'bob'])
  assert.equal(made.credential('others', 'key-1')?.id, '2')
  assert.equal(made.credential('keys', 'key-2'), null)
  assert.equal(made.credential('unheard-of', 'key-1'), null)
})

test('a credential larger than a chunk is kept', () => {
  const long = 'x'.repeat(700_000)
  const made = directory(consumer('c'), key('1', 'c', { fields: { long } }))
  assert.equal(made.credential('keys', 'key-1')?.fields['long'], long)
  put(made, key('1', 'c'))
  assert.ok(made.size().bytes < 4_000_000)
})

test('a credential with a new key is not found by the old one', () => {
  const made = directory(consumer('c'), key('1', 'c'))
  put(made, key('1', 'c', { key: 'new' }))
  assert.equal(made.credential('keys', 'key-1'), null)
  assert.equal(made.credential('keys', 'new')?.id, '1')
})

test('a credential without a key is found through its consumer only', () => {
  const made = directory(consumer('c'), key('1', 'c', { key: null }))
  assert.equal(made.credential('keys', 'null'), null)
  assert.equal(made.credentialsOf(made.consumer('c')!, 'keys').length, 1)
})

const idsOf = (from: PackedDirectory, id: string, kind = 'keys') =>
  from.credentialsOf(from.consumer(id)!, kind).map((credential) => credential.id)

test("a consumer's credentials come in order of creation, by kind", () => {
  const made = directory(
    consumer('c'),
    consumer('d'),
    key('1', 'c'),
    key('x', 'c', { kind: 'others' }),
    key('2', 'd'),
    key('3', 'c'),
  )
  assert.deepEqual([idsOf(made, 'c'), idsOf(made, 'c', 'others'), idsOf(made, 'd')], [['1', '3'], ['x'], ['2']])
  put(made, key('1', 'c', { fields: { changed: true } }))
  assert.deepEqual(idsOf(made, 'c'), ['1', '3'])
  assert.deepEqual(made.credentialsOf(made.consumer('c')!, 'keys')[0]!.fields, { changed: true })
  put(made, key('1', 'd'))
  assert.deepEqual([idsOf(made, 'c'), idsOf(made, 'd')], [['3'], ['2', '1']])
  remove(made, 'credential', '2')
  assert.deepEqual(idsOf(made, 'd'), ['1'])
  put(made, key('4', 'd', { kind: 'others' }))
  put(made, key('1', 'd', { kind: 'others' }))
  assert.deepEqual([idsOf(made, 'd'), idsOf(made, 'd', 'others')], [[], ['1', '4']])
})

test('a credential may come before its consumer, and outlive it', () => {
  const made = directory(key('1', 'c'))
  assert.equal(made.credential('keys', 'key-1')?.consumer, null)
  assert.equal(made.consumer('c'), null)
  put(made, consumer('c', 'bob'))
  assert.equal(made.credential('keys', 'key-1')?.consumer?.username, 'bob')
  const bob = made.consumer('c')!
  remove(made, 'consumer', 'c')
  assert.equal(made.credential('keys', 'key-1')?.consumer, null)
  assert.equal(made.consumer('c'), null)
  assert.equal(made.consumerNamed('bob'), null)
  assert.deepEqual(made.credentialsOf(bob, 'keys'), [])
  remove(made, 'credential', '1')
  assert.equal(made.credential('keys', 'key-1'), null)
})

test('an expired credential is not found', () => {
  const made = directory(
    consumer('c'),
    key('1', 'c', { expiresAt: 1000 }),
    key('2', 'c', { expiresAt: 2000 }),
    key('3', 'c'),
  )
  now = 999
  assert.equal(made.credential('keys', 'key-1')?.id, '1')
  assert.deepEqual(idsOf(made, 'c'), ['1', '2', '3'])
  now = 1000
  assert.equal(made.credential('keys', 'key-1'), null)
  assert.deepEqual(idsOf(made, 'c'), ['2', '3'])
  now = 2000
  assert.deepEqual(idsOf(made, 'c'), ['3'])
})

test('a stamp holds until its row is written again, not when others are', () => {
  const made = directory(consumer('c', 'bob'), consumer('d'), key('1', 'c'))
  const ofConsumer = made.consumer('c')!.stamp
  const ofCredential = made.credential('keys', 'key-1')!.stamp
  put(made, consumer('d', 'new'), key('2', 'c'))
  assert.ok(made.isCurrent(ofConsumer) && made.isCurrent(ofCredential))
  put(made, consumer('c', 'bob', 'custom'))
  assert.ok(!made.isCurrent(ofConsumer) && made.isCurrent(ofCredential))
  assert.equal(made.credential('keys', 'key-1')?.consumer?.customId, 'custom')
  put(made, key('1', 'c'))
  assert.ok(!made.isCurrent(ofCredential))
})

test('a stamp of a deleted row does not hold for the next that takes its place', () => {
  const made = directory(consumer('c'), key('1', 'c'))
  const stamps = [made.consumer('c')!.stamp, made.credential('keys', 'key-1')!.stamp]
  remove(made, 'credential', '1')
  remove(made, 'consumer', 'c')
  put(made, consumer('d'), key('2', 'd'))
  for (const stamp of stamps) assert.ok(!made.isCurrent(stamp))
  assert.equal(made.size().rows, 2)
})

test('an outdated consumer still leads to its credentials', () => {
  const made = directory(consumer('c', 'bob'), key('1', 'c'))
  const outdated = made.consumer('c')!
  put(made, consumer('c', 'robert'))
  assert.deepEqual(
    made.credentialsOf(outdated, 'keys').map(({ consumer }) => consumer?.username),
    ['robert'],
  )
})

test('deleting what is not there changes nothing', () => {
  const made = directory(consumer('c'))
  remove(made, 'consumer', 'x')
  remove(made, 'credential', 'x')
  assert.notEqual(made.consumer('c'), null)
})

test('rewriting the same rows for ever does not grow the directory', () => {
  const made = directory()
  for (let n = 0; n < 200; n++) put(made, consumer(`c${n}`, `u${n}`), key(`k${n}`, `c${n}`))
  const before = made.size()
  for (let round = 0; round < 200; round++) {
    for (let n = 0; n < 200; n++) put(made, key(`k${n}`, `c${n}`, { fields: { text: 'y'.repeat((round * n) % 100) } }))
  }
  assert.equal(made.size().rows, before.rows)
  assert.ok(made.size().bytes < before.bytes + 4 * 256 * 1024, `${made.size().bytes} bytes`)
})

test('few rows that stay do not keep the space of many that went', () => {
  const made = directory(consumer('c'))
  const text = 'y'.repeat(200)
  for (let n = 0; n < 20_000; n++) put(made, key(`k${n}`, 'c', { fields: { text } }))
  const full = made.size().bytes
  for (let n = 0; n < 20_000; n++) if (n % 50 !== 0) remove(made, 'credential', `k${n}`)
  assert.ok(made.size().bytes < full - 4_000_000, `${made.size().bytes} of ${full} bytes`)
  for (let n = 0; n < 20_000; n += 50) assert.deepEqual(made.credential('keys', `key-k${n}`)?.fields, { text })
})

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const token = (id: string, parentId: string | null, more: Partial<CredentialSpec> = {}): CredentialSpec => {
  return { ...key(id, '', { kind: 'tokens', parentId, secondKey: `second-${id}`, ...more }), consumerId: null }
}

test('a credential of a credential is found by either key, with its parent and the consumer of that', () => {
  const made = directory(consumer('c', 'bob'), key('app', 'c'), token('t', 'app'), token('u', 'app'))
  for (const found of [made.credential('tokens', 'key-t'), made.credentialBySecond('tokens', 'second-t')]) {
    assert.deepEqual([found?.id, found?.parent?.id, found?.consumer?.username], ['t', 'app', 'bob'])
  }
  assert.equal(made.credentialBySecond('tokens', 'key-t'), null)
  assert.equal(made.credential('tokens', 'second-t'), null)
  assert.equal(made.credentialBySecond('keys', 'second-t'), null)
  assert.equal(made.credentialBySecond('nothing', 'second-t'), null)
  assert.equal(made.credential('tokens', 'key-t'), made.credential('tokens', 'key-t'), 'made once')
  assert.deepEqual(idsOf(made, 'c', 'tokens'), [])
})

test('what is found tells of the parent and its consumer as they are now', () => {
  const made = directory(token('t', 'app'))
  const told = () => {
    const found = made.credential('tokens', 'key-t')
    return [found?.parent?.fields['n'] ?? null, found?.consumer?.username ?? null]
  }
  assert.deepEqual(told(), [null, null])
  put(made, key('app', 'c'))
  assert.deepEqual(told(), ['app', null])
  put(made, consumer('c', 'bob'))
  assert.deepEqual(told(), ['app', 'bob'])
  put(made, consumer('c', 'rob'))
  assert.deepEqual(told(), ['app', 'rob'])
  put(made, key('app', 'c', { fields: { n: 'changed' } }))
  assert.deepEqual(told(), ['changed', 'rob'])
  remove(made, 'credential', 'app')
  assert.deepEqual(told(), [null, null])
})

test('a changed second key is found by the new one only, and an expired row by none', () => {
  const made = directory(token('t', null, { expiresAt: 100 }))
  const { stamp } = made.credential('tokens', 'key-t')!
  put(made, token('t', null, { secondKey: 'other', expiresAt: 100 }))
  assert.equal(made.isCurrent(stamp), false)
  assert.equal(made.credentialBySecond('tokens', 'second-t'), null)
  assert.equal(made.credentialBySecond('tokens', 'other')?.expiresAt, 100)
  put(made, token('t', null, { secondKey: null }))
  assert.equal(made.credentialBySecond('tokens', 'other'), null)
  put(made, token('t', null, { expiresAt: 100 }))
  now = 100
  assert.equal(made.credentialBySecond('tokens', 'second-t'), null)
  remove(made, 'credential', 't')
  assert.deepEqual([...made.held()], [])
})

test('a credential may come to a consumer and leave it again', () => {
  const made = directory(consumer('c'), token('t', null))
  put(made, key('t', 'c', { kind: 'tokens' }))
  assert.deepEqual(idsOf(made, 'c', 'tokens'), ['t'])
  put(made, token('t', null))
  assert.deepEqual(idsOf(made, 'c', 'tokens'), [])
  remove(made, 'credential', 't')
  remove(made, 'consumer', 'c')
  assert.ok(made.size().rows <= 2)
})

for (let seed = 1; seed <= 4; seed++) {
  test(`says the same as plain maps after any changes (seed ${seed})`, () => {
    const below = random(seed)
    const made = directory()
    const consumers = new Map<string, ConsumerSpec>()
    const credentials = new Map<string, CredentialSpec>()
    for (let step = 0; step < 20_000; step++) {
      now = step
      const consumerId = `c${below(40)}`
      const id = `k${below(120)}`
      const choice = below(10)
      if (choice < 2) {
        const spec = consumer(consumerId, below(3) === 0 ? null : `${consumerId}-${below(3)}`, null)
        put(made, spec)
        consumers.set(consumerId, spec)
      } else if (choice === 2) {
        remove(made, 'consumer', consumerId)
        consumers.delete(consumerId)
      } else if (choice < 7) {
        const spec = key(id, consumerId, {
          kind: below(2) === 0 ? 'keys' : 'others',
          key: below(4) === 0 ? null : `${id}-${below(3)}`,
          fields: { text: 'z'.repeat(below(300)) },
          expiresAt: below(4) === 0 ? step + below(200) : null,
        })
        // Moving to another consumer puts a credential behind that one's others.
        if (credentials.get(id)?.consumerId !== consumerId) credentials.delete(id)
        put(made, spec)
        credentials.set(id, spec)
      } else if (choice < 9) {
        remove(made, 'credential', id)
        credentials.delete(id)
      }
      compare(made, consumers, credentials, consumerId, id)
    }
    for (const id of [...credentials.keys()]) remove(made, 'credential', id)
    for (const id of [...consumers.keys()]) remove(made, 'consumer', id)
    assert.ok(made.size().rows <= 160 + 1)
  })
}

function compare(
  made: PackedDirectory,
  consumers: ReadonlyMap<string, ConsumerSpec>,
  credentials: ReadonlyMap<string, CredentialSpec>,
  consumerId: string,
  id: string,
): void {
  const lives = (spec: CredentialSpec) => spec.expiresAt === null || spec.expiresAt > now
  const plain = consumers.get(consumerId) ?? null
  const found = made.consumer(consumerId)
  assert.equal(found?.username, plain?.username)
  for (let n = 0; n < 3; n++) {
    const name = `${consumerId}-${n}`
    assert.equal(made.consumerNamed(name)?.id ?? null, plain?.username === name ? consumerId : null)
    for (const kind of ['keys', 'others']) {
      const spec = credentials.get(id)
      const isMeant = spec !== undefined && spec.kind === kind && spec.key === `${id}-${n}` && lives(spec)
      const credential = made.credential(kind, `${id}-${n}`)
      assert.deepEqual(credential?.fields, isMeant ? spec.fields : undefined)
      if (isMeant) assert.equal(credential?.consumer?.username, consumers.get(spec.consumerId!)?.username)
    }
  }
  if (found === null) return
  const own = [...credentials.values()].filter(
    (spec) => spec.consumerId === consumerId && spec.kind === 'keys' && lives(spec),
  )
  assert.deepEqual(
    new Set(made.credentialsOf(found, 'keys').map((credential) => JSON.stringify(credential.fields) + credential.id)),
    new Set(own.map((spec) => JSON.stringify(spec.fields) + spec.id)),
  )
}

test('an index finds every row of one hash, and loses only what is removed', () => {
  const index = new HashIndex()
  const below = random(7)
  const rows = new Map<number, number>()
  for (let step = 0; step < 20_000; step++) {
    const row = below(500)
    const hash = rows.get(row)
    if (hash === undefined) {
      // Few hashes in few parts, so that walks are long and wrap around.
      const made = (below(2) << 24) | (below(3) === 0 ? 0xffff : below(64))
      index.add(made, row)
      rows.set(row, made)
    } else {
      assert.equal(
        index.find(hash, '', (other) => other === row),
        row,
      )
      index.remove(hash, row)
      rows.delete(row)
      assert.equal(
        index.find(hash, '', (other) => other === row),
        -1,
      )
    }
  }
  for (const row of rows.keys()) index.remove(rows.get(row)!, row)
  assert.equal(index.bytes, 0)
})
