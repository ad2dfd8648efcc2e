import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasHostBits, ipAddress, ipRange, prefixOf } from './ip-address.ts'

const addresses: [text: string, address: string | null][] = [
  ['0.0.0.0', '4 0'],
  ['10.1.2.3', '4 a010203'],
  ['255.255.255.255', '4 ffffffff'],
  ['::', '6 0'],
  ['::1', '6 1'],
  ['2001:db8::1', '6 20010db8000000000000000000000001'],
  ['1:2:3:4:5:6:7:8', '6 10002000300040005000600070008'],
  ['::ffff:10.1.2.3', '4 a010203'],
  ['::ffff:a01:203', '4 a010203'],
  ['64:ff9b::10.1.2.3', '6 64ff9b00000000000000000a010203'],
  ['fe80::1%eth0', '6 fe800000000000000000000000000001'],
  ['10.1.2', null],
  ['10.1.2.3:80', null],
  ['', null],
]
for (const [text, expected] of addresses) {
  test(`'${text}' is ${expected ?? 'no address'}`, () => {
    const address = ipAddress(text)
    assert.equal(address && `${address.family} ${address.value.toString(16)}`, expected)
  })
}

const ranges: [text: string, range: string | null][] = [
  ['10.0.0.0/8', '4 a000000/8'],
  ['10.1.0.0/8', '4 a010000/8 with host bits'],
  ['10.1.2.3', '4 a010203/32'],
  ['0.0.0.0/0', '4 0/0'],
  ['2001:db8::/32', '6 20010db8000000000000000000000000/32'],
  ['::1', '6 1/128'],
  ['10.0.0.0/33', null],
  ['10.0.0.0/08', null],
  ['10.0.0.0/', null],
  ['fe80::1%eth0/64', null],
  ['x/8', null],
]
for (const [text, expected] of ranges) {
  test(`'${text}' is ${expected ?? 'no range'}`, () => {
    const range = ipRange(text)
    const words =
      range &&
      `${range.family} ${range.value.toString(16)}/${range.length}${hasHostBits(range) ? ' with host bits' : ''}`
    assert.equal(words, expected)
  })
}

test('the first bits of an address', () => {
  const address = ipAddress('10.1.2.3')!
  assert.deepEqual(
    [0, 8, 24, 32].map((length) => prefixOf(address, length).toString(16)),
    ['0', 'a000000', 'a010200', 'a010203'],
  )
})
