/** `session` (§5.8): what callers and services hear of it, together with what it stands before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, statusOf, valuesOf } from '../engine/message.ts'
import {
  type Ask,
  answerTo,
  checkRefused,
  checkRows,
  checkServed,
  clock,
  compact,
  forget,
  gatewayWith,
  guarded,
  heard,
  NOW,
  negotiated,
  type Row,
  served,
  told,
} from './rows.ts'

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice', custom_id: 'alice-7' }
const bob = { id: 'a2000000-0000-4000-8000-000000000000', username: 'bob' }
const guest = { id: 'a3000000-0000-4000-8000-000000000000', username: 'guest' }
const ALICES = 'c1000000-0000-4000-8000-000000000000'
const BOBS = 'c2000000-0000-4000-8000-000000000000'

const SESSION = { secret: 'a secret for cookies' }
const optional = ['key-auth', { anonymous: 'guest' }] as const
const routes = [
  guarded('guests', ['session', SESSION], optional),
  guarded('must', ['session', SESSION], ['key-auth', {}]),
  guarded('alone', ['session', SESSION]),
  guarded('members', ['session', SESSION], optional, ['acl', { allow: ['members'] }]),
  guarded('get', ['session', { ...SESSION, logout_methods: ['GET'] }], optional),
  guarded('body', ['session', { ...SESSION, read_body_for_logout: true }], optional),
  guarded('elsewhere', ['session', { secret: 'another' }], optional),
  guarded('rejected', ['session', SESSION], optional),
]
const rejects = { name: 'request-termination', config: { status_code: 401, message: 'Log in' }, consumer: 'guest' }
gatewayWith(
  routes.map((route) => (route.name === 'rejected' ? { ...route, plugins: [...route.plugins, rejects] } : route)),
  [
    { ...alice, keyauth_credentials: [{ id: ALICES, key: 'alice' }], acls: [{ group: 'members' }] },
    { ...bob, keyauth_credentials: [{ id: BOBS, key: 'bob' }] },
    guest,
  ],
)

const cookiesOf = (answer: Message) => valuesOf(answer, 'set-cookie')
/** The cookie that a browser holds once it proved itself. */
async function logIn(key = 'alice'): Promise<string> {
  const answer = await answerTo({ target: '/guests', headers: { apikey: key } })
  const [cookie, ...others] = cookiesOf(answer)
  assert.deepEqual(others, [])
  const [, value, attributes] = /^(session=[A-Za-z0-9_-]+)(;.*)$/.exec(cookie!)!
  assert.equal(attributes, '; Path=/; SameSite=Strict; Secure; HttpOnly')
  forget()
  return value!
}
const withCookie =
  (target: string, more: Omit<Ask, 'target'> = {}, key?: string) =>
  async (): Promise<Ask> => ({
    ...{ target, ...more },
    headers: { cookie: await logIn(key), ...more.headers },
  })
const asAlice = told(alice, ALICES)
const standIn = served(told(guest, null))
const NO_KEY = negotiated(401, 'No API key found in request', 'Key')

