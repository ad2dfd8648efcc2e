import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64urlBytes, laxBase64Bytes } from './base64url.ts'

const rows: [sentence: string, text: string, hex: string | null][] = [
  ['the empty text is no bytes', '', ''],
  ['one byte', '_w', 'ff'],
  ['two bytes', '__8', 'ffff'],
  ['three bytes', 'AQID', '010203'],
  ['unused bits must be zero', '_x', null],
  ['unused bits must be zero, two bytes', '__9', null],
  ['padding is refused', '_w==', null],
  ['the other alphabet is refused', '//8', null],
  ['a length that no byte string has is refused', 'AQIDA', null],
  ['blanks are refused', 'AQ ID', null],
  ['line breaks are refused', 'AQID\n', null],
  ['letters beyond ASCII are refused', 'AQIDé', null],
  ['a NUL is refused', 'AQ\0D', null],
]
for (const [sentence, text, hex] of rows) {
  test(sentence, () => assert.equal(base64urlBytes(text)?.toString('hex') ?? null, hex))
}

const lax: [text: string, bytes: string | null][] = [
  ['', ''],
  ['-_-_', 'fbffbf'],
  ['+/+/', 'fbffbf'],
  ['AQ', '01'],
  ['AQ==', '01'],
  ['AR', '01'],
  ['A', null],
  ['A===', null],
  ['AQ=A', null],
  ['A Q', null],
  ['AQ.', null],
]
for (const [text, bytes] of lax) {
  test(`leniently, '${text}' is ${bytes === null ? 'nothing' : 'bytes'}`, () =>
    assert.equal(laxBase64Bytes(text)?.toString('hex') ?? null, bytes))
}
