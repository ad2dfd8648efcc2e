import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedMap } from './bounded-map.ts'

test('gives back what was put in', () => {
  const map = new BoundedMap<number>(10)
  map.set('a', 1)
  map.set('a', 2)
  assert.equal(map.get('a'), 2)
  assert.equal(map.get('b'), undefined)
  assert.equal(map.size, 1)
})

test('never holds more entries than the bound', () => {
  const map = new BoundedMap<number>(100)
  for (let i = 0; i < 1000; i++) {
    map.set(`k${i}`, i)
    assert.ok(map.size <= 100)
  }
  assert.equal(map.get('k999'), 999)
  assert.equal(map.get('k0'), undefined)
})

test('never holds more weight than the bound', () => {
  const map = new BoundedMap<number>(1000, 100)
  for (let i = 0; i < 200; i++) {
    map.set(`k${i}`, i, 7)
    assert.ok(map.weight <= 100)
  }
  assert.equal(map.get('k199'), 199)
})

test('keeps what is asked for, however much else comes', () => {
  const map = new BoundedMap<number>(100)
  map.set('wanted', 1)
  for (let i = 0; i < 1000; i++) {
    map.set(`k${i}`, i)
    assert.equal(map.get('wanted'), 1)
    assert.ok(map.size <= 100)
  }
})

test('does not keep what is too heavy, and forgets what it replaces', () => {
  const map = new BoundedMap<number>(10, 10)
  map.set('a', 1, 1)
  map.set('a', 2, 6)
  assert.equal(map.get('a'), undefined)
  assert.equal(map.weight, 0)
})

test('delete forgets, in either generation', () => {
  const map = new BoundedMap<number>(4)
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, 1)
  for (const key of ['a', 'b', 'c', 'd']) map.delete(key)
  assert.deepEqual([map.size, map.weight], [0, 0])
})
