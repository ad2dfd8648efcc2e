import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { admit } from './admit.ts'
import { any, boolean, defaulted, integer, list, listMap, map, object, oneOf, required, set, text } from './build.ts'
import { refusalText } from './field-error.ts'
import type { Node } from './node.ts'
import { type Rule, rule } from './rule.ts'

const told = (node: Node, value: unknown, old?: unknown) =>
  admit(node, value, old).errors.map(({ field, message }) => `${field}: ${message}`)

describe('pruning', () => {
  const node = object({ a: object({ b: text() }), m: map(text()), l: list(object({ c: text() })), x: any() })
  test('unknown fields go, at any depth, and each is named', () => {
    const { value, unknown } = admit(node, { z: 1, a: { b: 'b', y: 1 }, m: { k: 'v' }, l: [{ c: 'c', d: 'd' }] })
    assert.deepEqual(value, { a: { b: 'b' }, m: { k: 'v' }, l: [{ c: 'c' }] })
    assert.deepEqual(
      unknown.map(({ field }) => field),
      ['z', 'a.y', 'l[0].d'],
    )
  })
  test('a null is no value, unless anything goes', () => {
    assert.deepEqual(admit(node, { a: null, m: { k: null }, x: null }).value, { m: {}, x: null })
    assert.deepEqual(told(node, { l: [null] }), [
      'l[0]: Invalid value: "null": l[0] in body must be of type object: "null"',
    ])
  })
  test('names that objects have of themselves are unknown, too', () => {
    const { value, unknown } = admit(node, JSON.parse('{"constructor":1,"a":{"__proto__":{"b":"x"},"toString":2}}'))
    assert.deepEqual(value, { a: {} })
    assert.equal(unknown.length, 3)
  })
  test('the value that was given is left alone', () => {
    const given = Object.freeze({ a: Object.freeze({ b: 'b', y: 1 }) })
    admit(node, given)
    assert.deepEqual(given, { a: { b: 'b', y: 1 } })
  })
})

describe('defaults', () => {
  const inner = object({ a: defaulted(integer(), 1), b: defaulted(boolean(), false) })
  const node = object({ d: defaulted(inner, { a: 2, b: true }), e: inner, l: list(inner) })
  test('one inside of another, one in place of a null, none where the object is absent', () => {
    assert.deepEqual(admit(node, {}).value, { d: { a: 2, b: true } })
    assert.deepEqual(admit(node, { d: {}, l: [{ a: null }] }).value, { d: { a: 1, b: false }, l: [{ a: 1, b: false }] })
  })
})

describe('shape', () => {
  test('types', () => {
    const node = object({ s: text(), i: integer({ min: 1 }), b: boolean(), l: list(text()), o: object({}) })
    assert.deepEqual(told(node, { s: true, i: 'x', b: 1, l: {}, o: [] }), [
      's: Invalid value: "boolean": s in body must be of type string: "boolean"',
      'i: Invalid value: "string": i in body must be of type integer: "string"',
      'b: Invalid value: "integer": b in body must be of type boolean: "integer"',
      'l: Invalid value: "object": l in body must be of type array: "object"',
      'o: Invalid value: "array": o in body must be of type object: "array"',
    ])
    assert.deepEqual(told(node, { i: 0.5 }), [
      'i: Invalid value: "number": i in body must be of type integer: "number"',
      'i: Invalid value: 0.5: i in body should be greater than or equal to 1',
    ])
    assert.deepEqual(told(node, []), [': Invalid value: "array":  in body must be of type object: "array"'])
  })
  test('of a text only the first thing that is wrong is told; its length counts characters', () => {
    const node = object({ t: text({ min: 1, max: 2, pattern: '^[a-z]*$' }) })
    assert.deepEqual(told(node, { t: 'ABC' }), ['t: Too long: may not be more than 2 bytes'])
    assert.deepEqual(told(node, { t: '' }), ['t: Invalid value: "": t in body should be at least 1 chars long'])
    assert.deepEqual(told(node, { t: 'É\n' }), [`t: Invalid value: "É\\n": t in body should match '^[a-z]*$'`])
    assert.deepEqual(told(object({ t: text({ max: 1 }) }), { t: '𝛼' }), [])
    assert.deepEqual(told(object({ t: text({ max: 1 }) }), { t: 'ab' }), ['t: Too long: may not be more than 1 byte'])
  })
  test('a value that is not among those allowed, whatever its type', () => {
    const node = object({ e: oneOf('A', 'B') })
    assert.deepEqual(told(node, { e: 'a"b' }), ['e: Unsupported value: "a\\"b": supported values: "A", "B"'])
    assert.deepEqual(told(node, { e: ['<', { a: 1 }] }), [
      'e: Invalid value: "array": e in body must be of type string: "array"',
      'e: Unsupported value: ["\\u003c",{"a":1}]: supported values: "A", "B"',
    ])
  })
  test('keys of maps stand after a dot in checks of shape, and in brackets in all others', () => {
    const node = object({ m: map(list(text({ max: 1 }), { max: 1 }), { max: 1 }) })
    assert.deepEqual(told(node, { m: { 'a.b/c': ['xy'], d: ['x', 'y'] } }), [
      'm: Too many: 2: must have at most 1 item',
      'm.a.b/c[0]: Too long: may not be more than 1 byte',
      'm.d: Too many: 2: must have at most 1 item',
    ])
    const unique = object({ m: map(set(text())) })
    assert.deepEqual(told(unique, { m: { k: ['x', 'x', 'x'] } }), ['m[k][1]: Duplicate value: "x"'])
  })
  test('required fields of objects that are there', () => {
    const node = object({ o: object({ r: required(text()) }) })
    assert.deepEqual(told(node, {}), [])
    assert.deepEqual(told(node, { o: { r: null } }), ['o.r: Required value'])
  })
})

