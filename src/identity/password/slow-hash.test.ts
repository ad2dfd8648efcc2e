import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashQueue } from './hash-queue.ts'
import { pbkdf2Sha512 } from './pbkdf2-sha512.ts'
import { sameSecret } from './same-secret.ts'
import { SecretChecks } from './secret-checks.ts'

// python3 -c "import hashlib,base64 as b; print(b.b64encode(hashlib.pbkdf2_hmac('sha512',b'hello',b'saltsaltsaltsalt',10000,32)))"
const HELLO = '$pbkdf2-sha512$i=10000,l=32$c2FsdHNhbHRzYWx0c2FsdA$f3DJ5UHhvFR8ib5MJPNBi+GoTSdiLQxPVh3P0LJJJNU'

const rows: [sentence: string, secret: string, stored: string, isGood: boolean][] = [
  ['what another implementation hashed', 'hello', HELLO, true],
  ['the same with padding', 'hello', `${HELLO.replace('dA$', 'dA==$')}=`, true],
  ['another secret', 'hallo', HELLO, false],
  ['the row itself', HELLO, HELLO, false],
  ['fewer iterations', 'hello', HELLO.replace('i=10000', 'i=9999'), false],
  ['more work than is sane', 'hello', HELLO.replace('i=10000', 'i=9999999'), false],
  ['no work at all', 'hello', HELLO.replace('i=10000', 'i=0'), false],
  ['another length than it says', 'hello', HELLO.replace('l=32', 'l=31'), false],
  ['another function', 'hello', HELLO.replace('sha512', 'sha256'), false],
  ['a row without a hash', 'hello', '$pbkdf2-sha512$i=10000,l=0$c2FsdA$', false],
  ['an empty row', '', '', false],
]
for (const [sentence, secret, stored, isGood] of rows) {
  test(`a slow hash, ${sentence}: ${isGood}`, async () => {
    assert.equal(await pbkdf2Sha512.matches(secret, stored), isGood)
  })
}

test('what is hashed here is current, salted, and matches', async () => {
  const [one, other] = [pbkdf2Sha512.hash('open sesame'), pbkdf2Sha512.hash('open sesame')]
  assert.match(one, /^\$pbkdf2-sha512\$i=10000,l=32\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, other)
  assert.ok(pbkdf2Sha512.isStored(one) && pbkdf2Sha512.isCurrent(one))
  assert.equal(pbkdf2Sha512.isCurrent(one.replace('i=10000', 'i=20000')), false)
  assert.equal(pbkdf2Sha512.isStored('open sesame'), false)
  assert.ok(await pbkdf2Sha512.matches('open sesame', one))
})

test('secrets are the same or not', () => {
  assert.deepEqual(
    [sameSecret('a', 'a'), sameSecret('a', 'b'), sameSecret('', 'b'), sameSecret('ä', 'ä'), sameSecret('aa', 'a')],
    [true, false, false, true, false],
  )
})

/** Work that ends when it is told to. */
function held() {
  let end = (_: boolean) => {}
  const promise = new Promise<boolean>((resolve) => (end = resolve))
  return { promise, end }
}

test('a queue runs only so many at once, in order, and refuses when too many wait', async () => {
  const queue = new HashQueue({ atOnce: 2, longest: 1 })
  const begun: number[] = []
  const works = [held(), held(), held()]
  const results = works.map(({ promise }, n) =>
    queue.run(() => {
      begun.push(n)
      return promise
    }),
  )
  assert.equal(
    queue.run(async () => true),
    null,
  )
  assert.deepEqual(begun, [0, 1])
  works[1]!.end(false)
  assert.equal(await results[1], false)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(begun, [0, 1, 2])
  works[0]!.end(true)
  works[2]!.end(true)
  assert.deepEqual(await Promise.all(results), [true, false, true])
})

test('work that throws gives its place up', async () => {
  const queue = new HashQueue({ atOnce: 1, longest: 1 })
  await assert.rejects(async () => queue.run(() => Promise.reject(new Error('broken'))), /broken/)
  assert.equal(await queue.run(async () => 'next'), 'next')
})

test('a good secret is hashed once, a bad one each time, and a changed row anew', async () => {
  let hashed = 0
  const format = {
    ...pbkdf2Sha512,
    matches: async (secret: string, stored: string) => {
      hashed++
      return stored === `hash of ${secret}`
    },
  }
  const checks = new SecretChecks()
  const said: unknown[] = []
  for (const [stored, secret] of [
    ['hash of a', 'a'],
    ['hash of a', 'a'],
    ['hash of a', 'b'],
    ['hash of a', 'b'],
    ['hash of b', 'a'],
  ] as const) {
    said.push([await checks.check(format, stored, secret), hashed])
  }
  assert.deepEqual(said, [
    ['good', 1],
    ['good', 1],
    ['bad', 2],
    ['bad', 3],
    ['bad', 4],
  ])
  assert.equal(checks.check(format, 'hash of a', 'a'), 'good', 'at once')
})

test('there is no room: busy', () => {
  const checks = new SecretChecks(new HashQueue({ atOnce: 1, longest: 0 }))
  const format = { ...pbkdf2Sha512, matches: () => new Promise<boolean>(() => {}) }
  assert.ok(checks.check(format, 'x', 'a') instanceof Promise)
  assert.equal(checks.check(format, 'x', 'b'), 'busy')
})
