import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import { compilePolicy, FakeDirectory, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { basicAuth } from './handler.ts'
import { basicauthCredentials } from './schema.ts'

function aDirectory() {
  const directory = new FakeDirectory()
  const carol = directory.addConsumer({ username: 'carol' })
  const users = { 'carol!': 'open sesame', colon: 'a:b:c', жук: 'пароль', empty: '' }
  for (const [username, password] of Object.entries(users)) {
    const fields = basicauthCredentials.prepare!({ username, password }, carol.id)
    directory.addCredential('basicauth_credentials', username, fields, carol)
  }
  directory.addCredential('basicauth_credentials', 'orphan', { username: 'orphan', password: '' }, null)
  return { directory, carol }
}

const enc = (text: string) => Buffer.from(text).toString('base64')
// 'carol!:open sesame' is 18 bytes: no padding; 'colon:a:b:c' is 11: one sign of it.
const good = enc('carol!:open sesame')
const padded = enc('colon:a:b:c')
const auth = (value: string) => ({ authorization: value })

type Row = [sentence: string, headers: Record<string, string>, verdict: string]
const rows: Row[] = [
  ['no header', {}, '401 credentials-missing'],
  ['good', auth(`Basic ${good}`), 'identified carol'],
  ['scheme in lower case', auth(`basic ${good}`), 'identified carol'],
  ['scheme in upper case', auth(`BASIC ${good}`), '401 credentials-malformed'],
  ['no space', auth(`Basic${good}`), 'identified carol'],
  ['two spaces', auth(`Basic  ${good}`), 'identified carol'],
  ['a tab', auth(`Basic\t${good}`), 'identified carol'],
  ['a word behind the padding', auth(`Basic ${padded} more`), 'identified carol'],
  ['a word behind, without padding', auth(`Basic ${good} more`), '401 credentials-malformed'],
  ['padding left out', auth(`Basic ${padded.replace(/=+$/, '')}`), 'identified carol'],
  ['something before the scheme', auth(`XBasic ${good}`), 'identified carol'],
  ['another scheme', auth(`Bearer ${good}`), '401 credentials-malformed'],
  ['a wrong password', auth(`Basic ${enc('carol!:nope')}`), '401 password-wrong'],
  ['an unknown user', auth(`Basic ${enc('nobody:x')}`), '401 user-unknown'],
  ['a user in another case', auth(`Basic ${enc('CAROL!:open sesame')}`), '401 user-unknown'],
  ['a user whose consumer is gone', auth(`Basic ${enc('orphan:')}`), '401 user-unknown'],
  ['an empty password', auth(`Basic ${enc('carol!:')}`), '401 password-wrong'],
  ['an empty password that is the password', auth(`Basic ${enc('empty:')}`), 'identified carol'],
  ['an empty name', auth(`Basic ${enc(':x')}`), '401 credentials-malformed'],
  ['no colon', auth(`Basic ${enc('carol!')}`), '401 credentials-malformed'],
  ['only a colon', auth(`Basic ${enc(':')}`), '401 credentials-malformed'],
  ['no base64', auth('Basic !!!not!!!'), '401 credentials-malformed'],
  ['a length that base64 can’t have', auth('Basic AAAAA'), '401 credentials-malformed'],
  ['an empty header', auth(''), '401 credentials-malformed'],
  ['the scheme only', auth('Basic'), '401 credentials-malformed'],
  ['a password with colons', auth(`Basic ${enc('colon:a:b:c')}`), 'identified carol'],
  ['a line break behind the password', auth(`Basic ${enc('carol!:open sesame\n')}`), 'identified carol'],
  ['a NUL behind the password', auth(`Basic ${enc('carol!:open sesame\0')}`), '401 password-wrong'],
  ['name and password beyond ASCII', auth(`Basic ${enc('жук:пароль')}`), 'identified carol'],
  [
    'bytes that are not UTF-8',
    auth(`Basic ${Buffer.from('\xff:x', 'latin1').toString('base64')}`),
    '401 credentials-malformed',
  ],
  [
    'the stored hash as password',
    auth(`Basic ${enc(`carol!:${saltedSha1.hash('open sesame', aDirectory().carol.id)}`)}`),
    '401 password-wrong',
  ],
  ['Proxy-Authorization', { 'proxy-authorization': `Basic ${good}` }, 'identified carol'],
  [
    'Proxy-Authorization unreadable, Authorization good',
    { 'proxy-authorization': 'Basic x', ...auth(`Basic ${good}`) },
    'identified carol',
  ],
  [
    'Proxy-Authorization good, Authorization wrong',
    { 'proxy-authorization': `Basic ${good}`, ...auth(`Basic ${enc('carol!:nope')}`) },
    'identified carol',
  ],
  [
    'Proxy-Authorization wrong, Authorization good',
    { 'proxy-authorization': `Basic ${enc('carol!:nope')}`, ...auth(`Basic ${good}`) },
    '401 password-wrong',
  ],
  [
    'Proxy-Authorization of nobody, Authorization good',
    { 'proxy-authorization': `Basic ${enc('nobody:x')}`, ...auth(`Basic ${good}`) },
    'identified carol',
  ],
]
for (const [sentence, headers, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange({ headers })
    assert.equal(inWords(judge(compilePolicy(basicAuth, {}, aDirectory()), exchange)), verdict)
    assert.deepEqual(exchange.upstream.droppedHeaders, [])
  })
}

