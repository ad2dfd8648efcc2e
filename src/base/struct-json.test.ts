import assert from 'node:assert/strict'
import { test } from 'node:test'
import { structFrom, structText } from './struct-json.ts'

const nested = (levels: number, open: string, close: string) => `{"x":${open.repeat(levels)}1${close.repeat(levels)}}`

const read: [sentence: string, text: string | Buffer, value: unknown][] = [
  ['an object', '{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
  ['blanks around it', ' \n{"a":1}\t ', { a: 1 }],
  ['null stands for an empty object', 'null', {}],
  ['a list', '[]', null],
  ['a text', '"x"', null],
  ['nothing', '', null],
  ['one name twice', '{"a":1,"a":1}', null],
  ['one name twice, written differently', '{"a":1,"\\u0061":2}', null],
  ['one name twice, further in', '{"x":[{"a":1,"a":2}]}', null],
  ['one name in two objects', '{"a":{"a":1},"b":{"a":1}}', { a: { a: 1 }, b: { a: 1 } }],
  ['colons and quotes in texts', '{"a:\\":":":\\\\","b":"\\\\"}', { 'a:":': ':\\', b: '\\' }],
  ['99 lists in the object', nested(99, '[', ']'), JSON.parse(nested(99, '[', ']'))],
  ['100 lists in the object', nested(100, '[', ']'), null],
  ['100 objects in the object', nested(100, '{"a":', '}'), null],
  ['half a character', '{"a":"\\ud800"}', null],
  ['half a character in a name', '{"\\udc00":1}', null],
  ['a number out of range', '{"a":1e999}', null],
  ['bytes that are no UTF-8', Buffer.from('7b2261223a22ff227d', 'hex'), null],
  ['a byte order mark', '\ufeff{}', null],
  ['single quotes', "{'a':1}", null],
  ['a comma behind the last member', '{"a":1,}', null],
]
for (const [sentence, text, value] of read) {
  test(`read: ${sentence}`, () => assert.deepEqual(structFrom(Buffer.from(text)), value))
}

test('a name that every object has is a name like any other', () => {
  assert.deepEqual(Object.keys(structFrom(Buffer.from('{"__proto__":{"a":1},"constructor":1}'))!), [
    '__proto__',
    'constructor',
  ])
})

/** What Envoy 1.38.3 wrote. */
const written: [value: unknown, text: string][] = [
  [{ z: 1, a: [true, null, 'x'] }, '{"z":1,"a":[true,null,"x"]}'],
  [[0, -1, 1e5, 123456, 1e14, 1e15, 1e16], '[0,-1,100000,123456,100000000000000,1e+15,1e+16]'],
  [[123456789012345, 1234567890123456, 12345678901234568], '[123456789012345,1234567890123456,12345678901234568]'],
  [[0.001, 0.0001, 0.00001, 0.000012345], '[0.001,0.0001,1e-05,1.2345e-05]'],
  [
    [1 / 3, 2 / 3, 1e-300, 5e-324, 0.1 + 0.2],
    '[0.33333333333333331,0.66666666666666663,1e-300,4.94065645841247e-324,0.30000000000000004]',
  ],
  [[1e22, -1.5e-7, Number.MAX_VALUE, 123456.789], '[1e+22,-1.5e-07,1.7976931348623157e+308,123456.789]'],
  [
    '\u0000\b\t\n\u000b\f\r\u001f "<>\\\u007f\u0085\u00ad\u00ff',
    '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \\"\\u003c\\u003e\\\\\\u007f\\u0085\\u00ad\u00ff"',
  ],
  ['\u2027\u2028\u202e\u202f\ufeff\ufffc', '"\u2027\\u2028\\u202e\u202f\\ufeff\ufffc"'],
  ['\u{1d172}\u{1d173}\u{e0001}\u{e0020}\u{1f600}', '"\u{1d172}\\ud834\\udd73\\udb40\\udc01\\udb40\\udc20\u{1f600}"'],
]
for (const [value, text] of written) {
  test(`write ${JSON.stringify(value)}`, () => assert.equal(structText(value), text))
}
