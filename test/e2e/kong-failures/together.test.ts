/** What all authentication plugins share: bodies (§3.5, §5.0), several on one route (§4.3), what services hear (§4.4). */
import assert from 'node:assert/strict'
import { createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { signCompact } from '../../../src/identity/jose/sign-compact.ts'
import { oneValue, statusOf } from '../engine/message.ts'
import {
  answerTo,
  checkRows,
  compact,
  gatewayWith,
  guarded,
  heard,
  NOW,
  negotiated,
  type Row,
  served,
  told,
} from './rows.ts'

const id = (number: number) => `a${number}000000-0000-4000-8000-000000000000`
const alice = { id: id(1), username: 'alice', custom_id: 'alice-7' }
const bob = { id: id(2), username: 'bob' }
const numbered = { id: id(3), custom_id: 'only a number' }
const guest = { id: id(4), username: 'guest', custom_id: 'guest-0' }
/** Its username is the id that nobody has. */
const disguised = { id: id(5), username: id(9) }
const KEYS = {
  alice: 'c1000000-0000-4000-8000-000000000000',
  bob: 'c2000000-0000-4000-8000-000000000000',
  numbered: 'c3000000-0000-4000-8000-000000000000',
}
const SECRET = 'a secret for signatures'

const orTwo = (name: string, anonymous: string, more: object = {}) =>
  guarded(name, ['key-auth', { anonymous, ...more }], ['basic-auth', { anonymous, ...more }])
const TERMINATED = ['request-termination', { status_code: 401, message: 'Log in first' }] as const
gatewayWith(
  [
    guarded('jwt', ['jwt', {}]),
    guarded('key-auth', ['key-auth', {}]),
    guarded('basic-auth', ['basic-auth', {}]),
    guarded('hmac-auth', ['hmac-auth', {}]),
    guarded('acl', ['acl', { allow: ['a'] }]),
    guarded('oauth2', ['oauth2', { enable_client_credentials: true }]),
    guarded('both', ['key-auth', {}], ['basic-auth', {}]),
    guarded('three', ['jwt', {}], ['key-auth', {}], ['hmac-auth', {}]),
    guarded('first-optional', ['key-auth', { anonymous: 'guest' }], ['basic-auth', {}]),
    guarded('last-optional', ['key-auth', {}], ['basic-auth', { anonymous: 'guest' }]),
    orTwo('either', guest.id),
    orTwo('either-by-name', 'guest'),
    orTwo('either-hidden', 'guest', { hide_credentials: true }),
    orTwo('either-by-custom-id', 'guest-0'),
    orTwo('either-disguised', id(9)),
    orTwo('either-rejected', bob.username),
    ...['jwt', 'key-auth', 'basic-auth', 'hmac-auth'].map((name) =>
      guarded(`${name}-missing`, [name, { anonymous: 'missing' }]),
    ),
    guarded('oauth2-missing', ['oauth2', { enable_client_credentials: true, anonymous: 'missing' }]),
    guarded('open'),
  ].map((route) => {
    // a plugin of one consumer on one route
    if (route.name !== 'either-rejected') return route
    const [name, config] = TERMINATED
    return { ...route, plugins: [...route.plugins, { name, config, consumer: 'bob' }] }
  }),
  [
    {
      ...alice,
      jwt_secrets: [{ key: 'issuer', secret: SECRET }],
      keyauth_credentials: [{ id: KEYS.alice, key: 'alice' }],
      basicauth_credentials: [{ username: 'alice', password: 'x' }],
      hmacauth_credentials: [{ username: 'alice', secret: SECRET }],
    },
    {
      ...bob,
      keyauth_credentials: [{ id: KEYS.bob, key: 'bob' }],
      basicauth_credentials: [{ username: 'bobs-login', password: 'x' }],
    },
    { ...numbered, keyauth_credentials: [{ id: KEYS.numbered, key: 'numbered' }] },
    guest,
    disguised,
  ],
)

const basic = (user: string, password = 'x') => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const DATE = new Date(NOW).toUTCString()
const mac = createHmac('sha256', SECRET).update(`date: ${DATE}`).digest('base64')
const hmac = `hmac username="alice", algorithm="hmac-sha256", headers="date", signature="${mac}"`
const token = signCompact('HS256', createSecretKey(Buffer.from(SECRET)), { iss: 'issuer' })
const NO_KEY = negotiated(401, 'No API key found in request', 'Key')
const NO_LOGIN = negotiated(401, 'Unauthorized', 'Basic realm="service"')
const BROKEN = negotiated(500, 'An unexpected error occurred')
const standIn = (headers: Record<string, string | null> = {}) => served(told(guest, null), headers)
const at = (route: string, headers: Record<string, string> = {}) => ({ target: `/${route}`, headers })

const rows: Row[] = [
  [
    '§4.3 AND: both good; the last decides',
    at('both', { apikey: 'bob', authorization: basic('alice') }),
    served(told(alice, 'alice')),
  ],
  ['§4.3 AND: neither; the first refuses', at('both'), NO_KEY],
  ['§4.3 AND: the second is missing', at('both', { apikey: 'bob' }), NO_LOGIN],
  ['§4.3 AND: the second is wrong', at('both', { apikey: 'bob', authorization: basic('alice', 'y') }), NO_LOGIN],
  ['§4.3 AND: the first is missing', at('both', { authorization: basic('alice') }), NO_KEY],
  [
    '§4.3 AND: three, in the order of their priorities',
    { target: `/three?jwt=${token}`, headers: { apikey: 'bob', date: DATE, authorization: hmac } },
    served(told(alice, 'alice')),
  ],
  ['§4.3 AND: three, none given', at('three'), compact(401, { message: 'Unauthorized' }, 'Bearer')],
  ['§4.3 AND: three, the second missing', { target: `/three?jwt=${token}` }, NO_KEY],
  [
    '§4.3 AND: three, the third missing',
    { target: `/three?jwt=${token}`, headers: { apikey: 'bob' } },
    negotiated(401, 'Unauthorized', 'hmac'),
  ],
  ['§4.3 mixed: the first may fail, the second must not', at('first-optional'), NO_LOGIN],
  [
    '§4.3 mixed: the second is good, the stand-in forgotten',
    at('first-optional', { authorization: basic('bobs-login') }),
    served(told(bob, 'bobs-login')),
  ],
  [
    '§4.3 mixed: the first is good, the second all the same must not fail',
    at('first-optional', { apikey: 'bob' }),
    NO_LOGIN,
  ],
  ['§4.3 mixed: the first must not fail', at('last-optional', { authorization: basic('alice') }), NO_KEY],
  [
    '§4.3 mixed: the first is good, the second not looked at',
    at('last-optional', { apikey: 'bob', authorization: basic('alice') }),
    served(told(bob, KEYS.bob)),
  ],
  ['§4.3 OR: the first', at('either', { apikey: 'bob' }), served(told(bob, KEYS.bob))],
  ['§4.3 OR: the second', at('either', { authorization: basic('bobs-login') }), served(told(bob, 'bobs-login'))],
  [
    '§4.3 OR: both; the second is skipped',
    at('either', { apikey: 'bob', authorization: basic('alice') }),
    served(told(bob, KEYS.bob)),
  ],
  [
    '§4.3 OR: the second is skipped also where it is wrong',
    at('either', { apikey: 'bob', authorization: basic('alice', 'y') }),
    served(told(bob, KEYS.bob)),
  ],
  [
    '§4.3 OR: the first is wrong, the second good',
    at('either', { apikey: 'x', authorization: basic('alice') }),
    served(told(alice, 'alice')),
  ],
  ['§4.3 OR: neither, and no challenge is sent', at('either'), standIn()],
  ['§4.3 OR: both wrong', at('either', { apikey: 'x', authorization: 'x' }), standIn()],
  ['§4.3 OR: by username', at('either-by-name'), standIn()],
  [
    '§4.3 OR: credentials of all that failed are hidden',
    at('either-hidden', { apikey: 'x', authorization: basic('alice', 'y') }),
    standIn({ apikey: null, authorization: null }),
  ],
  [
    '§4.3 OR: what was skipped hides nothing',
    at('either-hidden', { apikey: 'bob', authorization: basic('alice') }),
    served(told(bob, KEYS.bob), { apikey: null, authorization: basic('alice') }),
  ],
  ['§4.3 OR: never by custom_id', at('either-by-custom-id'), BROKEN],
  ['§4.3 OR: a username that looks like an id', at('either-disguised'), served(told(disguised, null))],
  ['§4.3 OR: one of several, else rejected', at('either-rejected'), compact(401, { message: 'Log in first' })],
  ['§4.3 OR: one of several, and good', at('either-rejected', { apikey: 'alice' }), served(told(alice, KEYS.alice))],
  ...['jwt', 'key-auth', 'basic-auth', 'hmac-auth', 'oauth2'].map(
    (name): Row => [`§4.3 missing stand-in: ${name}`, at(`${name}-missing`), BROKEN],
  ),
  [
    '§4.3 missing stand-in: nobody notices while credentials are good',
    at('key-auth-missing', { apikey: 'alice' }),
    served(told(alice, KEYS.alice)),
  ],

  ['§4.4 jwt', at('jwt', { authorization: `Bearer ${token}` }), served(told(alice, 'issuer'))],
  [
    '§4.4 key-auth: the id of the key, never the key',
    at('key-auth', { apikey: 'alice' }),
    served(told(alice, KEYS.alice)),
  ],
  ['§4.4 basic-auth', at('basic-auth', { authorization: basic('bobs-login') }), served(told(bob, 'bobs-login'))],
  ['§4.4 hmac-auth', at('hmac-auth', { date: DATE, authorization: hmac }), served(told(alice, 'alice'))],
  ['§4.4 a consumer without custom_id', at('key-auth', { apikey: 'bob' }), served(told(bob, KEYS.bob))],
  ['§4.4 a consumer without username', at('key-auth', { apikey: 'numbered' }), served(told(numbered, KEYS.numbered))],
  ['§4.4 a stand-in: no credential, and it is said', at('either'), standIn()],
  ['§4.4 nobody asks: forged names are gone all the same (Kong: forwarded)', at('open'), served({})],
]
checkRows(rows)

// --- bodies, by who refuses and what is accepted ---------------------------------------------------------------------

const refusals: [route: string, status: number, message: string, challenge: string | undefined][] = [
  ['key-auth', 401, 'No API key found in request', 'Key'],
  ['basic-auth', 401, 'Unauthorized', 'Basic realm="service"'],
  ['hmac-auth', 401, 'Unauthorized', 'hmac'],
  ['acl', 401, 'Unauthorized', undefined],
  ['jwt-missing', 500, 'An unexpected error occurred', undefined],
  ['oauth2-missing', 500, 'An unexpected error occurred', undefined],
]
const json = (message: string, id: string) => `{\n  "message":"${message}",\n  "request_id":"${id}"\n}`
const html = (message: string, id: string) =>
  `<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>${message}.</p>\n    <p>request_id: ${id}</p>\n  </body>\n</html>\n`
const xml = (message: string, id: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>${message}</message>\n  <requestid>${id}</requestid>\n</error>`
const plain = (message: string, id: string) => `${message}\nrequest_id: ${id}\n`
const media: [accept: string, type: string, body: typeof json][] = [
  ['application/json', 'application/json', json],
  ['*/*', 'application/json', json],
  ['image/png', 'application/json', json],
  ['text/html', 'text/html', html],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html', html],
  ['application/xml', 'application/xml', xml],
  ['text/plain', 'text/plain', plain],
  ['text/html;q=0.1, text/plain;q=0.5', 'text/plain', plain],
]
for (const [route, status, message, challenge] of refusals) {
  for (const [accept, type, body] of media) {
    test(`§3.5 ${route} refuses in ${type} for ${accept}`, async () => {
      const answer = await answerTo(at(route, { accept }))
      const id = oneValue(answer, 'x-kong-request-id')!
      assert.deepEqual(
        [statusOf(answer), oneValue(answer, 'content-type'), oneValue(answer, 'www-authenticate')],
        [status, `${type}; charset=utf-8`, challenge],
      )
      assert.equal(answer.body.toString(), body(message, id))
    })
  }
}

const compacts: [route: string, body: object][] = [
  ['jwt', { message: 'Unauthorized' }],
  ['oauth2', { error: 'invalid_request', error_description: 'The access token is missing' }],
]
for (const [route, body] of compacts) {
  for (const accept of ['*/*', 'text/html', 'text/plain', 'application/xml']) {
    test(`§3.5 ${route} refuses in compact JSON, also for ${accept}`, async () => {
      const answer = await answerTo(at(route, { accept }))
      assert.deepEqual(
        [statusOf(answer), oneValue(answer, 'content-type'), oneValue(answer, 'www-authenticate')],
        [401, 'application/json; charset=utf-8', 'Bearer'],
      )
      assert.equal(answer.body.toString(), JSON.stringify(body))
    })
  }
}

for (const [route, challenge] of [
  ['key-auth', 'Key'],
  ['jwt', 'Bearer'],
] as const) {
  test(`§3.5 ${route} refuses HEAD by the same headers, without a body`, async () => {
    const headers = async (method: string) => {
      const answer = await answerTo({ target: `/${route}`, method })
      assert.equal(statusOf(answer), 401)
      const names = ['content-type', 'content-length', 'www-authenticate']
      return { body: answer.body.length, told: names.map((name) => oneValue(answer, name)) }
    }
    const [head, get] = [await headers('HEAD'), await headers('GET')]
    assert.deepEqual(head.told, get.told)
    assert.equal(head.told[2], challenge)
    assert.ok(head.body === 0 && get.body > 0)
    assert.deepEqual(heard(), [])
  })

  test(`§3.5 ${route} refuses gRPC by its status in headers`, async () => {
    const answer = await answerTo({
      target: `/${route}`,
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
    })
    assert.deepEqual(
      [statusOf(answer), oneValue(answer, 'grpc-status'), oneValue(answer, 'www-authenticate'), answer.body.length],
      [401, '16', challenge, 0],
    )
    assert.match(oneValue(answer, 'grpc-message')!, /^(?:No API key found in request|Unauthorized)$/)
  })
}
