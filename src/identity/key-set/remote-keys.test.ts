import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { SignedToken } from './check-signature.ts'
import type { KeyCheck } from './key-source.ts'
import { RemoteKeys } from './remote-keys.ts'

const secret = (seed: string) => createHmac('sha256', 'test').update(seed).digest()
const jwk = (kid: string) => ({ kty: 'oct', kid, k: secret(kid).toString('base64url') })
const setOf = (...kids: string[]) => JSON.stringify({ keys: kids.map(jwk) })

function signedBy(kid: string, named = kid): SignedToken {
  const signingInput = Buffer.from(kid)
  const signature = createHmac('sha256', secret(kid)).update(signingInput).digest()
  return { algorithm: 'HS256', kid: named, signingInput, signature }
}

/** A server whose answers come when the test says, with a clock and timers that stand still. */
function aServer(more: { cacheMs?: number; inBackground?: boolean } = {}) {
  const waiting: { resolve(text: string): void; reject(error: Error): void }[] = []
  const timers = new Set<{ ms: number; run(): void }>()
  const failures: string[] = []
  const time = { now: 0 }
  const keys = new RemoteKeys({
    fetchSet: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve: (text) => resolve(Buffer.from(text)), reject })
      }),
    clock: { now: () => time.now },
    after(ms, run) {
      const timer = { ms, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    cacheMs: 60_000,
    inBackground: false,
    failedRefetchMs: 1000,
    lax: false,
    failed: (why) => failures.push(why),
    ...more,
  })
  return {
    keys,
    time,
    failures,
    timers: () => [...timers].map(({ ms }) => ms),
    fire() {
      const due = [...timers]
      timers.clear()
      for (const { run } of due) run()
    },
    open: () => waiting.length,
    async answer(text: string) {
      waiting.shift()!.resolve(text)
      await settled()
    },
    async fail(why = 'refused') {
      waiting.shift()!.reject(new Error(why))
      await settled()
    },
    ask: (kid: string, named = kid) => keys.check(signedBy(kid, named), time.now),
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const inWords = (check: KeyCheck) => (typeof check === 'string' ? check : `key ${check.kid}`)
/** What is said at once; `waits` when nothing is. */
const atOnce = (check: KeyCheck | Promise<KeyCheck>) => (check instanceof Promise ? 'waits' : inWords(check))
const later = async (check: KeyCheck | Promise<KeyCheck>) => inWords(await check)

test('nothing is fetched before a key is needed; then everybody waits for one fetch', async () => {
  const server = aServer()
  assert.equal(server.open(), 0)
  const both = [server.ask('a'), server.ask('a')]
  assert.equal(server.open(), 1)
  await server.answer(setOf('a'))
  assert.deepEqual(await Promise.all(both.map(later)), ['key a', 'key a'])
  assert.equal(atOnce(server.ask('a')), 'key a')
})

test('without keys a failed fetch is a refusal, and the next request asks again', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.fail('no route')
  assert.equal(await later(first), 'fetch-failed')
  const second = server.ask('a')
  await server.answer('{"keys":[]}')
  assert.equal(await later(second), 'fetch-failed')
  assert.deepEqual(server.failures, ['no route', "Jwks doesn't have any valid public key"])
})

test('keys that are too old are fetched anew before anything is said by them', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a'))
  await first
  server.time.now = 60_000
  assert.equal(server.keys.isFresh(server.time.now), false)
  const next = server.ask('a')
  await server.answer(setOf('b'))
  assert.equal(await later(next), 'no-such-key')
})

test('while the server is away the keys stay in use, nobody waits, and it is asked once a second', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a'))
  await first
  server.time.now = 60_000
  const next = server.ask('a')
  await server.fail()
  assert.equal(await later(next), 'key a')
  assert.equal(atOnce(server.ask('a')), 'key a')
  assert.equal(server.open(), 0)
  server.time.now += 1000
  assert.equal(atOnce(server.ask('a')), 'key a')
  assert.equal(server.open(), 1)
  await server.answer(setOf('b'))
  assert.equal(atOnce(server.ask('b')), 'key b')
})

