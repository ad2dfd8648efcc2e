import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateway, translated } from './testkit.ts'

const listener = (name: string, protocol: string, more: object = {}) => ({ name, port: 80, protocol, ...more })
const listenerSet = (name: string, day: number, ...listeners: object[]) => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'ListenerSet' },
  metadata: { name, namespace: 'default', creationTimestamp: `2026-01-0${day}T00:00:00Z` },
  spec: { parentRef: { name: 'gw' }, listeners },
})
const open = gateway({
  allowedListeners: { namespaces: { from: 'Same' } },
  listeners: [listener('http', 'HTTP', { hostname: 'a.example' })],
})
const accepted = (of: ReturnType<typeof translated>, kind: 'Gateway' | 'ListenerSet', name: string) =>
  of.conditions(kind, name).filter((each) => /^(Accepted|Programmed)/.test(each))

test('a Gateway counts the sets that it took listeners from', () => {
  const of = translated([open, listenerSet('s', 1, listener('x', 'HTTP', { hostname: 'b.example' }))])
  assert.equal(of.status('Gateway', 'gw').attachedListenerSets, 1)
})

test('a set whose listener contradicts the Gateway’s is out, and the Gateway’s stays', () => {
  const of = translated([open, listenerSet('s', 1, listener('x', 'TCP'))])
  assert.deepEqual(accepted(of, 'ListenerSet', 's'), [
    'Accepted=False ListenersNotValid: No valid listeners',
    'Programmed=False ListenersNotValid: No valid listeners',
  ])
  const [own] = of.status('ListenerSet', 's').listeners!
  assert.equal(own!.conditions.find(({ type }) => type === 'Accepted')?.reason, 'ProtocolConflict')
  assert.match(accepted(of, 'Gateway', 'gw')[0]!, /^Accepted=True Accepted/)
  assert.equal(of.status('Gateway', 'gw').attachedListenerSets, 0)
})

test('of two sets that contradict each other the older stays', () => {
  const same = listener('x', 'HTTP', { hostname: 'b.example' })
  const of = translated([open, listenerSet('a', 2, same), listenerSet('b', 1, same)])
  assert.match(accepted(of, 'ListenerSet', 'a')[0]!, /^Accepted=False/)
  assert.match(accepted(of, 'ListenerSet', 'b')[0]!, /^Accepted=True/)
})

test('a listener that is out already stands in nobody’s way', () => {
  const of = translated([
    open,
    listenerSet('s', 1, listener('x', 'TCP'), listener('y', 'HTTP', { hostname: 'b.example' })),
  ])
  const conditions = of.status('ListenerSet', 's').listeners![1]!.conditions
  assert.equal(conditions.find(({ type }) => type === 'Accepted')?.status, 'True')
})

test('a Gateway with parameters of a kind that holds none is not accepted', () => {
  const refs = (group: string, kind: string) =>
    gateway({ infrastructure: { parametersRef: { group, kind, name: 'x' } } })
  const [wrong] = accepted(translated([refs('invalid.io', 'Invalid')]), 'Gateway', 'gw')
  assert.match(wrong!, /^Accepted=False InvalidParameters/)
  const [right] = accepted(translated([refs('gateway.kgateway.dev', 'GatewayParameters')]), 'Gateway', 'gw')
  assert.match(right!, /^Accepted=True/)
})
