import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { flag, integer, list, map, number, oneOf, optional, record, set, text } from '../../../policy/fields.ts'
import * as t from '../entities/field-types.ts'
import { fieldOf } from './field.ts'
import { validateField } from './validate.ts'

const NOT_GIVEN = undefined
const positive = z.int().gt(0)
const nested = record({ host: text(), port: integer(0, 65535).default(80) })
const newer = record({ a: flag().default(true).meta({ whenGiven: true }) })
const vaulted = text()
  .refine((value) => value === 'x', 'not x')
  .meta({ referenceable: true })

/** Sentence, schema, value; then what is wrong with it. */
const refused: [string, z.ZodType, unknown, unknown][] = [
  ['a required field that is missing', text(), NOT_GIVEN, 'required field missing'],
  ['a required field that is null', text(), null, 'required field missing'],
  ['null where there is a default but null is no value', flag().default(true), null, 'required field missing'],
  ['a number for text', text(), 12, 'expected a string'],
  ['empty text', text(), '', 'length must be at least 1'],
  ['text for an integer', integer(), '1', 'expected an integer'],
  ['a fraction for an integer', integer(0, 9), 0.5, 'expected an integer'],
  ['text for a number', number(), 'x', 'expected a number'],
  ['a number above its bounds', integer(0, 9), 10, 'value should be between 0 and 9'],
  ['a number below its bounds', number(0, 9), -1, 'value should be between 0 and 9'],
  ['a number not above its limit', positive, 0, 'value must be greater than 0'],
  ['text for a flag', flag(), 'true', 'expected a boolean'],
  ['a word outside of the list', oneOf('a', 'b'), 'c', 'expected one of: a, b'],
  ['a number for a word', oneOf('a', 'b'), 1, 'expected a string'],
  ['a number outside of the list', z.literal([1, 2]), 3, 'expected one of: 1, 2'],
  ['text for a list', list(text()), 'a', 'expected an array'],
  ['text for a set', set(text()), 'a', 'expected a set'],
  ['an object for a list', list(text()), { a: 1 }, 'expected an array'],
  ['bad elements, by their place', list(text()), ['a', 1, 'b'], [null, 'expected a string']],
  ['a null element', list(text()), [null], ['required field missing']],
  ['text for a map', map(text()), 'a', 'expected a map'],
  ['a bad value in a map', map(text()), { a: 1 }, 'expected a string'],
  ['text for a record', nested, 'a', 'expected a record'],
  [
    'fields of a record, and strangers',
    nested,
    { port: 'x', y: 1 },
    {
      host: 'required field missing',
      port: 'expected an integer',
      y: 'unknown field',
    },
  ],
  ['a record that is missing, by its fields', nested, NOT_GIVEN, { host: 'required field missing' }],
  ['text for a foreign key', t.foreign('a', 'refuse'), 'x', { id: 'missing primary key' }],
  ['a foreign key that is no UUID', t.foreign('a', 'refuse'), { id: 'x' }, { id: 'expected a valid UUID' }],
  ['a value where only null may be', optional(text()).meta({ mustBeNull: '' }), 'x', 'value must be null'],
  ['a value where only null may be, in words', optional(text()).meta({ mustBeNull: 'no' }), 'x', 'no'],
  ['text that only looks like a reference', vaulted, '{vault', 'not x'],
  [
    'a stranger called __proto__',
    nested,
    JSON.parse('{"host":"a","__proto__":1}'),
    JSON.parse('{"__proto__":"unknown field"}'),
  ],
]

/** Sentence, schema, value; then what is stored. */
const taken: [string, z.ZodType, unknown, unknown][] = [
  ['a default', integer().default(5), NOT_GIVEN, 5],
  ['null where null is a value, default or not', integer().nullable().default(5), null, null],
  ['null for an optional field left out', optional(text()), NOT_GIVEN, null],
  ['a set without its repetitions', set(text()), ['a', 'b', 'a'], ['a', 'b']],
  ['a set of records without its repetitions', set(record({ a: text() })), [{ a: 'x' }, { a: 'x' }], [{ a: 'x' }]],
  ['an empty object as an empty list', list(text()), {}, []],
  ['a field kept only where it is given, left out', newer, {}, {}],
  ['a field kept only where it is given', newer, { a: false }, { a: false }],
  ['defaults inside a record', nested, { host: 'a' }, { host: 'a', port: 80 }],
  [
    'only the id of a foreign key, in lower case',
    t.foreign('a', 'refuse'),
    { id: 'AAAAAAAA-0000-4000-8000-000000000000', x: 1 },
    {
      id: 'aaaaaaaa-0000-4000-8000-000000000000',
    },
  ],
  ['a reference to a vault, unseen', vaulted, '{vault://env/x}', '{vault://env/x}'],
  ['a whole number written as a fraction', integer(), 2.0, 2],
]

describe('validateField', () => {
  for (const [sentence, schema, value, problem] of refused) {
    it(`refuses ${sentence}`, () => assert.deepEqual(validateField(fieldOf(schema), value), { problem }))
  }
  for (const [sentence, schema, value, stored] of taken) {
    it(`takes ${sentence}`, () =>
      assert.deepEqual(validateField(fieldOf(schema), value), { problem: null, value: stored }))
  }
  it('makes a default anew each time', () => {
    const field = fieldOf(list(text()).default(['a']))
    const [first, second] = [validateField(field, undefined), validateField(field, undefined)]
    assert.ok(first.problem === null && second.problem === null)
    assert.notEqual(first.value, second.value)
  })
})
