import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdminTokens, readAdminTokens } from './admin-tokens.ts'

describe('tokens of the Admin API', () => {
  it('are read by name, and known by their owner', () => {
    const tokens = new AdminTokens(readAdminTokens('# deployment\n\nci:abc:def\n  alice@home:xyz \r\n', 'tokens'))
    assert.equal(tokens.size, 2)
    const owners = ['abc:def', 'xyz', 'abc', '', 'ci:abc:def'].map((token) => tokens.ownerOf(token))
    assert.deepEqual(owners, ['ci', 'alice@home', null, null, null])
  })
  const rows: [sentence: string, text: string, expected: RegExp][] = [
    ['a line without a name', 'a:one\njust-a-secret-token', /^Error: tokens:2: expected NAME:TOKEN/],
    ['a token with a blank', 'a:hidden token', /^Error: tokens:1: expected NAME:TOKEN/],
    ['a token that no header could carry', 'a:hidden-é', /^Error: tokens:1: expected NAME:TOKEN/],
    [
      'a name that stands there twice',
      'a:one\nb:two\na:three',
      /^Error: tokens:3: the name 'a' stands in line 1 already/,
    ],
    ['a file without a token', '# nothing yet\n', /^Error: tokens: holds no token/],
  ]
  for (const [sentence, text, expected] of rows) {
    it(`refuse ${sentence}, and do not repeat it`, () => {
      assert.throws(
        () => readAdminTokens(text, 'tokens'),
        (error) => {
          assert.match(String(error), expected)
          assert.doesNotMatch(String(error), /secret|hidden|three/)
          return true
        },
      )
    })
  }
})
