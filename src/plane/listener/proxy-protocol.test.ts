import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readProxyHeader } from './proxy-protocol.ts'

const v2 = (tail: string) => `0d0a0d0a000d0a515549540a${tail}`
const text = (header: string) => Buffer.from(header, 'latin1').toString('hex')

/** What is read, as `ip:port` behind the header's length, or the kind. */
const rows: [sentence: string, hex: string, read: string][] = [
  ['nothing yet', '', 'incomplete'],
  ['part of a signature', '0d0a0d0a', 'incomplete'],
  ['part of a line', text('PROXY TCP4 1.2'), 'incomplete'],
  ['version 1', text('PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\nGET'), '33 1.2.3.4:9'],
  ['version 1, IPv6', text('PROXY TCP6 ::1 ::2 9 10\r\n'), '25 ::1:9'],
  ['version 1, unknown', text('PROXY UNKNOWN x y\r\n'), '19 itself'],
  ['a number beyond 255', text('PROXY TCP4 1.2.3.256 5.6.7.8 9 10\r\n'), 'malformed'],
  ['a port beyond 65535', text('PROXY TCP4 1.2.3.4 5.6.7.8 65536 10\r\n'), 'malformed'],
  ['an address of the other family', text('PROXY TCP4 ::1 ::2 9 10\r\n'), 'malformed'],
  ['too many parts', text('PROXY TCP4 1.2.3.4 5.6.7.8 9 10 11\r\n'), 'malformed'],
  ['another word', text('GET / HTTP/1.1\r\n'), 'malformed'],
  ['a line too long', text(`PROXY ${'x'.repeat(110)}`), 'malformed'],
  ['version 2', v2('2111000c01020304050607080009000a'), '28 1.2.3.4:9'],
  ['version 2, IPv6', v2(`21210024${'0'.repeat(31)}1${'0'.repeat(31)}20009000a`), '52 0:0:0:0:0:0:0:1:9'],
  ['version 2, local', v2('20000000'), '16 itself'],
  ['version 2, datagrams', v2('2112000c01020304050607080009000a'), '28 itself'],
  ['version 2, cut short', v2('2111000c0102'), 'incomplete'],
  ['version 3', v2('3111000c01020304050607080009000a'), 'malformed'],
  ['version 2, another command', v2('2211000c01020304050607080009000a'), 'malformed'],
  ['version 2, absurdly long', v2('2111ffff'), 'malformed'],
]
for (const [sentence, hex, read] of rows) {
  test(sentence, () => {
    const header = readProxyHeader(Buffer.from(hex, 'hex'))
    const found =
      header.kind !== 'header'
        ? header.kind
        : `${header.length} ${header.address === null ? 'itself' : `${header.address.ip}:${header.address.port}`}`
    assert.equal(found, read)
  })
}
