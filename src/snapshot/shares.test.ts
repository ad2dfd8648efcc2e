import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Shares } from './shares.ts'

const drawn = (weights: readonly number[], random: number) =>
  new Shares(
    weights.map((weight, n) => [n, weight] as const),
    () => random,
  ).next()

const rows: [sentence: string, weights: number[], random: number, expected: number][] = [
  ['one of one', [1], 0.99, 0],
  ['the first below its share', [1, 3], 0.2499, 0],
  ['the second from there on', [1, 3], 0.25, 1],
  ['none with weight 0 at the start', [0, 1], 0, 1],
  ['none with weight 0 in between', [1, 0, 1], 0.5, 2],
  ['none with weight 0 at the end', [1, 1, 0], 0.999999, 1],
  ['the first when none has any', [0, 0], 0.7, 0],
]
for (const [sentence, weights, random, expected] of rows) {
  test(sentence, () => assert.equal(drawn(weights, random), expected))
}
