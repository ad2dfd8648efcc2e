import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { saltedSha1 } from '../identity/password/salted-sha1.ts'
import { policies } from '../policies/index.ts'
import { keptAsKong } from './kept-as-kong.ts'

test('passwords are kept as Kong keeps them, where that is asked for, and as slow hashes otherwise', () => {
  const kindsOf = (list: typeof policies) => entityKinds(list, () => 0).get('basicauth_credentials')!
  const consumer = { id: '11111111-1111-4111-8111-111111111111' }
  const kept = kindsOf(keptAsKong(policies))
  assert.equal(kept.prepareKept, undefined)
  const row = kept.prepare!({ username: 'u', password: 'open sesame', consumer })
  assert.equal(row['password'], saltedSha1.hash('open sesame', consumer.id))
  assert.notEqual(kindsOf(policies).prepareKept, undefined)
})
