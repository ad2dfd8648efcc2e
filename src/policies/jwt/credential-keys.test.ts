import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credential } from '../../policy/directory.ts'
import { CredentialKeys } from './credential-keys.ts'

const credential = (secret: string, generation = 0): Credential => ({
  id: 'k',
  kind: 'jwt_secrets',
  fields: { algorithm: 'HS256', secret },
  consumer: null,
  parent: null,
  expiresAt: null,
  stamp: { row: 1, generation },
})

test('a key is parsed once, and again when its row is rewritten', () => {
  const keys = new CredentialKeys()
  const first = keys.of(credential('one'), false)
  assert.equal(keys.of(credential('one'), false), first)
  assert.notEqual(keys.of(credential('two', 1), false)?.key.export().toString(), first?.key.export().toString())
})

test('a secret read as base64 and the same as it stands are two keys', () => {
  const keys = new CredentialKeys()
  const secret = Buffer.from('secret').toString('base64')
  assert.equal(keys.of(credential(secret), false)?.key.export().toString(), secret)
  assert.equal(keys.of(credential(secret), true)?.key.export().toString(), 'secret')
})

const unusable: [sentence: string, fields: object][] = [
  ['an unknown algorithm', { algorithm: 'none', secret: 's' }],
  ['an empty secret', { algorithm: 'HS256', secret: '' }],
  ['no secret', { algorithm: 'HS256', secret: null }],
  ['no public key', { algorithm: 'RS256', rsa_public_key: null }],
]
for (const [sentence, fields] of unusable) {
  test(`${sentence}: no key, and no throw`, () => {
    assert.equal(new CredentialKeys().of({ ...credential(''), fields: { ...fields } }, false), null)
  })
}
