import type { Random } from './random.ts'

/** Bytes that parsers care about. */
const TELLING = '\r\n \t:;,/?#%"\\\0\x01\x0b\x0c\x7f\x80\xa0\xff0159aAfFgxX-+_.()[]{}<>@=&*~'
/** Lines that change what a message means. */
const LINES = [
  'Content-Length: 3',
  'Content-Length: 0',
  'content-length: 36',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'transfer-encoding:chunked',
  'Host: b',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Trailer: X',
  'TE: trailers',
  ' folded',
  '\tfolded',
  'X: y',
  ': nameless',
  'nonsense',
]

type Mutation = (text: string, random: Random, corpus: readonly string[]) => string

const put = (text: string, at: number, removed: number, inserted: string) =>
  text.slice(0, at) + inserted + text.slice(at + removed)

/** A place where a line ends, as the offset behind it; 0 where there is none. */
function lineEnd(text: string, random: Random): number {
  const from = text.indexOf('\r\n', random.below(text.length + 1))
  return from < 0 ? 0 : from + 2
}

const mutations: readonly Mutation[] = [
  function flipABit(text, random) {
    const at = random.below(text.length)
    return put(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))))
  },
  function replaceAByte(text, random) {
    return put(text, random.below(text.length), 1, random.of(TELLING))
  },
  function insertAByte(text, random) {
    return put(text, random.below(text.length + 1), 0, random.of(TELLING))
  },
  function deleteBytes(text, random) {
    return put(text, random.below(text.length), 1 + random.below(3), '')
  },
  function repeatAPiece(text, random) {
    const at = random.below(text.length)
    const piece = text.slice(at, at + 1 + random.below(24))
    return put(text, at, 0, piece)
  },
  function repeatALine(text, random) {
    const at = lineEnd(text, random)
    const end = text.indexOf('\r\n', at)
    return end < 0 ? text : put(text, at, 0, text.slice(at, end + 2))
  },
  function insertALine(text, random) {
    return put(text, lineEnd(text, random), 0, `${random.of(LINES)}\r\n`)
  },
  function takeALineAway(text, random) {
    const at = lineEnd(text, random)
    const end = text.indexOf('\r\n', at)
    return end < 0 ? text : put(text, at, end + 2 - at, '')
  },
  function changeCase(text, random) {
    const at = random.below(text.length)
    const piece = text.slice(at, at + 1 + random.below(12))
    return put(text, at, piece.length, random.below(2) === 0 ? piece.toUpperCase() : piece.toLowerCase())
  },
  function breakALineEnd(text, random) {
    const at = lineEnd(text, random)
    return at === 0
      ? text
      : put(text, at - 2, 2, random.of(['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n', '\r\n ', ' \r\n', '']))
  },
  function changeANumber(text, random) {
    return text.replace(/(?<=\n|: )[0-9a-f]+(?=\r\n)/i, () =>
      random.of(['0', '1', '3', '5', '05', 'a', 'A', '0x3', '+3', '3 ', '3;x', 'ffffffffffffffff', '4', '-1']),
    )
  },
  function graftAnother(text, random, corpus) {
    const other = random.of(corpus)
    return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length))
  },
  function appendAnother(text, random, corpus) {
    return text + random.of(corpus)
  },
]

/** One message of the corpus, changed in one to four ways. */
export function mutated(corpus: readonly string[], random: Random): string {
  let text = random.of(corpus)
  for (let n = 1 + random.below(4); n > 0 && text.length > 0; n--) text = random.of(mutations)(text, random, corpus)
  return text.slice(0, 8192)
}
