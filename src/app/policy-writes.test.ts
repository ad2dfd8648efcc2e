import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EntityOutcome, EntityWrite } from '../policy/entities.ts'
import { EntityRequests } from './entity-requests.ts'
import { ForwardedWrites } from './forwarded-writes.ts'
import type { Log } from './settings.ts'
import { fileWriter } from './written-by-policies.ts'

const write: EntityWrite = { op: 'remove', kind: 'tokens', id: 'a' }
const done: EntityOutcome = { kind: 'done', id: 'a' }

test('each write of a worker gets its own answer, once', async () => {
  const asked: number[] = []
  const requests = new EntityRequests((id) => asked.push(id))
  const [one, two] = [requests.write(write), requests.write(write)]
  requests.answered(asked[1]!, { kind: 'missing' })
  requests.answered(asked[0]!, done)
  requests.answered(asked[0]!, { kind: 'conflict' })
  requests.answered(999, done)
  assert.deepEqual(await Promise.all([one, two]), [done, { kind: 'missing' }])
})

test('only so many writes wait; more are refused at once', async () => {
  const asked: number[] = []
  const requests = new EntityRequests((id) => asked.push(id))
  const waiting = Array.from({ length: 1024 }, () => requests.write(write))
  assert.equal((await requests.write(write)).kind, 'unavailable')
  for (const id of asked) requests.answered(id, done)
  assert.equal(new Set(await Promise.all(waiting)).size, 1)
})

test('writes of several workers are told apart, and nobody waits for a process that is gone', () => {
  const writes = new ForwardedWrites<string>()
  const numbers = [writes.asked('a', 1), writes.asked('b', 1), writes.asked('a', 2), writes.asked('c', 1)]
  assert.equal(new Set(numbers).size, 4)
  assert.deepEqual(writes.answered(numbers[1]!), { member: 'b', id: 1 })
  assert.equal(writes.answered(numbers[1]!), undefined)
  writes.gone('c')
  assert.deepEqual(writes.abandoned(), [
    { member: 'a', id: 1 },
    { member: 'a', id: 2 },
  ])
  assert.deepEqual(writes.abandoned(), [])
})

test('a file takes no rows, and says so once for each kind', async () => {
  const told: unknown[] = []
  const log: Log = { info() {}, warn() {}, error: (fields) => void told.push(fields['kind']) }
  const writer = fileWriter('kong.yaml', log)
  const outcomes = [await writer(write), await writer(write), await writer({ ...write, kind: 'sessions' })]
  assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['unavailable']))
  assert.deepEqual(told, ['tokens', 'sessions'])
})

test('a file says nothing of a secret that keeps its form', async () => {
  const told: unknown[] = []
  const log: Log = { info() {}, warn() {}, error: (fields) => void told.push(fields) }
  const writer = fileWriter('kong.yaml', log)
  const change = { op: 'change', kind: 'tokens', id: 'a', fields: {} } as const
  assert.equal((await writer({ ...change, ifStill: { password: 'x' } })).kind, 'unavailable')
  assert.deepEqual(told, [])
  await writer(change)
  assert.equal(told.length, 1)
})
