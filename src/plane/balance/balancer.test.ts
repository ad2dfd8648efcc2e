import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesOf, healthSpec, makeBalancer, upstreamSpec } from './test-kit.ts'

const two = { '10.0.0.1': 100, '10.0.0.2': 100 }

/** Whom the next requests go to, each once. */
function chosen(balancer: ReturnType<typeof makeBalancer>['balancer'], times = 8): string[] {
  const ips = Array.from({ length: times }, () => balancer.next(null, null)?.ip ?? '-')
  return [...new Set(ips)].sort()
}

test('a target of weight 0 is there and never chosen', () => {
  const { balancer } = makeBalancer(upstreamSpec({ ...two, '10.0.0.3': 0 }))
  assert.deepEqual(chosen(balancer), ['10.0.0.1', '10.0.0.2'])
  assert.equal(balancer.targets.length, 3)
})

test('no targets, or none with weight: nobody to ask', () => {
  assert.deepEqual(chosen(makeBalancer(upstreamSpec({})).balancer), ['-'])
  assert.deepEqual(chosen(makeBalancer(upstreamSpec({ '10.0.0.1': 0 })).balancer), ['-'])
})

const passive: [sentence: string, limits: Parameters<typeof healthSpec>[0], reports: string[], chosen: string[]][] = [
  ['a status of the unhealthy list', { httpFailures: 2 }, ['500', '500'], ['10.0.0.2']],
  ['a status of neither list', { httpFailures: 1 }, ['404', '418'], ['10.0.0.1', '10.0.0.2']],
  [
    'a healthy one in between forgets the failure',
    { httpFailures: 2, successes: 1 },
    ['500', '200', '500'],
    ['10.0.0.1', '10.0.0.2'],
  ],
  ['504 of a target is its timeout', { timeouts: 1 }, ['504'], ['10.0.0.2']],
  ['a timeout of ours', { timeouts: 1 }, ['timeout'], ['10.0.0.2']],
  ['a refused connection', { tcpFailures: 1 }, ['refused'], ['10.0.0.2']],
  ['a refused connection, nobody else asked', { tcpFailures: 1 }, ['refused last'], ['10.0.0.2']],
  [
    'nobody else asked and 502 counted: the 502 is counted',
    { tcpFailures: 1, httpFailures: 9, unhealthyStatuses: [502] },
    ['refused last'],
    ['10.0.0.1', '10.0.0.2'],
  ],
  ['nothing is counted where no limit is set', {}, ['500', 'timeout', 'refused'], ['10.0.0.1', '10.0.0.2']],
  ['success brings it back', { httpFailures: 1, successes: 2 }, ['500', '200', '200'], ['10.0.0.1', '10.0.0.2']],
]
for (const [sentence, limits, reports, expected] of passive) {
  test(`passive: ${sentence}`, () => {
    const { balancer } = makeBalancer(upstreamSpec(two, { health: healthSpec(limits) }))
    const [first] = addressesOf(balancer)
    for (const report of reports) {
      const [what, last] = report.split(' ')
      if (what === 'timeout' || what === 'refused') balancer.failed(first!, what === 'timeout', last !== undefined)
      else balancer.answered(first!, Number(what))
    }
    assert.deepEqual(chosen(balancer), expected)
  })
}

test('all unhealthy: nobody to ask, until one is back', () => {
  const { balancer, desk } = makeBalancer(upstreamSpec(two, { health: healthSpec({ httpFailures: 1 }) }))
  for (const address of addressesOf(balancer)) balancer.answered(address, 500)
  assert.deepEqual(chosen(balancer), ['-'])
  desk.set(addressesOf(balancer)[1]!.key, 'healthy')
  assert.deepEqual(chosen(balancer), ['10.0.0.2'])
})

