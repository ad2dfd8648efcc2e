import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flag, integer, list, map, optional, record, set, text } from '../../../policy/fields.ts'
import { fieldOf } from './field.ts'
import { decodeForm, inferRecord } from './form.ts'

const forms: [string, string, unknown][] = [
  ['plain names', 'name=v', { name: 'v' }],
  ['dots as nesting', 'config.a.b=v', { config: { a: { b: 'v' } } }],
  ['[] as a list in order', 'p[]=/a&p[]=/b', { p: ['/a', '/b'] }],
  ['numbers as places', 'p[2]=/b&p[1]=/a', { p: ['/a', '/b'] }],
  ['other brackets as a map', 'h[x-a]=1&h[x-b]=2', { h: { 'x-a': '1', 'x-b': '2' } }],
  ['all of them together', 'config.add.headers[1]=x:y', { config: { add: { headers: ['x:y'] } } }],
  ['a map of lists', 'headers.x[1]=v', { headers: { x: ['v'] } }],
  ['a repeated name as a list', 'p=/a&p=/b', { p: ['/a', '/b'] }],
  ['an odd name as it is', '.a=1&b[=2', { '.a': '1', 'b[': '2' }],
  ['a name of too many parts as it is', `a${'.b'.repeat(5000)}=v`, { [`a${'.b'.repeat(5000)}`]: 'v' }],
  ['plus and percent', 'a=b+c%26', { a: 'b c&' }],
]

const shape = record({
  port: integer(),
  enabled: flag(),
  paths: list(text()),
  codes: set(integer()),
  headers: map(list(text())),
  config: record({ n: integer() }),
  name: optional(text()),
})
const types: [string, string, unknown][] = [
  ['numbers', 'port=80', { port: 80 }],
  ['what is no number as text', 'port=abc', { port: 'abc' }],
  ['flags', 'enabled=false', { enabled: false }],
  ['one value as a list of one', 'paths=/a', { paths: ['/a'] }],
  ['no commas as lists', 'paths=/a,/b', { paths: ['/a,/b'] }],
  ['elements', 'codes[]=1&codes[]=2', { codes: [1, 2] }],
  ['maps of lists', 'headers.x=v', { headers: { x: ['v'] } }],
  ['records', 'config.n=1', { config: { n: 1 } }],
  ['empty as null', 'name=', { name: null }],
  ['strangers as they are', 'x=1', { x: '1' }],
]

describe('decodeForm', () => {
  for (const [sentence, form, expected] of forms) {
    it(`reads ${sentence}`, () => assert.deepEqual(decodeForm(new URLSearchParams(form)), expected))
  }
  it('leaves the prototype of objects alone', () => {
    decodeForm(new URLSearchParams('__proto__.polluted=1&constructor.prototype.polluted=1'))
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })
})

describe('inferRecord', () => {
  for (const [sentence, form, expected] of types) {
    it(`reads ${sentence}`, () =>
      assert.deepEqual(inferRecord(fieldOf(shape), decodeForm(new URLSearchParams(form))), expected))
  }
})
