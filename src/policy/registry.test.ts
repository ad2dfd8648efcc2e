import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from './registry.ts'

test('state is made once, and the same for everybody who asks', () => {
  const registry = new Registry()
  assert.equal(
    registry.get('a', () => ({})),
    registry.get('a', () => ({})),
  )
})

test('the end ends each state once, also when one of them fails', async () => {
  const registry = new Registry()
  const ended: string[] = []
  registry.get(
    'fails',
    () => 'x',
    () => Promise.reject(new Error('no')),
  )
  registry.get(
    'a',
    () => 'state of a',
    (state) => void ended.push(state),
  )
  registry.get('has no end', () => 'y')
  await registry.end()
  await registry.end()
  assert.deepEqual(ended, ['state of a'])
})

test('what was dropped is made anew, and is not ended for its owner', async () => {
  const registry = new Registry()
  const first = registry.get(
    'a',
    () => ({}),
    () => assert.fail('ended'),
  )
  registry.drop('a')
  await registry.end()
  assert.notEqual(
    registry.get('a', () => ({})),
    first,
  )
})
