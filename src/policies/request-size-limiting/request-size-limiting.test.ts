import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { requestSizeLimiting } from './handler.ts'

const ten = { allowed_payload_size: 10, size_unit: 'bytes' }
const length = (bytes: number, more: Record<string, string> = {}) => ({ 'content-length': `${bytes}`, ...more })
const MEGABYTE = 1024 * 1024

const rows: [
  sentence: string,
  config: object,
  headers: Record<string, string>,
  verdict: string,
  cutAt: number | null,
][] = [
  ['as much as is allowed', ten, length(10), 'next', null],
  ['a byte more', ten, length(11), '413 body-too-large', null],
  ['no body at all', ten, {}, 'next', 10],
  ['128 megabytes by default', {}, length(128 * MEGABYTE), 'next', null],
  ['more than those', {}, length(128 * MEGABYTE + 1), '413 body-too-large', null],
  ['kilobytes', { allowed_payload_size: 2, size_unit: 'kilobytes' }, length(2049), '413 body-too-large', null],
  ['a caller that asks first', ten, length(11, { expect: '100-Continue' }), '417 expected-body-too-large', null],
  ['a caller that may go on', ten, length(10, { expect: '100-continue' }), 'next', null],
  ['an unknown length is cut off', {}, { 'transfer-encoding': 'chunked' }, 'next', 128 * MEGABYTE],
  [
    'an unknown length where one is demanded',
    { require_content_length: true },
    { 'transfer-encoding': 'chunked' },
    '411 length-required',
    null,
  ],
]
for (const [sentence, config, headers, verdict, cutAt] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange({ method: 'POST', headers })
    assert.equal(inWords(judge(compilePolicy(requestSizeLimiting, config), exchange)), verdict)
    assert.equal(exchange.upstream.bodyLimit?.bytes ?? null, cutAt)
  })
}

test('what is cut off is refused like what was announced', () => {
  const exchange = new FakeExchange({ method: 'POST' })
  judge(compilePolicy(requestSizeLimiting, ten), exchange)
  const { policy, reason } = exchange.upstream.bodyLimit!.refusal
  assert.deepEqual([policy, reason.code, reason.status], ['request-size-limiting', 'body-too-large', 413])
})
