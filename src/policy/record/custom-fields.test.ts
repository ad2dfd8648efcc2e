import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeExchange, FakeLog, FakeResponse, fakeOutcome } from '../test-kit.ts'
import { customFieldProblems, recordWriter } from './custom-fields.ts'

function written(fields: Record<string, string>, log = new FakeLog()): Record<string, unknown> {
  const exchange = new FakeExchange({ headers: { 'x-team': 'red' } })
  return JSON.parse(recordWriter(fields, log)(exchange, new FakeResponse(200), fakeOutcome()))
}

test('functions make members of the record, by path, and take some out', () => {
  const record = written({
    team: "return kong.request.get_header('x-team')",
    'response.kind': '(kong) => ({ good: true })',
    client_ip: 'return null',
    started_at: 'return undefined',
  })
  assert.equal(record['team'], 'red')
  assert.deepEqual((record['response'] as Record<string, unknown>)['kind'], { good: true })
  assert.equal((record['response'] as Record<string, unknown>)['status'], 200)
  assert.ok(!('client_ip' in record) && !('started_at' in record))
})

test('one that throws harms neither the record nor the others', () => {
  const log = new FakeLog()
  const record = written({ broken: 'return kong.nothing.at_all()', good: 'return 1' }, log)
  assert.deepEqual([record['good'], 'broken' in record], [1, false])
})

test('no member is a prototype', () => {
  const record = written({ '__proto__.polluted': 'return 1' })
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  assert.deepEqual(Object.getOwnPropertyDescriptor(record, '__proto__')?.value, { polluted: 1 })
})

test('what is no JavaScript is told by field', () => {
  const problems = customFieldProblems({ good: 'return 1', lua: 'local a = kong.request.get_path() return a' })
  assert.deepEqual(Object.keys(problems), ['custom_fields_by_lua.lua'])
  assert.match(problems['custom_fields_by_lua.lua']!, /^this is Lua/)
})