const thresholds: [threshold: number, unhealthy: number, healthy: boolean][] = [
  [0, 3, true],
  [0, 4, false],
  [50, 1, true],
  [50, 2, false],
  [25, 2, true],
  [25, 3, false],
  [100, 0, false],
]
for (const [threshold, unhealthy, healthy] of thresholds) {
  test(`threshold ${threshold}: ${unhealthy} of 4 unhealthy leaves it ${healthy ? 'open' : 'closed'}`, () => {
    const targets = { '10.0.0.1': 1, '10.0.0.2': 1, '10.0.0.3': 1, '10.0.0.4': 1 }
    const health = healthSpec({ httpFailures: 1 }, {}, threshold)
    const { balancer } = makeBalancer(upstreamSpec(targets, { health }))
    for (const address of addressesOf(balancer).slice(0, unhealthy)) balancer.answered(address, 500)
    assert.equal(balancer.healthy, healthy)
    assert.equal(balancer.next(null, null) !== null, healthy)
  })
}

test('when everything failed a request, it starts over', () => {
  const { balancer } = makeBalancer(upstreamSpec(two))
  assert.notEqual(balancer.next(null, addressesOf(balancer)), null)
})

test('a change of the upstream keeps what is known of the addresses that stay', () => {
  const health = healthSpec({ httpFailures: 1 })
  const { balancer } = makeBalancer(upstreamSpec(two, { health }))
  const [first, second] = addressesOf(balancer)
  balancer.answered(first!, 500)
  balancer.update(upstreamSpec({ ...two, '10.0.0.3': 1 }, { health }))
  assert.equal(addressesOf(balancer)[1], second)
  assert.deepEqual(chosen(balancer, 300), ['10.0.0.2', '10.0.0.3'])
  balancer.update(upstreamSpec(two))
  assert.deepEqual(chosen(balancer), ['10.0.0.1', '10.0.0.2'], 'without checks nobody is unhealthy')
})

test('a target that is removed and comes again is healthy', () => {
  const health = healthSpec({ httpFailures: 1 })
  const { balancer } = makeBalancer(upstreamSpec(two, { health }))
  balancer.answered(addressesOf(balancer)[0]!, 500)
  balancer.update(upstreamSpec({ '10.0.0.2': 100 }, { health }))
  balancer.update(upstreamSpec(two, { health }))
  assert.deepEqual(chosen(balancer), ['10.0.0.1', '10.0.0.2'])
})

test('a name stands for all its addresses, each with the whole weight', async () => {
  const { balancer, timers } = makeBalancer(upstreamSpec({ 'pool.test': 100 }), {
    'pool.test': ['10.0.0.1', '10.0.0.2'],
  })
  assert.notEqual(balancer.resolving, null)
  await timers.pass(0)
  assert.equal(balancer.resolving, null)
  assert.deepEqual(chosen(balancer), ['10.0.0.1', '10.0.0.2'])
  assert.deepEqual(balancer.weight, { total: 200, available: 200 })
})

test('a name is asked again when its time is over, and its addresses change', async () => {
  const names: Record<string, readonly string[]> = { 'pool.test': ['10.0.0.1'] }
  const { balancer, timers } = makeBalancer(upstreamSpec({ 'pool.test': 100 }), names)
  await timers.pass(0)
  names['pool.test'] = ['10.0.0.2', '10.0.0.3']
  await timers.pass(9_999)
  assert.deepEqual(chosen(balancer), ['10.0.0.1'])
  await timers.pass(1)
  assert.deepEqual(chosen(balancer), ['10.0.0.2', '10.0.0.3'])
})

test('a name that can not be asked for keeps its addresses; one that never could has none, and is asked again', async () => {
  const names: Record<string, readonly string[]> = { 'pool.test': ['10.0.0.1'] }
  const { balancer, timers } = makeBalancer(upstreamSpec({ 'pool.test': 100, 'late.test': 100 }), names)
  await timers.pass(0)
  assert.deepEqual(chosen(balancer), ['10.0.0.1'])
  delete names['pool.test']
  names['late.test'] = ['10.0.0.9']
  await timers.pass(30_000)
  assert.deepEqual(chosen(balancer), ['10.0.0.1', '10.0.0.9'])
})

test('an upstream whose names do not exist has nobody to ask, and nothing to wait for', async () => {
  const { balancer, timers } = makeBalancer(upstreamSpec({ 'no.test': 100 }))
  await timers.pass(0)
  assert.equal(balancer.resolving, null)
  assert.deepEqual(chosen(balancer), ['-'])
})