const rows: Row[] = [
  ['§5.8 good cookie: who it is of is told, and the stand-in is not needed', withCookie('/guests'), served(asAlice)],
  [
    '§5.8 good cookie: key-auth is skipped, and its key not looked at',
    withCookie('/guests', { headers: { apikey: 'x' } }),
    served(asAlice),
  ],
  ['§5.8 good cookie: nobody else is needed', withCookie('/alone'), served(asAlice)],
  ['§5.8 good cookie: what has no stand-in must succeed all the same', withCookie('/must'), NO_KEY],
  [
    '§5.8 good cookie: what has no stand-in decides who it is',
    withCookie('/must', { headers: { apikey: 'bob' } }),
    served(told(bob, BOBS)),
  ],
  [
    '§5.8 good cookie: acl lets members in',
    withCookie('/members'),
    served({ ...asAlice, 'x-consumer-groups': 'members' }),
  ],
  [
    '§5.8 good cookie: acl refuses others',
    withCookie('/members', {}, 'bob'),
    negotiated(403, 'You cannot consume this service'),
  ],
  ['§5.8 good cookie: one of several, else rejected', withCookie('/rejected'), served(asAlice)],
  ['§5.8 no cookie: nothing happens', { target: '/alone' }, served({})],
  ['§5.8 no cookie: the stand-in', { target: '/guests' }, standIn],
  ['§5.8 no cookie: rejected', { target: '/rejected' }, compact(401, { message: 'Log in' })],
  ['§5.8 no cookie: the next in line refuses', { target: '/must' }, NO_KEY],
  ['§5.8 bad cookie: nothing happens', { target: '/alone', headers: { cookie: 'session=AAAA' } }, served({})],
  ['§5.8 bad cookie: the stand-in', { target: '/guests', headers: { cookie: 'session=AAAA' } }, standIn],
  ['§5.8 bad cookie: the next in line refuses', { target: '/must', headers: { cookie: 'session=AAAA' } }, NO_KEY],
  ['§5.8 bad cookie: of another secret', withCookie('/elsewhere'), standIn],
  ['§5.8 logout: not by GET', withCookie('/guests?session_logout=1'), served(asAlice)],
  ['§5.8 logout: not without the argument', withCookie('/guests', { method: 'POST' }), served(asAlice)],
  ['§5.8 logout: not without a session', { target: '/guests?session_logout=1', method: 'POST' }, standIn],
  [
    '§5.8 logout: not by a body that nobody reads',
    withCookie('/guests', {
      ...{ method: 'POST', body: 'session_logout=1' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    served(asAlice),
  ],
]
checkRows(rows)

const logouts: [sentence: string, ask: () => Promise<Ask>][] = [
  ['POST', withCookie('/guests?session_logout=1', { method: 'POST' })],
  ['POST, an argument without value', withCookie('/guests?session_logout', { method: 'POST' })],
  ['DELETE', withCookie('/guests?session_logout=1', { method: 'DELETE' })],
  ['GET, where that is allowed', withCookie('/get?session_logout=1')],
  [
    'a form, where bodies are read',
    withCookie('/body', {
      ...{ method: 'POST', body: 'session_logout=1' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ],
]
for (const [sentence, ask] of logouts) {
  test(`§5.8 logout: ${sentence}: 200 without a body, the cookie taken back, the service not asked`, async () => {
    const answer = await answerTo(await ask())
    assert.deepEqual([statusOf(answer), answer.body.length], [200, 0])
    assert.deepEqual(cookiesOf(answer), ['session=; Path=/; SameSite=Strict; Secure; HttpOnly; Max-Age=0'])
    assert.deepEqual(heard(), [])
  })
}

test('§5.8 saved: not for a stand-in, not for who is refused, not twice; anew for another', async () => {
  const cookies = async (ask: Ask) => cookiesOf(await answerTo(ask)).length
  assert.equal(await cookies({ target: '/guests' }), 0)
  assert.equal(await cookies({ target: '/must', headers: { apikey: 'x' } }), 0)
  const cookie = await logIn()
  assert.equal(await cookies({ target: '/guests', headers: { cookie } }), 0)
  assert.equal(await cookies({ target: '/must', headers: { cookie, apikey: 'alice' } }), 0)
  assert.equal(await cookies({ target: '/must', headers: { cookie, apikey: 'bob' } }), 1)
})

test('§5.8 over: a cookie that idled away is none', async () => {
  const cookie = await logIn()
  try {
    clock.time = NOW + 899_000
    checkServed(await answerTo({ target: '/alone', headers: { cookie } }), served(asAlice))
    clock.time = NOW + 900_000
    forget()
    checkRefused(await answerTo({ target: '/must', headers: { cookie } }), NO_KEY)
    checkServed(await answerTo({ target: '/alone', headers: { cookie } }), served({}))
  } finally {
    clock.time = NOW
  }
})
