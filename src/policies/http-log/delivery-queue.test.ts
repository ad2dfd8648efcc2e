import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, FakeLog } from '../../policy/test-kit.ts'
import { DeliveryQueue, MOST_BYTES, type QueueLimits } from './delivery-queue.ts'

const LIMITS: QueueLimits = {
  ...{ maxBatchSize: 1, coalesceMs: 1000, maxEntries: 3, maxBytes: null, unordered: false },
  ...{ retryMs: 60_000, firstDelayMs: 10, maxDelayMs: 40 },
}

/** A queue whose time passes when the test says so, and whose receiver does as it is told. */
function aQueue(limits: Partial<QueueLimits> = {}) {
  const clock = new FakeClock(0)
  const log = new FakeLog()
  const sleeps: { readonly ms: number; end(): void }[] = []
  const state = { refuses: false, holds: false, batches: [] as string[][], held: [] as (() => void)[] }
  const queue = new DeliveryQueue(
    { ...LIMITS, ...limits },
    {
      clock,
      log,
      receiver: 'collector:80',
      async send(entries) {
        if (state.holds) await new Promise<void>((resolve) => state.held.push(resolve))
        if (state.refuses) throw new Error('collector:80 answered 503')
        state.batches.push([...entries])
      },
      sleep: (ms) => new Promise((end) => sleeps.push({ ms, end })),
    },
  )
  /** Lets everything run that does not wait for time, then lets the oldest pause end. */
  async function pass(): Promise<number | undefined> {
    await quiet()
    const sleep = sleeps.shift()
    if (sleep === undefined) return undefined
    clock.time += sleep.ms
    sleep.end()
    await quiet()
    return sleep.ms
  }
  return { queue, clock, log, sleeps, state, pass }
}
const quiet = () => new Promise<void>((resolve) => setImmediate(resolve))

test('with batches of one, each entry is sent at once, in order', async () => {
  const { queue, state, sleeps } = aQueue()
  for (const entry of ['a', 'b', 'c']) queue.add(entry)
  await queue.settled()
  assert.deepEqual(state.batches, [['a'], ['b'], ['c']])
  assert.equal(sleeps.length, 0)
})

test('nothing is sent within the call that adds', () => {
  const { queue, state } = aQueue()
  queue.add('a')
  assert.deepEqual(state.batches, [])
})

test('an entry that comes while the queue falls idle does not stay behind, whenever that is', async () => {
  for (let later = 0; later < 30; later++) {
    const { queue, state } = aQueue()
    queue.add('a')
    for (let n = 0; n < later; n++) await null
    queue.add('b')
    await quiet()
    assert.deepEqual(state.batches, [['a'], ['b']], `after ${later} microtasks`)
  }
})

test('a batch waits for more, so long', async () => {
  const { queue, state, pass } = aQueue({ maxBatchSize: 3 })
  queue.add('a')
  await quiet()
  queue.add('b')
  assert.deepEqual(state.batches, [])
  assert.equal(await pass(), 1000)
  assert.deepEqual(state.batches, [['a', 'b']])
})

test('a full batch waits no longer', async () => {
  const { queue, state } = aQueue({ maxBatchSize: 2 })
  queue.add('a')
  await quiet()
  queue.add('b')
  await quiet()
  assert.deepEqual(state.batches, [['a', 'b']])
})

test('a batch that is not taken is tried again with growing pauses, and said once', async () => {
  const { queue, state, pass, log } = aQueue()
  state.refuses = true
  queue.add('a')
  assert.deepEqual([await pass(), await pass(), await pass(), await pass()], [10, 20, 40, 40])
  state.refuses = false
  await pass()
  assert.deepEqual(state.batches, [['a']])
  assert.deepEqual(log.told, [
    {
      level: 'warn',
      fields: { receiver: 'collector:80', reason: 'collector:80 answered 503' },
      message: 'records could not be sent; trying again',
    },
  ])
})

