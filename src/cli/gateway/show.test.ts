import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Column, field, table } from './show.ts'

const columns: readonly Column[] = [
  ['A', field('a')],
  ['LONG', field('b')],
]

it('columns are as wide as their widest cell, and lines end where their text does', () => {
  assert.equal(
    table(
      [
        { a: 'x'.repeat(6), b: null },
        { a: 1, b: 'y' },
      ],
      columns,
    ),
    'A        LONG\nxxxxxx   -\n1        y\n',
  )
})
it('nothing is cut off, however long', () => {
  assert.ok(table([{ a: 'x'.repeat(500), b: 'y' }], columns).includes('x'.repeat(500)))
})
it('what others wrote cannot move the cursor', () => {
  assert.equal(table([{ a: '\x1b[2J\n\x9b', b: 'é' }], columns).split('\n')[1], '\\x1b[2J\\x0a\\x9b   é')
})
