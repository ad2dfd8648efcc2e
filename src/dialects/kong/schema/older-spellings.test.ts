import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flag, integer, optional, record, text } from '../../../policy/fields.ts'
import { documentFields } from './document.ts'
import { fieldOf } from './field.ts'
import { withOlderSpellings } from './older-spellings.ts'
import { validateRecord } from './validate.ts'

const redis = record({ host: optional(text()), port: integer(0, 65535).default(6379) })
const shape = fieldOf(
  record({
    redis: redis.default(() => redis.parse({})),
    redis_host: optional(text()).meta({ standsFor: ['redis', 'host'] }),
    redis_port: optional(integer(0, 65535)).meta({ standsFor: ['redis', 'port'] }),
    newer: flag().default(true).meta({ whenGiven: true }),
  }),
)

const rows: readonly [string, object, object][] = [
  ['nothing: the defaults', {}, { redis: { host: null, port: 6379 } }],
  ['an older spelling is stored where its value lives', { redis_host: 'a' }, { redis: { host: 'a', port: 6379 } }],
  [
    'both: the older one replaces the newer',
    { redis: { host: 'a' }, redis_host: 'b' },
    { redis: { host: 'b', port: 6379 } },
  ],
  ['each beside the other', { redis: { host: 'a' }, redis_port: 1 }, { redis: { host: 'a', port: 1 } }],
  ['null says nothing', { redis: { host: 'a' }, redis_host: null }, { redis: { host: 'a', port: 6379 } }],
]
for (const [sentence, given, stored] of rows) {
  test(sentence, () => assert.deepEqual(validateRecord(shape, given), { value: stored, problem: null }))
}

test('what is wrong is told by the spelling that was used', () => {
  assert.deepEqual(validateRecord(shape, { redis_port: 'x' }), { problem: { redis_port: 'expected an integer' } })
})

test('a value is shown under both spellings', () => {
  const shown = withOlderSpellings(shape, { redis: { host: 'a', port: 1 } })
  assert.deepEqual(shown, { redis: { host: 'a', port: 1 }, redis_host: 'a', redis_port: 1 })
})

test('documents name older spellings apart, and what not every version knows not at all', () => {
  const [config] = documentFields(new Map([['config', shape]]))
  const { fields, shorthand_fields } = config!['config'] as Record<string, Record<string, unknown>[]>
  assert.deepEqual(
    fields!.map((field) => Object.keys(field)[0]),
    ['redis'],
  )
  assert.deepEqual(shorthand_fields![0], {
    redis_host: {
      type: 'string',
      translate_backwards: ['redis', 'host'],
      deprecation: { replaced_with: [{ path: ['redis', 'host'] }] },
    },
  })
})
