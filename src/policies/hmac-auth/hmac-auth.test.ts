import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { compilePolicy, FakeDirectory, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { hmacAuth } from './handler.ts'
import { httpDate } from './http-date.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const DATE = 'Fri, 02 Jan 2026 03:04:05 GMT'
const OLD = 'Fri, 02 Jan 2025 03:04:05 GMT'
const SECRET = 'top secret'

const directory = new FakeDirectory()
const alice = directory.addConsumer({ username: 'alice' })
directory.addCredential('hmacauth_credentials', 'alice', { username: 'alice', secret: SECRET }, alice)
directory.addCredential('hmacauth_credentials', 'orphan', { username: 'orphan', secret: SECRET }, null)

type Headers = NonNullable<FakeRequest['headers']>

interface Signing {
  readonly user?: string
  readonly algorithm?: string
  readonly headers?: string
  /** The text that is signed. */
  readonly text?: string
  readonly secret?: string
}
/** An Authorization value as a caller would make it; by default over `date`. */
function signed({ user = 'alice', algorithm = 'hmac-sha256', headers = 'date', text, secret = SECRET }: Signing = {}) {
  const mac = createHmac(algorithm.replace('hmac-', '') || 'sha256', secret).update(text ?? `date: ${DATE}`, 'latin1')
  return `hmac username="${user}", algorithm="${algorithm}", headers="${headers}", signature="${mac.digest('base64')}"`
}
const request = (headers: Headers, more: FakeRequest = {}): FakeRequest => ({
  now: NOW,
  headers: { date: DATE, ...headers },
  ...more,
})
const auth = (signing: Signing = {}, headers: Headers = {}, more: FakeRequest = {}) =>
  request({ authorization: signed(signing), ...headers }, more)
const dated = (date: string) => auth({ text: `date: ${date}` }, { date })
const ok = 'identified alice'

const rows: [sentence: string, config: object, request: FakeRequest, verdict: string][] = [
  ['a signed date', {}, auth(), ok],
  ['nothing given', {}, request({}), '401 signature-missing'],
  ['no date at all', {}, { now: NOW, headers: { authorization: signed() } }, '401 date-off'],
  ['a date that is none', {}, auth({}, { date: 'today' }), '401 date-off'],
  ['a date just timely', {}, dated('Fri, 02 Jan 2026 02:59:05 GMT'), ok],
  ['a date just too old', {}, dated('Fri, 02 Jan 2026 02:59:04 GMT'), '401 date-off'],
  ['a date just too early', {}, dated('Fri, 02 Jan 2026 03:09:06 GMT'), '401 date-off'],
  ['a smaller skew', { clock_skew: 1 }, dated('Fri, 02 Jan 2026 03:04:03 GMT'), '401 date-off'],
  [
    'a signed X-Date stands in for a bad Date',
    {},
    auth({ headers: 'x-date', text: `x-date: ${DATE}` }, { date: 'x', 'x-date': DATE }),
    ok,
  ],
  [
    'a fresh X-Date that is not signed beside an old Date that is',
    {},
    auth({ headers: 'Date', text: `Date: ${OLD}` }, { date: OLD, 'x-date': DATE }),
    '401 date-off',
  ],
  [
    'a fresh Date that is not signed beside an old X-Date that is',
    {},
    auth({ headers: 'x-date', text: `x-date: ${OLD}` }, { 'x-date': OLD }),
    '401 date-off',
  ],
  ['a date that is not signed where none is', {}, auth({ headers: 'x-a', text: 'x-a: 1' }, { 'x-a': '1' }), ok],
  [
    'a value behind the one that was signed',
    {},
    auth({ headers: 'x-a', text: 'x-a: 1' }, { 'x-a': ['1', '2'] }),
    '401 signature-wrong',
  ],
  ['a header with two values', {}, auth({ headers: 'x-a', text: 'x-a: 1, 2' }, { 'x-a': ['1', '2'] }), ok],
  ['the date goes before the form', {}, request({ authorization: 'Basic x', date: 'x' }), '401 date-off'],
  ['another scheme', {}, request({ authorization: 'Basic YTpi' }), '401 signature-malformed'],
  [
    'parameters in another order',
    {},
    request({ authorization: 'hmac algorithm="hmac-sha256", username="alice"' }),
    '401 signature-malformed',
  ],
  ['an empty username', {}, auth({ user: '' }), '401 signature-malformed'],
  ['Hmac with a capital', {}, request({ authorization: signed().replace('hmac ', 'Hmac ') }), ok],
  ['HMAC in capitals', {}, request({ authorization: signed().replace('hmac ', 'HMAC ') }), '401 signature-malformed'],
  ['no blanks behind commas', {}, request({ authorization: signed().replaceAll('", ', '",') }), ok],
  ['Proxy-Authorization goes first', {}, request({ authorization: 'x', 'proxy-authorization': signed() }), ok],
  ['Authorization where the other can’t be read', {}, auth({}, { 'proxy-authorization': 'Basic x' }), ok],
  ['an unknown user', {}, auth({ user: 'mallory' }), '401 user-unknown'],
  ['a user whose consumer is gone', {}, auth({ user: 'orphan' }), '401 user-unknown'],
  ['a user in another case', {}, auth({ user: 'Alice' }), '401 user-unknown'],
  ['another secret', {}, auth({ secret: 'guess' }), '401 signature-wrong'],
  ['another text', {}, auth({ text: 'date: yesterday' }), '401 signature-wrong'],
  ['a signature cut short', {}, request({ authorization: signed().replace(/.="$/, '"') }), '401 signature-wrong'],
  [
    'an algorithm that nobody knows',
    {},
    request({ authorization: signed().replace('sha256', 'md5') }),
    '401 algorithm-not-allowed',
  ],
  ['an algorithm that is not allowed', { algorithms: ['hmac-sha512'] }, auth(), '401 algorithm-not-allowed'],
  ['SHA-1', {}, auth({ algorithm: 'hmac-sha1' }), ok],
  ['SHA-384', {}, auth({ algorithm: 'hmac-sha384' }), ok],
  ['SHA-512', {}, auth({ algorithm: 'hmac-sha512' }), ok],
  ['a demanded header that is not signed', { enforce_headers: ['date', 'x-a'] }, auth(), '401 header-not-signed'],
  ['a demanded header that is signed', { enforce_headers: ['date'] }, auth(), ok],
  [
    'several lines, names as written',
    {},
    auth({ headers: 'Date X-A x-none', text: `Date: ${DATE}\nX-A: 1\nx-none:` }, { 'x-a': '1' }),
    ok,
  ],
  ['bytes beyond ASCII', {}, auth({ headers: 'x-a', text: 'x-a: \xc3\xa9' }, { 'x-a': '\xc3\xa9' }), ok],
  [
    'the request line',
    {},
    auth({ headers: 'request-line', text: 'POST /a?b=1 HTTP/1.1' }, {}, { method: 'POST', path: '/a', query: 'b=1' }),
    ok,
  ],
  [
    'the request line of another path',
    {},
    auth({ headers: 'request-line', text: 'GET /a HTTP/1.1' }, {}, { path: '/b' }),
    '401 signature-wrong',
  ],
  [
    'the request line of HTTP/1.0',
    {},
    auth({ headers: 'request-line', text: 'GET / HTTP/1' }, {}, { httpVersion: '1.0' }),
    ok,
  ],
  [
    'the request line of HTTP/2',
    {},
    auth({ headers: 'request-line', text: 'GET / HTTP/2' }, {}, { httpVersion: '2' }),
    ok,
  ],
  [
    'the request target',
    {},
    auth({ headers: '@request-target', text: '@request-target: post /a' }, {}, { method: 'POST', path: '/a' }),
    ok,
  ],
]

const body = { validate_request_body: true }
const digestOf = (text: string) => ({ digest: `SHA-256=${createHash('sha256').update(text).digest('base64')}` })
const bodies: typeof rows = [
  ['the digest of the body', body, auth({}, digestOf('hello'), { body: 'hello' }), ok],
  ['the digest of another body', body, auth({}, digestOf('hello'), { body: 'bye' }), '401 digest-wrong'],
  ['a body without digest', body, auth({}, {}, { body: 'hello' }), '401 digest-wrong'],
  ['neither body nor digest', body, auth({}, {}, { body: '' }), ok],
  ['the digest of no body', body, auth({}, digestOf(''), { body: '' }), ok],
  ['a body too large to be looked at', body, auth({}, digestOf('')), '401 digest-wrong'],
  ['a digest nobody checks', {}, auth({}, digestOf('hello'), { body: 'bye' }), ok],
]
for (const [sentence, config, given, verdict] of [...rows, ...bodies]) {
  test(`${sentence}: ${verdict}`, () => {
    assert.equal(inWords(judge(compilePolicy(hmacAuth, config, { directory }), new FakeExchange(given))), verdict)
  })
}

const hidden: [sentence: string, config: object, request: FakeRequest, dropped: string[]][] = [
  ['nothing, unless told to', {}, auth(), []],
  ['the header that was used', { hide_credentials: true }, auth(), ['authorization']],
  ['also of a bad signature', { hide_credentials: true }, auth({ secret: 'x' }), ['authorization']],
  [
    'the other where that was used',
    { hide_credentials: true },
    request({ 'proxy-authorization': signed() }),
    ['proxy-authorization'],
  ],
]
for (const [sentence, config, given, dropped] of hidden) {
  test(`hidden from the service: ${sentence}`, () => {
    const exchange = new FakeExchange(given)
    judge(compilePolicy(hmacAuth, config, { directory }), exchange)
    assert.deepEqual(exchange.upstream.droppedHeaders, dropped)
  })
}

test('the service is told the username, never the secret', () => {
  const verdict = judge(compilePolicy(hmacAuth, {}, { directory }), new FakeExchange(auth()))
  assert.equal(verdict.kind === 'identified' && verdict.identity.credential?.identifier, 'alice')
  assert.ok(!JSON.stringify(verdict).includes(SECRET))
})

test('a fresh X-Date that nobody signed stands in for an old Date with --exact hmac-dates only', () => {
  const given = auth({ headers: 'Date', text: `Date: ${OLD}` }, { date: OLD, 'x-date': DATE })
  const run = (exact: ReadonlySet<'hmac-dates'>) =>
    inWords(judge(compilePolicy(hmacAuth, {}, { directory, exact }), new FakeExchange(given)))
  assert.deepEqual([run(new Set()), run(new Set(['hmac-dates']))], ['401 date-off', 'identified alice'])
})

for (const [realm, challenge] of [
  [null, 'hmac'],
  ['a "b"', 'hmac realm="a \\"b\\""'],
] as const) {
  test(`the challenge of realm ${realm}: ${challenge}`, () => {
    const verdict = judge(compilePolicy(hmacAuth, { realm }), new FakeExchange())
    assert.equal(verdict.kind === 'denied' && verdict.detail.challenge, challenge)
  })
}

const dates: [text: string, at: string | null][] = [
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sun, 6 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sun, 06 Nov 1994 08:49:37 +0000', '1994-11-06T08:49:37Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sunday, 06-Nov-26 08:49:37 GMT', '2026-11-06T08:49:37Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
  ['Sun, 06 Nov 1994 08:49:37 +0200', null],
  ['Sun, 31 Feb 1994 08:49:37 GMT', null],
  ['Sun, 06 Foo 1994 08:49:37 GMT', null],
  ['Sun, 06 Nov 1994 24:49:37 GMT', null],
  ['1994-11-06T08:49:37Z', null],
  ['784111777', null],
]
for (const [text, at] of dates) {
  test(`${text} is ${at ?? 'no date'}`, () => {
    assert.equal(httpDate(text), at === null ? null : Date.parse(at) / 1000)
  })
}
