import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Leases } from './leases.ts'

test('without requests, what goes goes at once', () => {
  const log: string[] = []
  new Leases().afterwards(() => log.push('gone'))
  assert.deepEqual(log, ['gone'])
})

test('what goes waits for the requests before it, not for those after it', () => {
  const [leases, log] = [new Leases(), [] as string[]]
  const before = leases.begin()
  leases.afterwards(() => log.push('gone'))
  const after = leases.begin()
  assert.deepEqual(log, [])
  before.end()
  assert.deepEqual(log, ['gone'])
  after.end()
  assert.deepEqual(log, ['gone'])
})

test('what went later waits for earlier requests too', () => {
  const [leases, log] = [new Leases(), [] as string[]]
  const first = leases.begin()
  leases.afterwards(() => log.push('one'))
  const second = leases.begin()
  leases.afterwards(() => log.push('two'))
  second.end()
  assert.equal(log.length, 0)
  first.end()
  leases.afterwards(() => log.push('three'))
  assert.deepEqual(log, ['one', 'two', 'three'])
})
