import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminUrl } from './admin-address.ts'

describe('where the Admin API is', () => {
  const rows: [sentence: string, flag: string | undefined, variable: string | undefined, expected: string][] = [
    ['on the usual port of this machine', undefined, undefined, 'http://127.0.0.1:8001'],
    ['where the variable says', undefined, 'gw:1', 'http://gw:1'],
    ['an empty variable says nothing', undefined, '', 'http://127.0.0.1:8001'],
    ['where the flag says, whatever the variable does', 'a:2', 'gw:1', 'http://a:2'],
    ['at an IPv6 address', '[::1]:3', undefined, 'http://[::1]:3'],
    ['at a URL, below a path', 'https://gw.example/admin/', undefined, 'https://gw.example/admin'],
    ['on this machine, when it listens everywhere', '0.0.0.0:4', undefined, 'http://127.0.0.1:4'],
    ['on this machine, when it listens everywhere in IPv6', '[::]:4', undefined, 'http://[::1]:4'],
  ]
  for (const [sentence, flag, variable, expected] of rows) {
    it(sentence, () => assert.equal(adminUrl(flag, { SALLYPORT_ADMIN: variable }), expected))
  }
  for (const text of ['8001', 'host', 'off', 'http://', 'ftp://x:1', 'http://u:p@x', 'http://x?y', 'a b:1']) {
    it(`is not '${text}'`, () =>
      assert.throws(() => adminUrl(text, {}), /^Error: --admin: '.*': expected HOST:PORT or a URL/))
  }
  it('is told wrong by a variable under its own name', () => {
    assert.throws(() => adminUrl(undefined, { SALLYPORT_ADMIN: 'off' }), /^Error: SALLYPORT_ADMIN: 'off': /)
  })
})
