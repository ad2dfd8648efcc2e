import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shownUrl } from './shown-url.ts'

const rows: [sentence: string, url: string, shown: string][] = [
  ['user and password', 'postgres://gate:hush@db.test:5432/gateway', 'postgres://db.test:5432/gateway'],
  ['parameters', 'postgresql://db.test/gateway?user=gate&password=hush', 'postgresql://db.test/gateway'],
  ['a password with an @', 'postgres://gate:hu@sh@db.test/gateway', 'postgres://db.test/gateway'],
  ['a password with a slash', 'postgres://gate:hu/sh@db.test/gateway', 'postgres://db.test/gateway'],
  ['a password with a question mark', 'postgres://gate:hu?sh@db.test/gateway', 'postgres://db.test/gateway'],
  ['a password with a #', 'postgres://gate:hu#sh@db.test', 'postgres://db.test'],
  ['everything, where the host was forgotten', 'postgres://gate:hush', 'postgres://…'],
  ['everything, where a sign is odd', 'postgres://gate:hush@d b/x', 'postgres://…'],
  ['nothing of a plain one', 'postgres://127.0.0.1:5432/gateway', 'postgres://127.0.0.1:5432/gateway'],
  ['nothing of an IPv6 address', 'postgres://g:hush@[::1]:5432/gateway', 'postgres://[::1]:5432/gateway'],
  ['nothing but the user of a socket', 'postgres://g:hush@%2Frun%2Fpostgresql/x', 'postgres://%2Frun%2Fpostgresql/x'],
]
for (const [sentence, url, shown] of rows) {
  it(`a shown URL leaves out ${sentence}`, () => {
    assert.equal(shownUrl(url), shown)
    assert.doesNotMatch(shownUrl(url), /hu.?sh/)
  })
}
