import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeApi } from '../api/kube-api.ts'
import { FakeKubeApi } from '../fake-kube-api.ts'
import { VirtualTime } from '../virtual-time.ts'
import { LeaderElection } from './leader-election.ts'

const path = '/apis/coordination.k8s.io/v1/namespaces/gw/leases/l'

function replica(api: KubeApi, time: VirtualTime, identity: string, clockOffset = 0) {
  const ended = new AbortController()
  const changes: boolean[] = []
  const troubles: string[] = []
  const election = new LeaderElection(
    {
      api,
      wait: time.wait,
      random: () => 0,
      ticks: time.ticks,
      now: () => time.ticks() + clockOffset,
      namespace: 'gw',
      name: 'l',
      identity,
      trouble: (problem) => {
        if (problem !== null) troubles.push(problem)
      },
    },
    (leads) => changes.push(leads),
  )
  const running = election.run(ended.signal)
  const leave = () => {
    ended.abort()
    return running
  }
  return { election, changes, troubles, leave }
}

/** A connection to the API server that can be cut for one replica alone. */
function cuttable(api: FakeKubeApi): KubeApi & { cut: boolean } {
  const failing = async () => {
    throw new Error('cut')
  }
  const through: KubeApi & { cut: boolean } = {
    cut: false,
    get: (...args) => (through.cut ? failing() : api.get(args[0], args[1])),
    send: (...args) => (through.cut ? failing() : api.send(args[0], args[1], args[2])),
    patch: failing,
    stream: failing,
  }
  return through
}

const spec = (api: FakeKubeApi) => api.object(path)!.spec as Record<string, unknown>

describe('which of many replicas leads', () => {
  test('the first; the others see its lease renewed and wait, whatever their clocks say', async () => {
    const [api, time] = [new FakeKubeApi(), new VirtualTime()]
    const a = replica(api, time, 'a')
    await time.pass(1000)
    const b = replica(api, time, 'b', 3_600_000)
    await time.pass(120_000)
    assert.deepEqual([a.election.leads, b.election.leads], [true, false])
    assert.deepEqual([a.changes, b.changes], [[true], []])
    const { holderIdentity, leaseTransitions, acquireTime, renewTime } = spec(api)
    assert.deepEqual([holderIdentity, leaseTransitions], ['a', 0])
    assert.equal(acquireTime, '1970-01-01T00:00:00.000000Z')
    assert.match(String(renewTime), /^1970-01-01T00:0[12]:\d\d\.000000Z$/)
    await Promise.all([a.leave(), b.leave()])
  })

  test('one that leaves hands over at once', async () => {
    const [api, time] = [new FakeKubeApi(), new VirtualTime()]
    const a = replica(api, time, 'a')
    await time.pass(1000)
    const b = replica(api, time, 'b')
    await time.pass(5000)
    await a.leave()
    assert.deepEqual(a.changes, [true, false])
    assert.equal(spec(api).holderIdentity, '')
    await time.pass(3000)
    assert.equal(b.election.leads, true)
    assert.equal(spec(api).leaseTransitions, 1)
    await b.leave()
  })

  test('one that dies is replaced when its lease has run out, and not before', async () => {
    const [api, time] = [new FakeKubeApi(), new VirtualTime()]
    const through = cuttable(api)
    const a = replica(through, time, 'a')
    await time.pass(1000)
    const b = replica(api, time, 'b')
    await time.pass(10_000)
    through.cut = true
    await time.pass(9000)
    assert.equal(b.election.leads, false)
    await time.pass(10_000)
    assert.equal(b.election.leads, true)
    await Promise.all([a.leave(), b.leave()])
  })

  test('one that is cut off stops by itself before another begins: never do two lead', async () => {
    const [api, time] = [new FakeKubeApi(), new VirtualTime()]
    const through = cuttable(api)
    const a = replica(through, time, 'a')
    await time.pass(1000)
    const b = replica(api, time, 'b')
    await time.pass(10_000)
    through.cut = true
    for (let second = 0; second < 40; second++) {
      await time.pass(1000)
      assert.ok(!(a.election.leads && b.election.leads), `both lead after ${second} s`)
      if (second === 11) assert.equal(a.election.leads, false)
    }
    assert.equal(b.election.leads, true)
    through.cut = false
    await time.pass(10_000)
    assert.deepEqual([a.election.leads, b.election.leads], [false, true])
    await Promise.all([a.leave(), b.leave()])
  })

  test('a short trouble ends no reign', async () => {
    const [api, time] = [new FakeKubeApi(), new VirtualTime()]
    const a = replica(api, time, 'a')
    await time.pass(1000)
    api.down = new Error('down')
    await time.pass(6000)
    api.down = null
    await time.pass(6000)
    assert.deepEqual(a.changes, [true])
    assert.ok(a.troubles.includes('down'))
    await a.leave()
  })
})
