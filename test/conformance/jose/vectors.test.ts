import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verificationKeyFromJwk } from '../../../src/identity/jose/jwk.ts'
import { verifyCompact } from '../../../src/identity/jose/verify-compact.ts'
import { keyVectors, tokenVectors, type Vector } from './vectors.ts'

for (const vector of [...tokenVectors, ...keyVectors]) {
  test(vector.name, () => assert.equal(accepted(vector), vector.valid))
}

function accepted({ key, alg, token }: Vector): boolean {
  const parsed = verificationKeyFromJwk(key, alg)
  return parsed !== null && verifyCompact(token, parsed) !== null
}

test('the vectors are all there', () => assert.deepEqual([tokenVectors.length, keyVectors.length], [407, 22]))

test('the vectors we correct as identical to a valid one are identical', () => {
  const token = (id: number) => tokenVectors.find(({ name }) => name.includes(`signature_test.json ${id}:`))?.token
  assert.deepEqual([token(367), token(370)], [token(357), token(357)])
})