test('after so long a batch is lost, and the next one has its turn', async () => {
  const { queue, state, pass, log, clock } = aQueue({ retryMs: 15 })
  state.refuses = true
  queue.add('a')
  queue.add('b')
  await pass()
  await pass()
  state.refuses = false
  while ((await pass()) !== undefined);
  assert.deepEqual(state.batches, [['b']])
  assert.deepEqual(log.told.at(-1)?.fields, { receiver: 'collector:80', lost: 1, reason: 'collector:80 answered 503' })
  assert.ok(clock.time > 15)
})

test('a retry time of -1 means one attempt', async () => {
  const { queue, state, sleeps, log } = aQueue({ retryMs: -1000 })
  state.refuses = true
  queue.add('a')
  await queue.settled()
  assert.equal(sleeps.length, 0)
  assert.equal(log.told.at(-1)?.message, 'records were lost')
})

test('a full queue drops the oldest, and says how many once in a while', async () => {
  const { queue, state, log, clock } = aQueue()
  state.holds = true
  queue.add('under way')
  await quiet()
  for (const entry of ['a', 'b', 'c', 'd', 'e']) queue.add(entry)
  assert.equal(queue.length, 3)
  assert.deepEqual(
    log.told.map(({ fields }) => fields),
    [{ receiver: 'collector:80', lost: 1, reason: 'the queue is full' }],
  )
  clock.time += 10_000
  queue.add('f')
  assert.deepEqual(log.told.at(-1)?.fields, { receiver: 'collector:80', lost: 2, reason: 'the queue is full' })
  state.holds = false
  state.held[0]!()
  await queue.settled()
  assert.deepEqual(state.batches.flat(), ['under way', 'd', 'e', 'f'])
})

test('bytes are bounded too, as UTF-8 counts them', async () => {
  const { queue, state, log } = aQueue({ maxBytes: 4 })
  state.holds = true
  queue.add('x')
  await quiet()
  for (const entry of ['ж', 'ab', 'c']) queue.add(entry)
  assert.equal(queue.length, 2, 'ж gave way')
  queue.add('12345')
  assert.equal(queue.length, 2, 'what can never fit drops nothing else')
  assert.equal(log.told.length, 1)
})

test('without order every entry goes at once, so many at a time', async () => {
  const { queue, state, log } = aQueue({ unordered: true, maxEntries: 2 })
  state.holds = true
  for (const entry of ['a', 'b', 'c']) queue.add(entry)
  await quiet()
  assert.equal(state.held.length, 2)
  assert.equal(log.told.at(-1)?.message, 'records were lost')
  for (const go of state.held) go()
  await queue.settled()
  assert.deepEqual(state.batches, [['a'], ['b']])
})

test('the end sends what waits at once', async () => {
  const { queue, state, sleeps } = aQueue({ maxBatchSize: 10 })
  queue.add('a')
  await quiet()
  await queue.drain()
  assert.deepEqual(state.batches, [['a']])
  assert.equal(sleeps.length, 1, 'the pause that was cut short')
})

test('the end does not wait for ever: what is left is lost, and said', async () => {
  const { queue, state, pass, log } = aQueue({ firstDelayMs: 10_000, maxDelayMs: 10_000 })
  state.refuses = true
  queue.add('a')
  queue.add('b')
  await quiet()
  const drained = queue.drain()
  while ((await pass()) !== undefined);
  await drained
  const lost = log.told.filter(({ message }) => message === 'records were lost')
  assert.equal(
    lost.reduce((sum, { fields }) => sum + (fields as { lost: number }).lost, 0),
    2,
  )
})

for (const unordered of [false, true]) {
  test(`where nobody set a limit of bytes, they are bounded all the same (unordered: ${unordered})`, async () => {
    const { queue, log, state, pass } = aQueue({ maxEntries: 10_000, unordered })
    state.holds = true
    const entry = 'x'.repeat(MOST_BYTES / 4)
    for (let i = 0; i < 6; i++) {
      queue.add(entry)
      await pass()
    }
    assert.match(JSON.stringify(log.told.at(-1)), /the queue is full/)
    state.holds = false
    while (state.held.length > 0) {
      state.held.shift()!()
      await quiet()
    }
    await queue.settled()
    assert.ok(state.batches.length >= 4 && state.batches.length <= 5, String(state.batches.length))
  })
}
