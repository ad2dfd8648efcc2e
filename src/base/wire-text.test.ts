import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireText } from './wire-text.ts'

const rows: [sentence: string, wire: string, text: string | null][] = [
  ['ASCII stays', 'key 1', 'key 1'],
  ['UTF-8 bytes become their text', '\xd0\xba', 'к'],
  ['latin1 bytes are no text', 'caf\xe9', null],
  ['half a character is no text', '\xd0', null],
]
for (const [sentence, wire, text] of rows) test(sentence, () => assert.equal(wireText(wire), text))
