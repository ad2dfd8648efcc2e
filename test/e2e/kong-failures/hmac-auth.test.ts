/** `hmac-auth`: who is refused and how, row by row (§5.4), and what the service hears of who is not. */
import { createHmac, hash } from 'node:crypto'
import { type Ask, checkRows, gatewayWith, guarded, NOW, negotiated, type Row, served, told } from './rows.ts'

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice', custom_id: 'alice-7' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
const SECRET = 'top secret'
gatewayWith(
  [
    guarded('plain', ['hmac-auth', {}]),
    guarded('realm', ['hmac-auth', { realm: 'R "1"' }]),
    guarded('strict', ['hmac-auth', { enforce_headers: ['date', 'request-line'], algorithms: ['hmac-sha512'] }]),
    guarded('skew', ['hmac-auth', { clock_skew: 1 }]),
    guarded('body', ['hmac-auth', { validate_request_body: true }]),
    guarded('body-realm', ['hmac-auth', { validate_request_body: true, realm: 'R "1"' }]),
    guarded('hide', ['hmac-auth', { hide_credentials: true }]),
    guarded('guests', ['hmac-auth', { anonymous: 'guest' }]),
    guarded('hide-guests', ['hmac-auth', { anonymous: 'guest', hide_credentials: true }]),
  ],
  [{ ...alice, hmacauth_credentials: [{ username: 'alice', secret: SECRET }] }, guest],
)

const dateAt = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString()
const DATE = dateAt(0)

interface Signing {
  readonly user?: string
  readonly algorithm?: string
  /** Names in the order of the lines of `text`. */
  readonly names?: string
  readonly text?: string
  readonly secret?: string
}
/** An Authorization value as a caller would make it; by default over `date`. */
function signature({ user = 'alice', algorithm = 'hmac-sha256', names = 'date', text, secret = SECRET }: Signing = {}) {
  const mac = createHmac(algorithm.replace('hmac-', ''), secret)
    .update(text ?? `date: ${DATE}`, 'latin1')
    .digest('base64')
  return `hmac username="${user}", algorithm="${algorithm}", headers="${names}", signature="${mac}"`
}
const GOOD = signature()
const by = (
  route: string,
  authorization: string,
  headers: Record<string, string> = {},
  more: Partial<Ask> = {},
): Ask => ({
  ...{ target: `/${route}`, headers: { date: DATE, authorization, ...headers } },
  ...more,
})
const dated = (route: string, date: string, name = 'date'): Ask => ({
  target: `/${route}`,
  headers: { [name]: date, authorization: signature({ names: name, text: `${name}: ${date}` }) },
})
const withBody = (route: string, body: string, digest: string | null): Ask =>
  by(route, GOOD, digest === null ? {} : { digest }, { method: 'POST', body })
const sha256 = (text: string) => `SHA-256=${hash('sha256', text, 'base64')}`

const R = 'hmac realm="R \\"1\\""'
const refused = (message: string, challenge = 'hmac') => negotiated(401, message, challenge)
const UNVERIFIED = 'HMAC signature cannot be verified'
const NO_DATE = `${UNVERIFIED}, a valid date or x-date header is required for HMAC Authentication`
const NO_MATCH = 'HMAC signature does not match'
const letIn = (headers: Record<string, string | null> = {}) => served(told(alice, 'alice'), headers)

