import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, fakeIdentity, judge } from '../../policy/test-kit.ts'
import { postFunction } from './handler.ts'

test('the caller is known, with claims', () => {
  const text = "kong.service.request.set_header('x-user', kong.client.get_claims().sub)"
  const exchange = new FakeExchange({ identities: [fakeIdentity({ claims: { sub: 'alice' } })] })
  assert.equal(judge(compilePolicy(postFunction, { access: [text] }), exchange).kind, 'next')
  assert.deepEqual(exchange.upstream.set, { 'x-user': 'alice' })
})

test('without functions there are no steps', () => {
  assert.deepEqual(Object.keys(compilePolicy(postFunction)), [])
})