describe('lists whose items differ', () => {
  const item = object({ name: text(), port: integer() })
  const node = object({ l: listMap(item, ['name', 'port']) })
  test('by their keys; one that lacks a key is compared without it', () => {
    assert.deepEqual(told(node, { l: [{ name: 'a' }, { name: 'a', port: 1 }, { name: 'a' }, {}, {}] }), [
      'l[2]: Duplicate value: {"name":"a"}',
      'l[4]: Duplicate value: {}',
    ])
  })
  test('what is no object can have no keys', () => {
    assert.ok(
      told(node, { l: [5, {}, {}] }).includes(
        'l[0]: Invalid value: 5: must be an object for an array of list-type map',
      ),
    )
  })
})

describe('rules', () => {
  const never: Rule<unknown> = rule('never', () => false)
  const broken: Rule<unknown> = rule('broken', () => ({ error: 'division by zero' }))
  test('are asked of everything that is there, from the outside in', () => {
    const node = object({ l: list(text({}, never), {}, never), m: map(text({}, never)) }, broken)
    assert.deepEqual(told(node, { l: ['a'], m: { k: 'v' } }), [
      ': Invalid value: "object": division by zero evaluating rule: broken',
      'l: Invalid value: "array": never',
      'l[0]: Invalid value: "string": never',
      'm[k]: Invalid value: "string": never',
    ])
  })
  test('are not asked of what has the wrong shape, which is said; wrong patterns and lengths do not matter', () => {
    const node = object({ s: text({ min: 1 }), i: integer() }, never)
    assert.deepEqual(told(node, { i: 'x' }).slice(1), [
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ])
    assert.deepEqual(told(node, { s: '' }).slice(1), [': Invalid value: "object": never'])
    assert.equal(told(object({ i: integer() }), { i: 'x' }).length, 1, 'without rules there is nothing to say')
  })
  test('about changes are asked only where something was there before', () => {
    const same: Rule<string> = { message: 'is fixed', ofChange: true, holds: (value, old) => value === old }
    const node = object({ o: object({ f: text({}, same) }) })
    assert.deepEqual(told(node, { o: { f: 'a' } }), [])
    assert.deepEqual(told(node, { o: { f: 'a' } }, { o: {} }), [])
    assert.deepEqual(told(node, { o: { f: 'a' } }, { o: { f: 'b' } }), ['o.f: Invalid value: "string": is fixed'])
  })
})

test('all that is wrong, as kubectl prints it', () => {
  const node = object({ a: required(text()), b: required(text()) })
  assert.equal(refusalText('Thing', 'x', admit(node, { a: '' }).errors), 'The Thing "x" is invalid: b: Required value')
  assert.equal(
    refusalText('Thing', 'x', admit(node, {}).errors),
    'The Thing "x" is invalid: \n* a: Required value\n* b: Required value',
  )
})
