import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonObject, member, memberAt } from './strict-json.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const rows: [sentence: string, bytes: Buffer, object: object | null][] = [
  ['an object', bytes('{"a":1}'), { a: 1 }],
  ['an object among white space', bytes(' {"a":1}\n'), { a: 1 }],
  ['text beyond ASCII', Buffer.from('{"a":"ключ"}'), { a: 'ключ' }],
  ['of two members with one name the last wins', bytes('{"a":1,"a":2}'), { a: 2 }],
  ['a byte order mark', Buffer.from('\ufeff{}'), null],
  ['bytes that are not UTF-8', bytes('{"a":"\xff"}'), null],
  ['an overlong encoding', bytes('{"a":"\xc0\xaf"}'), null],
  ['an encoded surrogate', bytes('{"a":"\xed\xa0\x80"}'), null],
  ['a list', bytes('[]'), null],
  ['null', bytes('null'), null],
  ['a number', bytes('1'), null],
  ['a text', bytes('"a"'), null],
  ['nothing', bytes(''), null],
  ['half an object', bytes('{"a":'), null],
  ['an object and more', bytes('{}{}'), null],
  ['a comment', bytes('{}//'), null],
  ['NaN', bytes('{"a":NaN}'), null],
  ['nesting without end', bytes(`{"a":${'['.repeat(100_000)}`), null],
]
for (const [sentence, input, object] of rows) {
  test(`${sentence}: ${object === null ? 'refused' : 'read'}`, () => assert.deepEqual(jsonObject(input), object))
}

test('only own members are found', () => {
  const object = jsonObject(Buffer.from('{"a":{"b":[1]},"__proto__":{"admin":true}}')) ?? {}
  assert.equal(member(object, 'constructor'), undefined)
  assert.equal(member(object, 'admin'), undefined)
  assert.deepEqual(memberAt(object, ['a', 'b']), [1])
  assert.equal(memberAt(object, ['a', 'b', '0']), undefined)
  assert.equal(memberAt(object, ['a', 'toString']), undefined)
  assert.equal(memberAt(object, ['x', 'y']), undefined)
})
