import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saltedSha1 } from './salted-sha1.ts'

test('the hash is SHA-1 of the password followed by the salt', () => {
  // printf 'abc' | sha1sum
  assert.equal(saltedSha1.hash('ab', 'c'), 'a9993e364706816aba3e25717850c26c9cd0d89d')
})

const stored = saltedSha1.hash('open sesame', 'id-1')
const rows: [sentence: string, password: string, salt: string, stored: string, matches: boolean][] = [
  ['the password matches', 'open sesame', 'id-1', stored, true],
  ['another does not', 'open sesam', 'id-1', stored, false],
  ['nor the same one of another consumer', 'open sesame', 'id-2', stored, false],
  ['nor the hash itself', stored, 'id-1', stored, false],
  ['nor anything when the row is broken', 'open sesame', 'id-1', '', false],
]
for (const [sentence, password, salt, row, matches] of rows) {
  test(sentence, () => assert.equal(saltedSha1.matches(password, salt, row), matches))
}
