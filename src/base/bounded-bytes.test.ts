import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { boundedBytes } from './bounded-bytes.ts'

const pieces = (...texts: readonly string[]) => Readable.from(texts.map((text) => Buffer.from(text)))

test('a body of just the largest size comes whole, piece after piece', async () => {
  assert.equal(String(await boundedBytes(pieces('abc', '', 'def'), 6)), 'abcdef')
  assert.equal((await boundedBytes(pieces(), 0)).length, 0)
  assert.equal((await boundedBytes(null, 0)).length, 0)
})

test('of a larger one no piece is read beyond the one that was too much', async () => {
  const given: string[] = []
  async function* endless() {
    for (;;) {
      given.push('abc')
      yield Buffer.from('abc')
    }
  }
  await assert.rejects(boundedBytes(endless(), 7), { message: 'more than 7 bytes' })
  assert.equal(given.length, 3)
})

test('the caller says what its error is', async () => {
  const tooMuch = () => new RangeError('413')
  await assert.rejects(boundedBytes(pieces('abc'), 2, tooMuch), { name: 'RangeError', message: '413' })
})
