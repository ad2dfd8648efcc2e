import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Condition, ResourceStatus } from '../../resources/status.ts'
import { hasOurEntries, statusChange } from './merge.ts'

const ours = 'kgateway.dev/kgateway'
const then = '2026-01-01T00:00:00Z'
const now = '2026-02-02T00:00:00Z'
const writer = { controllerName: ours, now }

const good: Condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'fine' }
const bad: Condition = { ...good, status: 'False', reason: 'Invalid', message: 'not fine' }
const written = (condition: Condition, since: string, observedGeneration = 1) => ({
  ...condition,
  observedGeneration,
  lastTransitionTime: since,
})
const of = (rest: Partial<ResourceStatus>): ResourceStatus => ({
  kind: 'HTTPRoute',
  namespace: 'default',
  name: 'x',
  observedGeneration: 1,
  ...rest,
})
const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw' }
const parent = (conditions: readonly Condition[]) => ({ parentRef, controllerName: ours, conditions })

describe('what has to be written', () => {
  test('a new status begins now', () => {
    assert.deepEqual(statusChange(undefined, of({ parents: [parent([good])] }), writer), {
      parents: [{ parentRef, controllerName: ours, conditions: [written(good, now)] }],
    })
  })
  test('nothing, where it stands there already, whatever the order of the fields', () => {
    const { type, status, reason, message } = good
    const condition = { lastTransitionTime: then, message, observedGeneration: 1, reason, status, type }
    const current = { parents: [{ controllerName: ours, conditions: [condition], parentRef }] }
    assert.equal(statusChange(current, of({ parents: [parent([good])] }), writer), null)
  })
  test('a time stays as long as the status does, whatever else changes', () => {
    const current = { parents: [{ parentRef, controllerName: ours, conditions: [written(good, then)] }] }
    const next = { ...good, message: 'still fine' }
    const wanted = of({ observedGeneration: 2, parents: [parent([next])] })
    assert.deepEqual(statusChange(current, wanted, writer), {
      parents: [{ parentRef, controllerName: ours, conditions: [written(next, then, 2)] }],
    })
    assert.deepEqual(statusChange(current, of({ parents: [parent([bad])] }), writer), {
      parents: [{ parentRef, controllerName: ours, conditions: [written(bad, now)] }],
    })
  })
  test('entries of other controllers stay, ours go when nothing is wanted', () => {
    const other = { parentRef, controllerName: 'example.com/other', conditions: [written(bad, then)] }
    const current = { parents: [{ parentRef, controllerName: ours, conditions: [] }, other] }
    assert.deepEqual(statusChange(current, of({ parents: [] }), writer), { parents: [other] })
    assert.equal(statusChange({ parents: [other] }, of({ parents: [] }), writer), null)
    assert.equal(statusChange(undefined, of({ parents: [] }), writer), null)
  })
  test('ancestors, likewise; nothing left is an empty list, since the list is required', () => {
    const current = { ancestors: [{ ancestorRef: parentRef, controllerName: ours, conditions: [written(good, then)] }] }
    assert.deepEqual(statusChange(current, of({ kind: 'TrafficPolicy', ancestors: [] }), writer), { ancestors: [] })
  })
  test('conditions of a Gateway and its listeners; a type that is not ours stays', () => {
    const foreign = { type: 'example.com/Cost', status: 'True', reason: 'Low', message: '', lastTransitionTime: then }
    const current = {
      conditions: [written(good, then), foreign],
      listeners: [{ name: 'http', supportedKinds: [], attachedRoutes: 1, conditions: [written(good, then)] }],
    }
    const listener = { name: 'http', supportedKinds: [], attachedRoutes: 2, conditions: [good] }
    const wanted = of({ kind: 'Gateway', conditions: [good], listeners: [listener] })
    assert.deepEqual(statusChange(current, wanted, writer), {
      listeners: [{ ...listener, conditions: [written(good, then)] }],
    })
  })
  test('no more than an API server takes', () => {
    const parents = Array.from({ length: 40 }, () => parent([{ ...good, message: 'x'.repeat(40_000) }]))
    const change = statusChange(undefined, of({ parents }), writer) as {
      parents: { conditions: { message: string }[] }[]
    }
    assert.equal(change.parents.length, 32)
    assert.equal(change.parents[0]!.conditions[0]!.message.length, 32_768)
  })
  test('a status that is no status is written over', () => {
    for (const odd of [null, 'x', [], { parents: 'x' }, { parents: [null, 5] }]) {
      assert.ok(statusChange(odd, of({ parents: [parent([good])] }), writer) !== null)
      assert.equal(hasOurEntries(odd, ours), false)
    }
    assert.equal(hasOurEntries({ ancestors: [{ controllerName: ours }] }, ours), true)
  })
})
