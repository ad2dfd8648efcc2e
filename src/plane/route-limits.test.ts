import assert from 'node:assert/strict'
import { after, beforeEach, mock, test } from 'node:test'
import type { RetrySpec } from '../model/model.ts'
import { Deadlines } from './deadlines.ts'
import { RouteLimits } from './route-limits.ts'

const deadlines = new Deadlines()
after(() => deadlines.close())
beforeEach(() => mock.timers.reset())

const retry: RetrySpec = { attempts: 2, statuses: [503], on: ['reset'], backoff: 25, backoffMax: 250 }

test('a route that says nothing has no limits', () => {
  assert.equal(
    RouteLimits.of({}, deadlines, () => {}),
    null,
  )
})

test('the time for the whole request runs through every attempt', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const expired: string[] = []
  const limits = RouteLimits.of(
    { timeouts: { request: 100, attempt: 60 } },
    deadlines,
    (which) => void expired.push(which),
  )!
  limits.attemptBegan()
  mock.timers.tick(60)
  limits.attemptBegan()
  mock.timers.tick(39)
  assert.deepEqual(expired, ['attempt'])
  mock.timers.tick(1)
  assert.deepEqual(expired, ['attempt', 'request'])
})

test('an attempt that is answered has no limit any more, the request has', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const expired: string[] = []
  const limits = RouteLimits.of(
    { timeouts: { request: 100, attempt: 60 } },
    deadlines,
    (which) => void expired.push(which),
  )!
  limits.attemptBegan()
  limits.attemptEnded()
  mock.timers.tick(99)
  assert.deepEqual(expired, [])
  mock.timers.tick(1)
  assert.deepEqual(expired, ['request'])
})

const rows: [sentence: string, ends: Parameters<RouteLimits['tryAgain']>[0][], worth: boolean[]][] = [
  ['a listed status is worth it', [503], [true]],
  ['another status is not', [500], [false]],
  ['a listed cause is', ['reset'], [true]],
  ['another cause is not', ['timeout'], [false]],
  ['no more often than asked for', [503, 'reset', 503], [true, true, false]],
]
for (const [sentence, ends, worth] of rows) {
  test(`another attempt: ${sentence}`, () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    let begun = 0
    const limits = RouteLimits.of({ retry }, deadlines, () => {})!
    assert.deepEqual(
      ends.map((end) => limits.tryAgain(end, () => void begun++)),
      worth,
    )
    mock.timers.tick(250)
    assert.ok(begun >= Math.min(1, worth.filter(Boolean).length))
    limits.end()
  })
}

test('what has ended begins no attempt', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const limits = RouteLimits.of({ retry }, deadlines, () => assert.fail('expired'))!
  limits.tryAgain(503, () => assert.fail('begun'))
  limits.end()
  mock.timers.tick(1000)
})

test('a long limit is kept by the sweep, and not after the end', () => {
  const expired: string[] = []
  const limited = () =>
    RouteLimits.of({ timeouts: { request: 15_000, attempt: null } }, deadlines, (which) => void expired.push(which))!
  const [over, under] = [limited(), limited()]
  over.end()
  deadlines.sweep(performance.now() + 14_000)
  assert.deepEqual(expired, [])
  deadlines.sweep(performance.now() + 15_001)
  assert.deepEqual(expired, ['request'])
  under.end()
})
