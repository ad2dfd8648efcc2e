import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, FakeResponse, judge } from '../../policy/test-kit.ts'
import { headerModifier } from './handler.ts'

const line = (name: string, value: string) => ({ name, value })
const request: FakeRequest = { headers: { 'x-user': 'bee' } }

test('requests: lines are added, set and removed', () => {
  const exchange = new FakeExchange(request)
  const changes = {
    add: [line('X-A', '1'), line('x-a', '2')],
    set: [line('X-S', 'for %REQ(x-user)% 100%%'), line('x-none', '%REQ(x-none)%')],
    remove: ['X-R'],
  }
  judge(compilePolicy(headerModifier, { request: changes }), exchange)
  assert.deepEqual(exchange.upstream.appended, [
    ['x-a', '1'],
    ['x-a', '2'],
  ])
  assert.deepEqual(exchange.upstream.set, { 'x-s': 'for bee 100%' })
  assert.deepEqual(exchange.upstream.droppedHeaders, ['x-r'])
})

test('answers: lines are added, set and removed, and know the answer', () => {
  const exchange = new FakeExchange(request)
  const response = { add: [line('X-A', 'é')], set: [line('X-S', '%RESPONSE_CODE% %RESP(x-up)%')], remove: ['X-R'] }
  compilePolicy(headerModifier, { response }).response?.(exchange, new FakeResponse(503, { 'x-up': 'u' }))
  assert.deepEqual(exchange.client, { set: { 'x-s': '503 u' }, added: [['x-a', '\xc3\xa9']], dropped: ['x-r'] })
})

/** Tells the order of calls. */
class Calls extends FakeExchange {
  readonly calls: string[] = []
  override appendHeader(name: string): void {
    this.calls.push(`add ${name}`)
  }
  override setHeader(name: string): void {
    this.calls.push(`set ${name}`)
  }
  override dropHeader(name: string): void {
    this.calls.push(`remove ${name}`)
  }
}
for (const [removeFirst, order] of [
  [true, ['remove a', 'add a', 'set a']],
  [false, ['add a', 'set a', 'remove a']],
] as const) {
  test(`removeFirst ${removeFirst}: ${order}`, () => {
    const exchange = new Calls()
    const changes = { add: [line('a', '1')], set: [line('a', '2')], remove: ['a'] }
    judge(compilePolicy(headerModifier, { request: changes, removeFirst }), exchange)
    assert.deepEqual(exchange.calls, order)
  })
}

const problems: [config: object, problem: RegExp][] = [
  [{ request: { set: [line('Host', 'a')] } }, /the header Host is not for configuration to change/],
  [{ request: { remove: ['content-length'] } }, /the header content-length is not/],
  [{ response: { add: [line(':status', '1')] } }, /the header :status is not/],
  [{ response: { add: [line('a b', '1')] } }, /'a b' is no header name/],
  [{ request: { set: [line('a', '%NOPE%')] } }, /request\.set\[0\]\.value.*%NOPE% is not known/],
  [{ request: { add: [line('a', 'b\r\nc: d')] } }, /control characters/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => assert.throws(() => compilePolicy(headerModifier, config), problem))
}
