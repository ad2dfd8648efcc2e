import assert from 'node:assert/strict'
import { test } from 'node:test'
import { integer, record, text } from '../policy/fields.ts'
import { definitionFaults } from './check-definition.ts'

const good = {
  ...{ name: 'stamp', phase: 'shape', summary: 'Stamp requests.', config: record({}), reasons: {} },
  compile: () => ({}),
}
const taken = { policies: new Set(['jwt']), kinds: new Set(['routes']) }
const row = { kind: 'badges', schema: record({ badge: text() }), lookup: 'badge' }
const refusal = { code: 'no-ink', status: 403, message: 'No ink' }

const rows: [sentence: string, change: object, faults: string[]][] = [
  ['a good one', {}, []],
  ['with everything', { priority: -5, entities: [row], reasons: { refusal }, needs: { body: () => 1 } }, []],
  ['an unknown member', { pirority: 5 }, ['pirority: unknown member; a policy has name, phase, ']],
  ['another name', { name: 'seal' }, ["name: expected 'stamp', the name of its folder, not 'seal'"]],
  ['no name', { name: undefined }, ["name: expected 'stamp', the name of its folder, not 'undefined'"]],
  ['an unknown phase', { phase: 'access' }, ['phase: expected one of guard, identify, authorize, shape, record']],
  ['no summary', { summary: '' }, ['summary: expected a sentence']],
  ['a config of another make', { config: { type: 'object' } }, ['config: expected record({ … })']],
  ['no compile', { compile: undefined }, ['compile: expected a function']],
  ['a broken priority', { priority: 0.5 }, ['priority: expected a whole number from -1000000 to 1000000']],
  ['a priority beyond all', { priority: 1e9 }, ['priority: expected a whole number']],
  ['a check that is none', { check: true }, ['check: expected a function']],
  ['a need that nobody knows', { needs: { time: 1 } }, ['needs: expected { body: (config) => BYTES']],
  ['no reasons', { reasons: undefined }, ['reasons: expected the refusals of the policy by short names']],
  [
    'a reason that lets in',
    { reasons: { refusal: { ...refusal, status: 200 } } },
    ['reasons.refusal: expected { code'],
  ],
  ['a kind that is taken', { entities: [{ ...row, kind: 'routes' }] }, ["entities[0].kind: 'routes' is taken"]],
  ['a kind with blanks', { entities: [{ ...row, kind: 'my badges' }] }, ['entities[0].kind: expected lower-case']],
  ['rows without a schema', { entities: [{ ...row, schema: text() }] }, ['entities[0].schema: expected record({ … })']],
  ['a lookup that is no field', { entities: [{ ...row, lookup: 'x' }] }, ['entities[0].lookup: expected one of badge']],
  ['consumers perhaps', { consumerScope: 'no' }, ['consumerScope: expected true or false']],
]
for (const [sentence, change, expected] of rows) {
  test(`${sentence}: ${expected[0] ?? 'fine'}`, () => {
    const told = definitionFaults({ ...good, ...change }, 'stamp', taken).map((fault) => fault.join(': '))
    assert.equal(told.length, expected.length, told.join('\n'))
    for (const [index, text] of expected.entries()) assert.ok(told[index]!.startsWith(text), told[index])
  })
}

test('the name of a policy that is there already', () => {
  assert.match(definitionFaults({ ...good, name: 'jwt' }, 'jwt', taken)[0]![1], /there is a policy 'jwt' already/)
})
test('a name that no address could hold', () => {
  assert.match(definitionFaults({ ...good, name: 'A b' }, 'A b', taken)[0]![1], /^'A b': expected lower-case letters/)
})
for (const given of [undefined, null, 5, 'policy']) {
  test(`${given} is no policy`, () => {
    assert.match(definitionFaults(given, 'stamp', taken)[0]![1], /export default definePolicy/)
  })
}
test('fields of numbers are fine', () => {
  assert.deepEqual(
    definitionFaults({ ...good, config: record({ most: integer(1, 9).default(3) }) }, 'stamp', taken),
    [],
  )
})