/** The same request on the route without a realm and on the one with it. */
const inBothRealms = (sentence: string, ask: (route: string) => Ask, message: string): Row[] => [
  [sentence, ask('plain'), refused(message)],
  [`${sentence} (realm)`, ask('realm'), refused(message, R)],
]
const rows: Row[] = [
  ...inBothRealms(
    '§5.4 row 1: neither header',
    (route) => ({ target: `/${route}`, headers: { date: DATE } }),
    'Unauthorized',
  ),
  ...inBothRealms('§5.4 row 1: neither header, no date', (route) => ({ target: `/${route}` }), 'Unauthorized'),
  ...inBothRealms(
    '§5.4 row 2: no date',
    (route) => ({ target: `/${route}`, headers: { authorization: GOOD } }),
    NO_DATE,
  ),
  ...inBothRealms('§5.4 row 2: a date that is none', (route) => by(route, GOOD, { date: 'today' }), NO_DATE),
  ...inBothRealms('§5.4 row 2: a date just too old', (route) => dated(route, dateAt(-301)), NO_DATE),
  ...inBothRealms('§5.4 row 2: a date just too early', (route) => dated(route, dateAt(301)), NO_DATE),
  ['§5.4 row 2: a smaller skew', dated('skew', dateAt(-2)), refused(NO_DATE)],
  ['§5.4 row 2: an X-Date too old', dated('plain', dateAt(-301), 'x-date'), refused(NO_DATE)],
  ...inBothRealms('§5.4 row 2 goes before row 3', (route) => by(route, 'Basic x', { date: 'x' }), NO_DATE),
  ...inBothRealms('§5.4 row 3: another scheme', (route) => by(route, 'Basic eDp5'), UNVERIFIED),
  ...inBothRealms('§5.4 row 3: HMAC in capitals', (route) => by(route, GOOD.replace('hmac ', 'HMAC ')), UNVERIFIED),
  ...inBothRealms(
    '§5.4 row 3: parameters in another order',
    (route) => by(route, GOOD.replace(/(username="alice"), (algorithm="hmac-sha256")/, '$2, $1')),
    UNVERIFIED,
  ),
  ...inBothRealms('§5.4 row 3: no username', (route) => by(route, GOOD.replace('username="alice", ', '')), UNVERIFIED),
  ...inBothRealms('§5.4 row 3: an empty username', (route) => by(route, signature({ user: '' })), UNVERIFIED),
  ...inBothRealms('§5.4 row 3: no signature', (route) => by(route, GOOD.replace(/, signature=.*/, '')), UNVERIFIED),
  ...inBothRealms(
    '§5.4 row 3: an empty signature',
    (route) => by(route, GOOD.replace(/signature=.*/, 'signature=""')),
    UNVERIFIED,
  ),
  [
    '§5.4 row 3: a demanded header is not signed',
    by('strict', signature({ algorithm: 'hmac-sha512' })),
    refused(UNVERIFIED),
  ],
  [
    '§5.4 row 3: an algorithm that is not allowed',
    by('strict', signature({ names: 'date request-line', text: `date: ${DATE}\nGET /strict HTTP/1.1` })),
    refused(UNVERIFIED),
  ],
  ...inBothRealms(
    '§5.4 row 3: an algorithm that nobody knows',
    (route) => by(route, GOOD.replace('sha256', 'md5')),
    UNVERIFIED,
  ),
  ...inBothRealms('§5.4 row 4: an unknown username', (route) => by(route, signature({ user: 'mallory' })), UNVERIFIED),
  ...inBothRealms('§5.4 row 5: another secret', (route) => by(route, signature({ secret: 'guess' })), NO_MATCH),
  ...inBothRealms('§5.4 row 5: another text', (route) => by(route, signature({ text: 'date: yesterday' })), NO_MATCH),
  ...inBothRealms(
    '§5.4 row 5: the request line of another path',
    (route) => by(route, signature({ names: 'request-line', text: 'GET /other HTTP/1.1' })),
    NO_MATCH,
  ),
  ['§5.4 row 6: a digest of another body', withBody('body', 'bye', sha256('hello')), refused(NO_MATCH)],
  ['§5.4 row 6: a body without digest', withBody('body', 'hello', null), refused(NO_MATCH)],
  ['§5.4 row 6: a digest in another form', withBody('body', 'hello', sha256('hello').toLowerCase()), refused(NO_MATCH)],
  ['§5.4 row 6: realm', withBody('body-realm', 'hello', null), refused(NO_MATCH, R)],
  ['§5.4: OPTIONS is asked too', { target: '/plain', method: 'OPTIONS' }, refused('Unauthorized')],

  ['§5.4: a signed date', by('plain', GOOD), letIn({ authorization: GOOD })],
  ['§5.4: a date just timely', dated('plain', dateAt(-300)), letIn()],
  ['§5.4: X-Date, where Date is none', { ...dated('plain', DATE, 'x-date') }, letIn()],
  ['§5.4: Date in the form of RFC 850', dated('plain', 'Friday, 02-Jan-26 03:04:05 GMT'), letIn()],
  ['§5.4: Date in the form of asctime', dated('plain', 'Fri Jan  2 03:04:05 2026'), letIn()],
  ['§5.4: Hmac with a capital', by('plain', GOOD.replace('hmac ', 'Hmac ')), letIn()],
  ['§5.4: Proxy-Authorization', { target: '/plain', headers: { date: DATE, 'proxy-authorization': GOOD } }, letIn()],
  ['§5.4: Proxy-Authorization goes first', by('plain', 'x', { 'proxy-authorization': GOOD }), letIn()],
  [
    '§5.4: Authorization, where the other cannot be read',
    by('plain', GOOD, { 'proxy-authorization': 'Basic x' }),
    letIn(),
  ],
  ...['hmac-sha1', 'hmac-sha384', 'hmac-sha512'].map(
    (algorithm): Row => [`§5.4: ${algorithm}`, by('plain', signature({ algorithm })), letIn()],
  ),
  [
    '§5.4: what is demanded is signed',
    by(
      'strict',
      signature({
        ...{ algorithm: 'hmac-sha512', names: 'date request-line', text: `date: ${DATE}\nGET /strict?a=1 HTTP/1.1` },
      }),
      {},
      { target: '/strict?a=1' },
    ),
    letIn(),
  ],
  [
    '§5.4: names as written, the request target, a header that is not there',
    by(
      'plain',
      signature({
        names: 'Date X-A @request-target x-none',
        text: `Date: ${DATE}\nX-A: 1\n@request-target: post /plain\nx-none:`,
      }),
      { 'x-a': '1' },
      { method: 'POST' },
    ),
    letIn(),
  ],
  ['§5.4: the digest of the body', withBody('body', 'hello', sha256('hello')), letIn()],
  ['§5.4: no body, no digest', by('body', GOOD), letIn()],
  ['§5.4: a digest that nobody checks', withBody('plain', 'bye', sha256('hello')), letIn()],
  ['§5.4 hidden: Authorization', by('hide', GOOD), letIn({ authorization: null })],
  [
    '§5.4 hidden: the one that was used',
    by('hide', 'x', { 'proxy-authorization': GOOD }),
    letIn({ authorization: 'x', 'proxy-authorization': null }),
  ],

  ['§4.3: nothing, and a stand-in', { target: '/guests' }, served(told(guest, null))],
  ['§4.3: no date, and a stand-in', { target: '/guests', headers: { authorization: GOOD } }, served(told(guest, null))],
  ['§4.3: unparsable, and a stand-in', by('guests', 'x'), served(told(guest, null), { authorization: 'x' })],
  ['§4.3: an unknown user, and a stand-in', by('guests', signature({ user: 'x' })), served(told(guest, null))],
  ['§4.3: another secret, and a stand-in', by('guests', signature({ secret: 'x' })), served(told(guest, null))],
  [
    '§4.3: a bad signature is hidden',
    by('hide-guests', signature({ secret: 'x' })),
    served(told(guest, null), { authorization: null }),
  ],
  ['§4.3: a good signature goes before the stand-in', by('guests', GOOD), letIn()],
]
checkRows(rows)
