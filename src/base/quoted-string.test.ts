import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quotedString } from './quoted-string.ts'

const rows: [sentence: string, text: string, quoted: string][] = [
  ['plain text', 'key realm', '"key realm"'],
  ['quotes and backslashes are escaped', 'a"b\\c', '"a\\"b\\\\c"'],
  ['a line break never reaches the head', 'a\r\nX-Evil: 1', '"a%0D%0AX-Evil: 1"'],
  ['text beyond ASCII becomes UTF-8 bytes', 'é', '"\xc3\xa9"'],
]
for (const [sentence, text, quoted] of rows) test(sentence, () => assert.equal(quotedString(text), quoted))
