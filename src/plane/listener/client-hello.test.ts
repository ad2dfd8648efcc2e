import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClientHello } from './client-hello.ts'

const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const sized = (bytes: Buffer) => Buffer.concat([u16(bytes.length), bytes])
const extension = (type: number, bytes: Buffer) => Buffer.concat([u16(type), sized(bytes)])
const serverName = (name: string) =>
  extension(0, sized(Buffer.concat([Buffer.from([0]), sized(Buffer.from(name, 'latin1'))])))

/** A ClientHello message with these extensions; null for none at all. */
function hello(extensions: Buffer[] | null): Buffer {
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    Buffer.from([0]),
    sized(Buffer.from([0x13, 0x01])),
    Buffer.from([1, 0]),
    extensions === null ? Buffer.alloc(0) : sized(Buffer.concat(extensions)),
  ])
  return Buffer.concat([Buffer.from([1, 0]), u16(body.length), body])
}

/** The message in TLS records of at most `size` bytes. */
function records(message: Buffer, size = 16384): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size)
    pieces.push(Buffer.from([22, 3, 1]), sized(piece))
  }
  return Buffer.concat(pieces)
}

const named = hello([extension(10, Buffer.from([0, 2, 0, 29])), serverName('Shop.Example.')])
const rows: [sentence: string, bytes: Buffer, read: string | null][] = [
  ['nothing yet', Buffer.alloc(0), 'incomplete'],
  ['part of a record', records(named).subarray(0, 20), 'incomplete'],
  ['a name, in lower case and without the last dot', records(named), 'hello shop.example'],
  ['in records of one byte', records(named, 1), 'hello shop.example'],
  ['in records of 7 bytes, the last one missing', records(named, 7).subarray(0, -3), 'incomplete'],
  ['no name', records(hello([])), 'hello null'],
  ['no extensions', records(hello(null)), 'hello null'],
  ['something behind it', Buffer.concat([records(named), Buffer.from('x')]), 'hello shop.example'],
  ['no TLS', Buffer.from('GET / HTTP/1.1\r\n'), 'unreadable'],
  ['another record', Buffer.from([21, 3, 1, 0, 2, 2, 40]), 'unreadable'],
  ['another message', records(Buffer.from([2, 0, 0, 1, 0])), 'unreadable'],
  ['lengths that do not fit', records(Buffer.from([1, 0, 0, 4, 3, 3, 0, 0])), 'unreadable'],
  [
    'a hello without end',
    records(Buffer.concat([Buffer.from([1, 255, 255, 255]), Buffer.alloc(70_000)])),
    'unreadable',
  ],
]
for (const [sentence, bytes, read] of rows) {
  test(sentence, () => {
    const found = readClientHello(bytes)
    assert.equal(found.kind === 'hello' ? `hello ${found.serverName}` : found.kind, read)
  })
}
