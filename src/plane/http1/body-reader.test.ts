import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Framing } from './acceptable.ts'
import { BodyReader } from './body-reader.ts'

/** Body read, what is left, and whether it is over; `broken` when the framing is. */
function read(framing: Framing, pieces: readonly string[]): string {
  const reader = new BodyReader(framing)
  let body = ''
  let rest = ''
  for (const piece of pieces) {
    if (reader.done && framing.kind !== 'none') {
      rest += piece
      continue
    }
    const bytes = Buffer.from(piece, 'latin1')
    const at = reader.read(bytes, 0, bytes.length, { bodyData: (chunk) => void (body += chunk.latin1Slice()) })
    if (at < 0) return 'broken'
    rest += piece.slice(at)
  }
  const trailers = reader.trailers === '' ? '' : ` [${reader.trailers}]`
  const state = reader.done ? 'over' : 'more'
  reader.free()
  return `${body}|${rest}|${state}${trailers}`
}

const length = (bytes: number): Framing => ({ kind: 'length', length: bytes })
const chunked: Framing = { kind: 'chunked' }
const long = 'x'.repeat(20_000)
const rows: [sentence: string, framing: Framing, text: string, becomes: string][] = [
  ['no body', { kind: 'none' }, 'abc', '|abc|over'],
  ['counted', length(3), 'abcdef', 'abc|def|over'],
  ['counted, more to come', length(5), 'abc', 'abc||more'],
  ['until the end', { kind: 'close' }, 'abc', 'abc||more'],
  ['one chunk', chunked, '3\r\nabc\r\n0\r\n\r\nnext', 'abc|next|over'],
  ['many chunks', chunked, `${'1\r\nx\r\n'.repeat(500)}0\r\n\r\n`, `${'x'.repeat(500)}||over`],
  ['an extension', chunked, '3;a="b"\r\nabc\r\n0\r\n\r\n', 'abc||over'],
  ['trailers', chunked, '3\r\nabc\r\n0\r\nA: 1\r\nB: 2\r\n\r\n', 'abc||over [A: 1\r\nB: 2]'],
  ['not over', chunked, '3\r\nabc\r\n0\r\n', 'abc||more'],
  ['a size that is none', chunked, 'x\r\n', 'broken'],
  ['an extension without end', chunked, `3;${long}`, 'broken'],
  ['trailers without end', chunked, `0\r\nA: ${long}`, 'broken'],
]
for (const [sentence, framing, text, becomes] of rows) {
  test(`${sentence}, at once and byte by byte`, () => {
    assert.equal(read(framing, [text]), becomes)
    assert.equal(read(framing, [...text]), becomes)
  })
}

test('a piece larger than the parser’s window is read whole', () => {
  const size = 200_000
  const text = `${size.toString(16)}\r\n${'y'.repeat(size)}\r\n0\r\n\r\nnext`
  assert.equal(read(chunked, [text]), `${'y'.repeat(size)}|next|over`)
})

test('three thousand bodies under way at once do not mix', () => {
  const readers = Array.from({ length: 3000 }, () => new BodyReader(chunked))
  const bodies = readers.map(() => '')
  const feed = (n: number, text: string) => {
    const bytes = Buffer.from(text)
    readers[n]!.read(bytes, 0, bytes.length, { bodyData: (chunk) => void (bodies[n] += chunk.latin1Slice()) })
  }
  for (const n of readers.keys()) feed(n, `8\r\n${String(n).padEnd(4, '.')}`)
  for (const n of readers.keys()) feed(n, `${String(n).padStart(4, '.')}\r\n0\r\n\r\n`)
  for (const [n, body] of bodies.entries()) assert.equal(body, String(n).padEnd(4, '.') + String(n).padStart(4, '.'))
  assert.ok(readers.every(({ done }) => done))
})
