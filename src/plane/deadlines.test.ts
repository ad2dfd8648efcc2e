import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from './deadlines.ts'

const rows: [sentence: string, deadline: number, sweeps: number[], expired: number][] = [
  ['not before its time', 100, [50, 99], 0],
  ['once it is time', 100, [50, 100], 1],
  ['once only', 100, [100, 200, 300], 1],
  ['0 is no limit', 0, [1, 1e9], 0],
]
for (const [sentence, deadline, sweeps, expected] of rows) {
  test(sentence, () => {
    const deadlines = new Deadlines()
    let expired = 0
    deadlines.add({ deadline, expired: () => void expired++ })
    for (const now of sweeps) deadlines.sweep(now)
    deadlines.close()
    assert.equal(expired, expected)
  })
}

test('what is removed never expires, also by what expires before it in the same sweep', () => {
  const deadlines = new Deadlines()
  let expired = 0
  const second = { deadline: 1, expired: () => void expired++ }
  deadlines.add({ deadline: 1, expired: () => deadlines.remove(second) })
  deadlines.add(second)
  deadlines.sweep(1)
  deadlines.close()
  assert.equal(expired, 0)
})
