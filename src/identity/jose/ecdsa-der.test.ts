import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import test from 'node:test'
import { ecdsaDer } from './ecdsa-der.ts'

const rows: [string, string, string][] = [
  ['two small numbers', '00010002', '3006020101020102'],
  ['a number that would read as negative', '00ff0001', '3007020200ff020101'],
  ['zero stays one byte', '00000000', '3006020100020100'],
  ['full length', 'ffff7fff', '3009020300ffff02027fff'],
]
for (const [what, raw, der] of rows) {
  test(`encodes ${what}`, () => assert.equal(ecdsaDer(Buffer.from(raw, 'hex')).toString('hex'), der))
}

for (const namedCurve of ['P-256', 'P-384', 'P-521']) {
  test(`what it makes of ${namedCurve} signatures is what OpenSSL takes`, () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
    for (let i = 0; i < 200; i++) {
      const data = Buffer.from(`message ${i}`)
      const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      assert.ok(verify('sha256', data, publicKey, ecdsaDer(raw)))
    }
  })
}
