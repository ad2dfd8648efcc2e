import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeightedRounds } from './weighted-rounds.ts'

const rows: [sentence: string, weights: Record<string, number>, round: string][] = [
  ['equals take turns', { a: 1, b: 1, c: 1 }, 'abcabc'],
  ['a heavy one is spread out', { a: 5, b: 1, c: 1 }, 'aabacaa'],
  ['weight 0 is never chosen', { a: 0, b: 1 }, 'bbb'],
  ['weights are proportions', { a: 200, b: 100 }, 'abaaba'],
  ['nobody', {}, '---'],
  ['nobody with weight', { a: 0 }, '---'],
]
for (const [sentence, weights, round] of rows) {
  test(sentence, () => {
    const rounds = new WeightedRounds(Object.entries(weights).map(([host, weight]) => ({ host, port: 1, weight })))
    assert.equal(Array.from(round, () => rounds.next()?.host ?? '-').join(''), round)
  })
}
