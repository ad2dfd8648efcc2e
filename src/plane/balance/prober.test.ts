import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamSpec } from '../../model/model.ts'
import type { Balancer } from './balancer.ts'
import type { Balancers } from './balancers.ts'
import type { Check, CheckOutcome } from './probe.ts'
import { Prober } from './prober.ts'
import { addressesOf, FakeTimers, healthSpec, makeBalancer, upstreamSpec } from './test-kit.ts'

const OUTCOMES: Record<string, CheckOutcome> = {
  refused: { kind: 'tcp-failure' },
  late: { kind: 'timeout' },
  open: { kind: 'answer', status: null },
}

/** A prober over one balancer. Addresses answer what `says` has for their last number; else 200. */
function make(spec: UpstreamSpec) {
  const { balancer } = makeBalancer(spec)
  const timers = new FakeTimers()
  const says = new Map<string, string>()
  const checks: Check[] = []
  let hear: (balancer: Balancer, closed: boolean) => void = () => {}
  const balancers = {
    watch(each: typeof hear) {
      hear = each
      hear(balancer, false)
    },
  } as unknown as Balancers
  const held: (() => void)[] = []
  let holding = false
  const probe = (check: Check): Promise<CheckOutcome> => {
    checks.push(check)
    const said = says.get(check.ip) ?? '200'
    const outcome = OUTCOMES[said] ?? { kind: 'answer', status: Number(said) }
    if (!holding) return Promise.resolve(outcome)
    return new Promise((resolve) => held.push(() => resolve(outcome)))
  }
  const prober = new Prober(balancers, probe, timers, () => null)
  prober.start()
  return {
    ...{ balancer, timers, says, checks, prober },
    changed: (closed = false) => hear(balancer, closed),
    hold: () => {
      holding = true
      return held
    },
    unavailable: () => addressesOf(balancer).flatMap(({ available, ip }) => (available ? [] : [ip])),
  }
}

const two = { '10.0.0.1': 1, '10.0.0.2': 1 }
const counting = {
  ...{ healthyInterval: 2000, unhealthyInterval: 500, unhealthyStatuses: [500] },
  ...{ successes: 2, httpFailures: 2, tcpFailures: 1, timeouts: 3 },
}

const rows: [sentence: string, says: string, rounds: number, unhealthy: boolean][] = [
  ['a status of the unhealthy list, as often as the limit', '500', 2, true],
  ['once less', '500', 1, false],
  ['a status of neither list', '404', 9, false],
  ['a connection refused', 'refused', 1, true],
  ['no answer in time', 'late', 3, true],
  ['no answer in time, once less', 'late', 2, false],
  ['an answer that is no HTTP', '0', 2, true],
  ['a connection, where no more is asked for', 'open', 9, false],
]
for (const [sentence, says, rounds, unhealthy] of rows) {
  test(sentence, async () => {
    const made = make(upstreamSpec(two, { health: healthSpec({}, counting) }))
    made.says.set('10.0.0.1', says)
    await made.timers.pass(rounds * 2000)
    assert.deepEqual(made.unavailable(), unhealthy ? ['10.0.0.1'] : [])
  })
}

test('the first check comes after one interval, and only healthy ones are checked in the healthy rhythm', async () => {
  const made = make(upstreamSpec(two, { health: healthSpec({}, counting) }))
  await made.timers.pass(1999)
  assert.equal(made.checks.length, 0)
  await made.timers.pass(1)
  assert.equal(made.checks.length, 2)
})

test('an unhealthy one is checked in its own rhythm, and comes back', async () => {
  const made = make(upstreamSpec(two, { health: healthSpec({}, counting) }))
  made.says.set('10.0.0.1', 'refused')
  await made.timers.pass(2000)
  assert.deepEqual(made.unavailable(), ['10.0.0.1'])
  made.says.delete('10.0.0.1')
  await made.timers.pass(500)
  assert.deepEqual(made.unavailable(), ['10.0.0.1'])
  await made.timers.pass(500)
  assert.deepEqual(made.unavailable(), [])
})

test('no intervals, no checks; a target of weight 0 is not checked', async () => {
  const none = make(upstreamSpec(two))
  await none.timers.pass(60_000)
  assert.equal(none.checks.length, 0)
  const made = make(upstreamSpec({ '10.0.0.1': 0, '10.0.0.2': 1 }, { health: healthSpec({}, counting) }))
  await made.timers.pass(2000)
  assert.deepEqual(
    made.checks.map(({ ip }) => ip),
    ['10.0.0.2'],
  )
})

test('no more checks at once than the upstream allows, and none twice at once', async () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`10.0.0.${n + 1}`, 1]))
  const made = make(upstreamSpec(many, { health: healthSpec({}, { ...counting, concurrency: 3 }) }))
  const held = made.hold()
  await made.timers.pass(2000)
  assert.equal(made.checks.length, 3)
  held.shift()!()
  await made.timers.pass(0)
  assert.equal(made.checks.length, 4)
  await made.timers.pass(2000)
  assert.equal(made.checks.length, 4, 'the round is not over')
  while (made.checks.length < 9) {
    held.shift()!()
    await made.timers.pass(0)
  }
  const ips = made.checks.map(({ ip }) => ip)
  assert.equal(new Set(ips).size, 9)
})

test('a changed interval is kept from then on; a closed upstream and a stopped prober check no more', async () => {
  const made = make(upstreamSpec(two, { health: healthSpec({}, counting) }))
  made.balancer.update(upstreamSpec(two, { health: healthSpec({}, { ...counting, healthyInterval: 100 }) }))
  made.changed()
  await made.timers.pass(100)
  assert.equal(made.checks.length, 2)
  made.changed(true)
  await made.timers.pass(10_000)
  assert.equal(made.checks.length, 2)
  made.changed()
  made.prober.stop()
  await made.timers.pass(10_000)
  assert.equal(made.checks.length, 2)
})