test('an hour later they are no keys any more', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a'))
  await first
  server.time.now = 60_000
  const second = server.ask('a')
  await server.fail()
  await second
  server.time.now = 60_000 + 3_600_000
  const last = server.ask('a')
  await server.fail()
  assert.equal(await later(last), 'fetch-failed')
})

test('a key that nobody has heard of is asked for, and in vain once in ten seconds', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a'))
  await first
  const rotated = server.ask('b')
  assert.equal(atOnce(server.ask('a')), 'key a', 'who has a known key does not wait')
  await server.answer(setOf('a', 'b'))
  assert.equal(await later(rotated), 'key b')
  const second = server.ask('c', 'd')
  await server.answer(setOf('a', 'b'))
  assert.equal(await later(second), 'no-such-key')
  assert.equal(atOnce(server.ask('c')), 'no-such-key')
  server.time.now += 10_000
  const third = server.ask('c')
  await server.fail()
  assert.equal(await later(third), 'no-such-key', 'a fetch that failed changes nothing')
  assert.equal(server.keys.isFresh(server.time.now), true)
})

test('a known key that did not sign, or a token without kid, asks for nothing', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a'))
  await first
  assert.equal(atOnce(server.ask('b', 'a')), 'not-signed')
  assert.equal(atOnce(server.ask('b', '')), 'not-signed')
  assert.equal(server.open(), 0)
})

test('keys that stay are the same objects; those that are gone are retired', async () => {
  const server = aServer()
  const first = server.ask('a')
  await server.answer(setOf('a', 'b'))
  await first
  const [a, b] = [server.ask('a'), server.ask('b')]
  const { generation } = server.keys
  server.time.now = 60_000
  const again = server.ask('a')
  await server.answer(setOf('c', 'a'))
  assert.equal(await again, a)
  assert.ok(typeof b === 'object' && !(b instanceof Promise) && b.isRetired)
  assert.equal(server.keys.generation, generation + 1)
  server.time.now = 120_000
  const same = server.ask('a')
  await server.answer(setOf('c', 'a'))
  await same
  assert.equal(server.keys.generation, generation + 1, 'the same set is no change')
})

test('in the background: fetched at once, again five seconds before they are too old, and never too old', async () => {
  const server = aServer({ inBackground: true })
  const release = server.keys.hold()
  assert.equal(server.open(), 1)
  await server.answer(setOf('a'))
  assert.deepEqual(server.timers(), [55_000])
  server.time.now = 1e9
  assert.equal(atOnce(server.ask('a')), 'key a')
  server.fire()
  await server.fail()
  assert.deepEqual(server.timers(), [1000])
  assert.equal(atOnce(server.ask('a')), 'key a')
  server.fire()
  await server.answer(setOf('b'))
  assert.equal(atOnce(server.ask('b')), 'key b')
  release()
  assert.deepEqual(server.timers(), [])
})

test('in the background, before the first fetch is over: requests wait for it', async () => {
  const server = aServer({ inBackground: true })
  server.keys.hold()
  const early = server.ask('a')
  assert.equal(server.open(), 1)
  await server.answer(setOf('a'))
  assert.equal(await later(early), 'key a')
})

test('the last of several uses ends the fetching, and another begins it again', async () => {
  const server = aServer({ inBackground: true })
  const [one, two] = [server.keys.hold(), server.keys.hold()]
  await server.answer(setOf('a'))
  one()
  one()
  assert.deepEqual(server.timers(), [55_000])
  two()
  assert.deepEqual(server.timers(), [])
  server.keys.hold()
  assert.equal(server.open(), 1)
})

test('a set that is good for less than five seconds is fetched when it is too old', async () => {
  const server = aServer({ inBackground: true, cacheMs: 3000 })
  server.keys.hold()
  await server.answer(setOf('a'))
  assert.deepEqual(server.timers(), [3000])
})

test('a set that is good for no time at all still serves who waited for it', async () => {
  const server = aServer({ cacheMs: 1 })
  const first = server.ask('a')
  server.time.now = 5
  await server.answer(setOf('a'))
  server.time.now = 10
  assert.equal(await later(first), 'key a')
})
