import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, FakeResponse } from '../../policy/test-kit.ts'
import { responseTransformer } from './handler.ts'

const nothing: FakeExchange['client'] = { set: {}, added: [], dropped: [] }
const rows: [sentence: string, config: object, client: Partial<FakeExchange['client']>][] = [
  ['nothing to do', {}, {}],
  ['remove', { remove: { headers: ['X-A'] } }, { dropped: ['x-a'] }],
  ['remove what the gateway will add', { remove: { headers: ['Server'] } }, { dropped: ['server'] }],
  ['remove a value that is there', { remove: { headers: ['x-a:1'] } }, { dropped: ['x-a'] }],
  ['remove a value that is not there', { remove: { headers: ['x-a:2'] } }, {}],
  ['rename', { rename: { headers: ['X-A:X-C'] } }, { dropped: ['x-a'], set: { 'x-c': '1' } }],
  ['rename what is not there', { rename: { headers: ['X-Z:X-C'] } }, {}],
  ['replace what is there', { replace: { headers: ['X-A:9'] } }, { set: { 'x-a': '9' } }],
  ['replace what is not there', { replace: { headers: ['X-Z:9'] } }, {}],
  ['add what is there', { add: { headers: ['X-A:9'] } }, {}],
  ['add what is not there', { add: { headers: ['X-Z:9'] } }, { set: { 'x-z': '9' } }],
  [
    'append',
    { append: { headers: ['X-A:9', 'X-A:10'] } },
    {
      added: [
        ['x-a', '9'],
        ['x-a', '10'],
      ],
    },
  ],
  ['a value with colons', { add: { headers: ['X-Z:a:b'] } }, { set: { 'x-z': 'a:b' } }],
  ['text beyond ASCII is sent as UTF-8', { add: { headers: ['X-Z:é'] } }, { set: { 'x-z': '\xc3\xa9' } }],
  [
    'what was removed can be added',
    { remove: { headers: ['X-A'] }, replace: { headers: ['X-A:8'] }, add: { headers: ['X-A:9'] } },
    { dropped: ['x-a'], set: { 'x-a': '9' } },
  ],
  [
    'what was renamed can be replaced',
    { rename: { headers: ['X-A:X-C'] }, replace: { headers: ['X-C:9'] } },
    { dropped: ['x-a'], set: { 'x-c': '9' } },
  ],
]
for (const [sentence, config, client] of rows) {
  test(sentence, () => {
    const exchange = new FakeExchange()
    compilePolicy(responseTransformer, config).response?.(exchange, new FakeResponse(200, { 'x-a': '1' }))
    assert.deepEqual(exchange.client, { ...nothing, ...client })
  })
}

const refused: [sentence: string, config: object, field: string, problem: string][] = [
  ['JSON', { add: { json: ['a:b'] } }, 'add.json', 'changing JSON bodies of responses is not supported'],
  ['no header name', { append: { headers: ['a b:c'] } }, 'append.headers', "'a b' is not a valid header"],
  ['a new name that is none', { rename: { headers: ['a:b c'] } }, 'rename.headers', "'b c' is not a valid header"],
  [
    'the length of the body',
    { remove: { headers: ['Content-Length'] } },
    'remove.headers',
    "the gateway writes the header 'Content-Length' itself",
  ],
  [
    'a line break',
    { add: { headers: ['a:b\r\nc: d'] } },
    'add.headers',
    'a header value must not hold control characters',
  ],
]
for (const [sentence, config, field, problem] of refused) {
  test(`${sentence} is refused when written`, () => {
    assert.deepEqual(responseTransformer.check?.(responseTransformer.config.parse(config)), { [field]: problem })
  })
}

test('an addition without a value does not parse', () => {
  assert.equal(responseTransformer.config.safeParse({ add: { headers: ['x-a'] } }).success, false)
})
