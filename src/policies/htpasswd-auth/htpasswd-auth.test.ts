import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { htpasswdAuth } from './handler.ts'

const sha = (password: string) => `{SHA}${createHash('sha1').update(password).digest('base64')}`
const users = `alice:${sha('secret')}\n# c\n\n  bob:${sha('pa:ss')}  \nempty:${sha('')}\nутф:${sha('é')}`
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

const rows: [sentence: string, authorization: string | string[] | undefined, verdict: string][] = [
  ['name and password', basic('alice:secret'), 'next'],
  ['a password with a colon', basic('bob:pa:ss'), 'next'],
  ['an empty password', basic('empty:'), 'next'],
  ['beyond ASCII', basic('утф:é'), 'next'],
  ['without padding', 'Basic YWxpY2U6c2VjcmV0', 'next'],
  ['a wrong password', basic('alice:wrong'), '401 password-wrong'],
  ['a line break behind the password', basic('alice:secret\n'), '401 password-wrong'],
  ['an unknown name', basic('nobody:'), '401 password-wrong'],
  ['a name that every object has', basic('toString:x'), '401 password-wrong'],
  ['nothing', undefined, '401 credentials-missing'],
  ['another scheme', 'Bearer x', '401 scheme-unexpected'],
  ['the scheme in lower case', 'basic YWxpY2U6c2VjcmV0', '401 scheme-unexpected'],
  ['the scheme alone', 'Basic', '401 scheme-unexpected'],
  ['no base64', 'Basic !!!', '401 credentials-malformed'],
  ['another spelling of the same bytes', 'Basic YWxpY2U6c2VjcmV0Zh==', '401 credentials-malformed'],
  ['two blanks', 'Basic  YWxpY2U6c2VjcmV0', '401 credentials-malformed'],
  ['no colon', basic('alice'), '401 credentials-malformed'],
  ['two headers', [basic('alice:secret'), 'Basic x'], '401 credentials-malformed'],
]
for (const [sentence, authorization, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange({ headers: authorization === undefined ? {} : { authorization } })
    assert.equal(inWords(judge(compilePolicy(htpasswdAuth, { users }), exchange)), verdict)
    assert.deepEqual(exchange.upstream.droppedHeaders, [], 'the service gets the header too')
  })
}

const messages = {
  missing: 'User authentication failed. Missing username and password.',
  scheme: "User authentication failed. Expected 'Basic' authentication scheme.",
  malformed: 'User authentication failed. Invalid basic credential format.',
  wrong: 'User authentication failed. Invalid username/password combination.',
}
test('refusals are worded as Envoy words them', () => {
  for (const [name, message] of Object.entries(messages)) assert.equal(htpasswdAuth.reasons[name]?.message, message)
})

test('the realm is the address that was asked for', () => {
  const exchange = new FakeExchange({ path: '/a b"', query: 'q=1', host: 'h.test:81' })
  const verdict = judge(compilePolicy(htpasswdAuth, { users }), exchange)
  assert.equal(verdict.kind === 'denied' && verdict.detail.challenge, 'Basic realm="http://h.test:81/a%20b%22?q=1"')
})

const problems: [users: string, problem: RegExp][] = [
  ['# nobody', /there is no user/],
  ['alice:$apr1$x$y', /line 1: only \{SHA\} hashes/],
  ['\nalice', /line 2: expected NAME/],
  [`alice:${sha('a')}\nalice:${sha('b')}`, /line 2: a name that stands here already/],
  [`:${sha('a')}`, /line 1: expected NAME/],
]
for (const [text, problem] of problems) {
  test(`refuses a list: ${problem}`, () => {
    assert.throws(
      () => compilePolicy(htpasswdAuth, { users: text }),
      (error: Error) => problem.test(error.message) && !error.message.includes('{SHA}l'),
    )
  })
}
