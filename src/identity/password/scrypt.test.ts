import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { scryptPassword } from './scrypt.ts'

test('a password matches its hash, and only that', async () => {
  const stored = await scryptPassword.hash('open sesame')
  assert.match(stored, /^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await scryptPassword.matches('open sesame', stored), true)
  assert.equal(await scryptPassword.matches('open sesame ', stored), false)
  assert.equal(await scryptPassword.matches('open sesame\0', stored), false)
  assert.notEqual(await scryptPassword.hash('open sesame'), stored, 'nobody can tell that two passwords are the same')
})

test('hashes that others made are read, with and without padding', async () => {
  const salt = Buffer.from('NaCl-and-more-of')
  const hash = scryptSync('pleaseletmein', salt, 32, { N: 1024, r: 8, p: 16 })
  const stored = `$scrypt$ln=10,r=8,p=16$${salt.toString('base64')}$${hash.toString('base64')}`
  assert.equal(await scryptPassword.matches('pleaseletmein', stored), true)
  assert.equal(await scryptPassword.matches('pleaseletmein', stored.replace(/=+(?=\$|$)/g, '')), true)
})

const [SALT, HASH] = ['A'.repeat(22), 'A'.repeat(43)]
const rows: readonly [sentence: string, text: string][] = [
  ['a password', 'open sesame'],
  ['Kong’s hash', 'a'.repeat(40)],
  ['another function', `$pbkdf2-sha512$i=10000,l=32$${SALT}$${HASH}`],
  ['too much memory', `$scrypt$ln=30,r=8,p=1$${SALT}$${HASH}`],
  ['too much work', `$scrypt$ln=16,r=8,p=99$${SALT}$${HASH}`],
  ['no rounds', `$scrypt$ln=14,r=8,p=0$${SALT}$${HASH}`],
  ['no salt', `$scrypt$ln=14,r=8,p=5$$${HASH}`],
  ['a hash too short to mean anything', `$scrypt$ln=14,r=8,p=5$${SALT}$AAAA`],
  ['something behind it', `$scrypt$ln=14,r=8,p=5$${SALT}$${HASH}$x`],
]
for (const [sentence, text] of rows) {
  test(`no stored form: ${sentence}`, async () => {
    assert.equal(scryptPassword.isStored(text), false)
    assert.equal(await scryptPassword.matches('', text), false)
  })
}
