import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consumer, Credential } from './directory.ts'
import { IdentityMemo } from './identity-memo.ts'
import { Registry } from './registry.ts'
import { FakeDirectory, fakeIdentity } from './test-kit.ts'

const consumer: Consumer = { id: 'c', username: 'bob', customId: null, stamp: { row: 1, generation: 0 } }
const credential: Credential = {
  id: 'k',
  kind: 'keys',
  fields: {},
  parent: null,
  expiresAt: null,
  consumer,
  stamp: { row: 2, generation: 0 },
}
const parent: Credential = { ...credential, id: 'p', stamp: { row: 4, generation: 0 } }
const child: Credential = { ...credential, id: 'child', parent }
const rows: [sentence: string, credential: Credential, consumer: Consumer, same: boolean][] = [
  ['nothing changed', { ...credential }, { ...consumer }, true],
  ['the credential was rewritten', { ...credential, stamp: { row: 2, generation: 1 } }, consumer, false],
  ['the credential moved', { ...credential, stamp: { row: 3, generation: 0 } }, consumer, false],
  ['the consumer was rewritten', credential, { ...consumer, stamp: { row: 1, generation: 1 } }, false],
  ['its parent was rewritten', { ...child, parent: { ...parent, stamp: { row: 4, generation: 1 } } }, consumer, false],
  ['its parent is the same', { ...child, parent: { ...parent } }, consumer, true],
  ['its parent is gone', { ...child, parent: null }, consumer, false],
  ['another credential', { ...credential, id: 'l' }, consumer, false],
]
for (const [sentence, laterCredential, laterConsumer, same] of rows) {
  test(`${sentence}: ${same ? 'the same' : 'another'} verdict`, () => {
    const memo = new IdentityMemo()
    const first = memo.identified(laterCredential.id === 'child' ? child : credential, consumer, fakeIdentity)
    assert.equal(memo.identified(laterCredential, laterConsumer, fakeIdentity) === first, same)
  })
}

test('one memo for each policy and directory, over recompiles', () => {
  const registry = new Registry()
  const [one, two] = [new FakeDirectory(), new FakeDirectory()]
  assert.equal(IdentityMemo.of(registry, 'a', one), IdentityMemo.of(registry, 'a', one))
  assert.notEqual(IdentityMemo.of(registry, 'a', one), IdentityMemo.of(registry, 'a', two))
  assert.notEqual(IdentityMemo.of(registry, 'a', one), IdentityMemo.of(registry, 'b', one))
})
