import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, judge } from '../../policy/test-kit.ts'
import { directResponse } from './handler.ts'

type Row = [sentence: string, config: object, status: number, type: string | null, body: string]
const request: FakeRequest = { headers: { 'x-user': '"bee"' } }
const rows: Row[] = [
  ['nothing but a status', { status: 503 }, 503, null, ''],
  ['a body', { status: 200, body: 'hello' }, 200, 'text/plain', 'hello'],
  ['a body of a type', { status: 200, body: '<p>', contentType: 'text/html' }, 200, 'text/html', '<p>'],
  ['percent signs as they are', { status: 200, body: '%REQ(x)% %' }, 200, 'text/plain', '%REQ(x)% %'],
  ['a text filled in', { status: 200, body: 'for %REQ(x-user)%', format: 'text' }, 200, 'text/plain', 'for "bee"'],
  [
    'a document filled in',
    { status: 404, body: '{"b":1,"a":"%REQ(x-user)%"}', format: 'json' },
    404,
    'application/json',
    '{"a":"\\"bee\\"","b":1}',
  ],
]
for (const [sentence, config, status, type, body] of rows) {
  test(`answers with ${sentence}`, () => {
    const verdict = judge(compilePolicy(directResponse, config), new FakeExchange(request))
    assert.ok(verdict.kind === 'answered')
    assert.deepEqual(verdict.answer, { status, headers: type === null ? [] : [['content-type', type]], body })
  })
}

const problems: [config: object, problem: RegExp][] = [
  [{ status: 200, contentType: 'a\r\nb' }, /control characters/],
  [{ status: 200, format: 'text' }, /is required where a format is given/],
  [{ status: 200, body: '%NOPE%', format: 'text' }, /%NOPE% is not known/],
  [{ status: 200, body: '{', format: 'json' }, /is no JSON/],
  [{ status: 200, body: '{"a":"%NOPE%"}', format: 'json' }, /%NOPE% is not known/],
  [{ status: 100 }, /199|200/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => assert.throws(() => compilePolicy(directResponse, config), problem))
}