const hiding: [sentence: string, headers: Record<string, string>, dropped: string[]][] = [
  ['Authorization', auth(`Basic ${good}`), ['proxy-authorization', 'authorization']],
  ['wrong ones too', auth(`Basic ${enc('carol!:nope')}`), ['proxy-authorization', 'authorization']],
  ['only what was looked at', { 'proxy-authorization': `Basic ${good}`, ...auth('Basic x') }, ['proxy-authorization']],
  ['nothing when there is nothing', {}, []],
]
for (const [sentence, headers, dropped] of hiding) {
  test(`hides ${sentence}`, () => {
    const exchange = new FakeExchange({ headers })
    judge(compilePolicy(basicAuth, { hide_credentials: true }, aDirectory()), exchange)
    assert.deepEqual(exchange.upstream.droppedHeaders, dropped)
  })
}

test('who is told of: the consumer, and the credential by its username', () => {
  const { directory, carol } = aDirectory()
  const verdict = judge(
    compilePolicy(basicAuth, {}, { directory }),
    new FakeExchange({ headers: auth(`Basic ${good}`) }),
  )
  assert.ok(verdict.kind === 'identified')
  assert.equal(verdict.identity.consumer, carol)
  assert.equal(verdict.identity.credential?.identifier, 'carol!')
})

test('every refusal has the same message and challenge, so that none tells which names exist', () => {
  for (const value of ['', 'Basic x', `Basic ${enc('nobody:x')}`, `Basic ${enc('carol!:nope')}`]) {
    const verdict = judge(
      compilePolicy(basicAuth, { realm: 'R' }, aDirectory()),
      new FakeExchange({ headers: auth(value) }),
    )
    assert.ok(verdict.kind === 'denied')
    assert.deepEqual([verdict.reason.message, verdict.detail.challenge], ['Unauthorized', 'Basic realm="R"'])
  }
})

test('only a hash of the password is kept', () => {
  const kept = basicauthCredentials.prepare!({ username: 'u', password: 'ab' }, 'c')
  assert.deepEqual(kept, { username: 'u', password: 'a9993e364706816aba3e25717850c26c9cd0d89d' })
})

test('a hostile value is read in linear time', () => {
  const hostile = `${'basic'.repeat(20_000)}!`
  assert.equal(
    inWords(judge(compilePolicy(basicAuth, {}, aDirectory()), new FakeExchange({ headers: auth(hostile) }))),
    '401 credentials-malformed',
  )
})
