import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forTerminal } from './terminal.ts'

const rows: [sentence: string, text: string, shown: string][] = [
  ['letters, tabs and lines stay', 'жук é\t1\n2\n', 'жук é\t1\n2\n'],
  ['colours stay', '\x1b[31mred\x1b[0m', '\x1b[31mred\x1b[0m'],
  ['clearing the screen does not', '\x1b[2J', '\\x1b[2J'],
  ['nor a title', '\x1b]0;x\x07', '\\x1b]0;x\\x07'],
  ['nor the 8-bit forms of both', '\x9b2J\x9d0;x\x9c', '\\x9b2J\\x9d0;x\\x9c'],
  ['nor writing over a line', 'delete\rkeep', 'delete\\x0dkeep'],
]
for (const [sentence, text, shown] of rows) {
  test(`on a terminal, ${sentence}`, () => assert.equal(forTerminal(text), shown))
}
