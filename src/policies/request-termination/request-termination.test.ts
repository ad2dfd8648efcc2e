import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import type { Answer } from '../../policy/verdict.ts'
import { requestTermination } from './handler.ts'

function answer(config: object, request: FakeRequest = {}): Answer {
  const verdict = judge(compilePolicy(requestTermination, config), new FakeExchange(request))
  assert.ok(verdict.kind === 'answered')
  return verdict.answer
}
const json = (status: number, message: string): Answer => ({
  status,
  headers: [['Content-Type', 'application/json; charset=utf-8']],
  body: JSON.stringify({ message }),
})

const rows: [sentence: string, config: object, answer: Answer][] = [
  ['503 by default', {}, json(503, 'Service unavailable')],
  ['a status with a text of its own', { status_code: 401 }, json(401, 'Unauthorized')],
  ['a status without one', { status_code: 418 }, { status: 418, headers: [], body: '' }],
  ['a message', { status_code: 403, message: 'So long' }, json(403, 'So long')],
  ['a body', { status_code: 200, body: 'ok' }, { status: 200, headers: [], body: 'ok' }],
  [
    'a body with its type',
    { content_type: 'text/html', body: '<p>' },
    { status: 503, headers: [['Content-Type', 'text/html']], body: '<p>' },
  ],
]
for (const [sentence, config, expected] of rows) test(sentence, () => assert.deepEqual(answer(config), expected))

const triggers: [sentence: string, request: FakeRequest, verdict: string][] = [
  ['without the trigger', {}, 'next'],
  ['with it as a header', { headers: { 'x-stop': '' } }, 'answered 503'],
  ['with it as a query argument', { query: 'a=1&X-Stop' }, 'answered 503'],
]
for (const [sentence, request, verdict] of triggers) {
  test(`${sentence}: ${verdict}`, () => {
    assert.equal(
      inWords(judge(compilePolicy(requestTermination, { trigger: 'X-Stop' }), new FakeExchange(request))),
      verdict,
    )
  })
}

test('echo tells what the gateway saw, and no header of the caller', () => {
  const route = { id: 'r', name: 'route', service: { id: 's', name: null } }
  const headers = { authorization: 'Bearer secret' }
  const { status, body } = answer({ status_code: 404, echo: true }, { path: '/p', query: 'a=1', route, headers })
  assert.equal(status, 404)
  assert.deepEqual(JSON.parse(String(body)), {
    message: 'Not found',
    request: {
      id: '0123456789abcdef0123456789abcdef',
      scheme: 'http',
      host: 'gateway.test',
      method: 'GET',
      path: '/p',
      query: 'a=1',
    },
    matched_route: { id: 'r', name: 'route' },
    matched_service: { id: 's', name: null },
  })
})

const refused: [config: object, problem: string][] = [
  [{ message: 'm', body: 'b' }, 'message cannot be used with content_type or body'],
  [{ message: 'm', content_type: 't' }, 'message cannot be used with content_type or body'],
  [{ content_type: 't' }, 'content_type requires a body'],
  [{ echo: true, body: 'b' }, 'echo cannot be used with content_type and body'],
  [{ content_type: 'a\r\nX-Evil: 1', body: 'b' }, 'content_type must not hold control characters'],
]
for (const [config, problem] of refused) {
  test(`refused: ${problem}`, () => {
    assert.deepEqual(requestTermination.check?.(requestTermination.config.parse(config)), { '@entity': [problem] })
  })
}
