import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asksForExtension, decodeCompact } from './compact.ts'

const part = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')
const header = part('{"alg":"HS256"}')
const rows: [sentence: string, token: string, outcome: 'read' | 'refused' | 'signature malformed'][] = [
  ['three parts', `${header}.${part('{}')}.AQ`, 'read'],
  ['an empty signature is a signature, if a bad one', `${header}.${part('{}')}.`, 'read'],
  ['a payload that is no JSON is the next reader’s business', `${header}.${part('foo')}.AQ`, 'read'],
  ['no dot', 'abc', 'refused'],
  ['one dot', `${header}.${part('{}')}`, 'refused'],
  ['four parts', `${header}.${part('{}')}.AQ.AQ`, 'signature malformed'],
  ['five parts, as JWE has', `${header}.AQ.AQ.AQ.AQ`, 'signature malformed'],
  ['a padded signature', `${header}.${part('{}')}.AQ==`, 'signature malformed'],
  ['a signature in the other alphabet', `${header}.${part('{}')}.//8`, 'signature malformed'],
  ['a signature with loose bits', `${header}.${part('{}')}._x`, 'signature malformed'],
  ['a padded header', `${Buffer.from('{"alg":"HS256"} ').toString('base64')}=.AQ.AQ`, 'refused'],
  ['an empty header', `.${part('{}')}.AQ`, 'refused'],
  ['a header that is a list', `${part('[]')}.${part('{}')}.AQ`, 'refused'],
  ['a header that is null', `${part('null')}.${part('{}')}.AQ`, 'refused'],
  ['a header that is a number', `${part('1')}.${part('{}')}.AQ`, 'refused'],
  ['a header that is not UTF-8', `${part(Buffer.from('{"a":"\xff"}', 'latin1'))}.AQ.AQ`, 'refused'],
  ['blanks around', ` ${header}.${part('{}')}.AQ`, 'refused'],
  ['JSON serialisation', '{"payload":"","signatures":[]}', 'refused'],
]
for (const [sentence, token, outcome] of rows) {
  test(`${sentence}: ${outcome}`, () => {
    const jws = decodeCompact(token)
    assert.equal(jws === null ? 'refused' : jws.signature === null ? 'signature malformed' : 'read', outcome)
  })
}

test('what was signed is header and payload as they were sent', () => {
  assert.equal(decodeCompact(`${header}.AQ.AQ`)?.signingInput.toString(), `${header}.AQ`)
})

test('crit and b64 ask for an extension, whatever they hold', () => {
  assert.equal(asksForExtension({ alg: 'HS256', kid: '1' }), false)
  assert.equal(asksForExtension({ crit: [] }), true)
  assert.equal(asksForExtension({ crit: ['b64'], b64: false }), true)
  assert.equal(asksForExtension({ b64: true }), true)
})
