import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerifiedTokenCache } from './verified-token-cache.ts'

test('a token is found again by its digest, and another is not', () => {
  const cache = new VerifiedTokenCache<string>()
  const key = VerifiedTokenCache.key('a.b.c')
  cache.set(key, 'alice', 'a.b.c')
  assert.equal(cache.get(VerifiedTokenCache.key('a.b.c')), 'alice')
  assert.equal(cache.get(VerifiedTokenCache.key('a.b.d')), undefined)
  cache.delete(key)
  assert.equal(cache.get(key), undefined)
})

test('the key is the SHA-256 of the token and holds none of it', () => {
  const hex = Buffer.from(VerifiedTokenCache.key('abc'), 'latin1').toString('hex')
  assert.equal(hex, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('bounded by entries', () => {
  const cache = new VerifiedTokenCache<number>({ entries: 10 })
  for (let i = 0; i < 50; i++) cache.set(VerifiedTokenCache.key(`t${i}`), i, `t${i}`)
  assert.ok(cache.size <= 10)
})

test('bounded by bytes, long tokens counting more', () => {
  const cache = new VerifiedTokenCache<number>({ bytes: 100_000 })
  const long = 'x'.repeat(4000)
  for (let i = 0; i < 50; i++) cache.set(VerifiedTokenCache.key(long + i), i, long + i)
  assert.ok(cache.size <= 100_000 / 17_000)
  assert.ok(cache.size > 0)
})
