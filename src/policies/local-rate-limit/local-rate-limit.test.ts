import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeClock, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { localRateLimit } from './handler.ts'

const NO = '429 rate-limited'
/** Asks at these times, in milliseconds from the start. */
function verdicts(config: object, times: readonly number[]): string[] {
  const compiled = compilePolicy(localRateLimit, config, { clock: new FakeClock(0) })
  return times.map((now) => inWords(judge(compiled, new FakeExchange({ now }))))
}

const rows: [sentence: string, config: object, times: number[], verdicts: string[]][] = [
  ['a full bucket, then none', { maxTokens: 2, fillIntervalMs: 1000 }, [0, 0, 0], ['next', 'next', NO]],
  [
    'one comes back with an interval',
    { maxTokens: 2, fillIntervalMs: 1000 },
    [0, 0, 999, 1000, 1000],
    ['next', 'next', NO, 'next', NO],
  ],
  [
    'they come little by little',
    { maxTokens: 4, tokensPerFill: 4, fillIntervalMs: 2000 },
    [0, 0, 0, 0, 0, 700, 700],
    ['next', 'next', 'next', 'next', NO, 'next', NO],
  ],
  [
    'never more than there is room for',
    { maxTokens: 1, fillIntervalMs: 50 },
    [0, 60_000, 60_000],
    ['next', 'next', NO],
  ],
  ['a clock that is set back', { maxTokens: 1, fillIntervalMs: 1000 }, [5000, 0, 500, 1000], ['next', NO, NO, 'next']],
  ['enabled for none', { maxTokens: 1, fillIntervalMs: 1000, enabledPercent: 0 }, [0, 0], ['next', 'next']],
  ['enforced for none', { maxTokens: 1, fillIntervalMs: 1000, enforcedPercent: 0 }, [0, 0], ['next', 'next']],
]
for (const [sentence, config, times, expected] of rows) {
  test(sentence, () => assert.deepEqual(verdicts(config, times), expected))
}

test('the refusal is worded as Envoy words it', () => {
  assert.equal(localRateLimit.reasons['limited']?.message, 'local_rate_limited')
})

test('what was taken stays taken when the use is compiled again; another use has a bucket of its own', () => {
  const registry = new Registry()
  const clock = new FakeClock(0)
  const config = { maxTokens: 1, fillIntervalMs: 1000 }
  const ask = (useId: string, more: object = {}) =>
    inWords(
      judge(
        compilePolicy(localRateLimit, { ...config, ...more }, { registry, clock, useId }),
        new FakeExchange({ now: 0 }),
      ),
    )
  assert.deepEqual([ask('a'), ask('a'), ask('b'), ask('a', { enabledPercent: 99.9999 })], ['next', NO, 'next', NO])
})
