import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chain, CompiledUse } from '../route.ts'
import { continued } from './continued-chain.ts'

const chain = (ids: string, more: Partial<Chain> = {}): Chain => ({
  slots: [...ids].map((id) => ({ policy: id, use: { id } as CompiledUse, byConsumer: null })),
  ...{ bodyBytes: 0, concludes: false, observesResponse: false, recordsExchange: false },
  ...more,
})
const ids = ({ slots }: Chain) => slots.map(({ use }) => use!.id).join('')

const rows: [sentence: string, old: string, ran: number, next: string, all: string][] = [
  ['what comes behind is the new route’s', 'abX', 2, 'abY', 'abY'],
  ['what has run does not run again, wherever it stands', 'ab', 2, 'Yba', 'abY'],
  ['what stood before on the new route runs too', 'aX', 1, 'YaZ', 'aYZ'],
  ['a new route without policies', 'aX', 1, '', 'a'],
]
for (const [sentence, old, ran, next, all] of rows) {
  test(sentence, () => assert.equal(ids(continued(chain(old), ran, chain(next))), all))
}

test('steps besides are run when either chain has some; the body is the new one’s to ask for', () => {
  const one = continued(
    chain('a', { concludes: true, bodyBytes: 9 }),
    1,
    chain('b', { observesResponse: true, bodyBytes: 5 }),
  )
  const { bodyBytes, concludes, observesResponse, recordsExchange } = one
  assert.deepEqual(
    { bodyBytes, concludes, observesResponse, recordsExchange },
    { bodyBytes: 5, concludes: true, observesResponse: true, recordsExchange: false },
  )
})
