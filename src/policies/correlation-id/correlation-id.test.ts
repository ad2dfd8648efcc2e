import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeExchange, type FakeRequest, judge } from '../../policy/test-kit.ts'
import { correlationId } from './handler.ts'

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const shapes: [generator: string | undefined, shape: RegExp][] = [
  [undefined, new RegExp(`^${UUID}#1$`)],
  ['uuid', new RegExp(`^${UUID}$`)],
  ['tracker', /^\d+-1-1700000000\.000$/],
]
for (const [generator, shape] of shapes) {
  test(`${generator ?? 'by default'}: an id of the form ${shape}`, () => {
    const exchange = new FakeExchange()
    judge(compilePolicy(correlationId, generator === undefined ? {} : { generator }), exchange)
    assert.match(exchange.upstream.set['kong-request-id'] ?? '', shape)
    assert.deepEqual(exchange.client.set, {})
  })
}

const named = { header_name: 'X-Request-Id', echo_downstream: true }
const sent: [sentence: string, request: FakeRequest, kept: boolean][] = [
  ['an id that the client sent is kept', { headers: { 'x-request-id': 'abc' } }, true],
  ['an empty one is replaced', { headers: { 'x-request-id': '' } }, false],
  ['a missing one is made', {}, false],
]
for (const [sentence, request, kept] of sent) {
  test(`${sentence}, and told to the client`, () => {
    const exchange = new FakeExchange(request)
    judge(compilePolicy(correlationId, named), exchange)
    const id = exchange.shared.get('correlation_id')
    assert.equal(id === 'abc', kept)
    assert.deepEqual(exchange.upstream.set, kept ? {} : { 'x-request-id': id })
    assert.deepEqual(exchange.client.set, { 'x-request-id': id })
  })
}

test('the counter goes on after a recompile', () => {
  const registry = new Registry()
  const ids = [1, 2].map(() => {
    const exchange = new FakeExchange()
    judge(compilePolicy(correlationId, {}, { registry }), exchange)
    return exchange.upstream.set['kong-request-id'] ?? ''
  })
  assert.equal(ids[1], ids[0]?.replace(/#1$/, '#2'))
})

test('a name that is no header name is refused', () => {
  assert.deepEqual(correlationId.check?.(correlationId.config.parse({ header_name: 'a b' })), {
    header_name: "bad header name 'a b'",
  })
})
