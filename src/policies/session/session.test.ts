import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { CompiledPolicy } from '../../policy/policy.ts'
import { Registry } from '../../policy/registry.ts'
import {
  compilePolicy,
  FakeClock,
  FakeDirectory,
  FakeEntities,
  FakeExchange,
  type FakeRequest,
  fakeIdentity,
  inWords,
  judge,
} from '../../policy/test-kit.ts'
import { session } from './handler.ts'
import { sessions } from './schema.ts'

const START = 1_700_000_000_000
const secret = 'a long random secret'
const directory = new FakeDirectory()
const alice = directory.addConsumer({ username: 'alice' })
const bob = directory.addConsumer({ username: 'bob' })
const proof = (id = 'key-1', consumer = alice) => fakeIdentity({ consumer, credential: { id, identifier: id } })
const compile = (config: object = {}) => compilePolicy(session, { secret, ...config }, { directory })

/** Cookies as a browser holds them: by name, with what it was told last. */
type Jar = Record<string, string>
interface Visit extends FakeRequest {
  /** Seconds since the start. */
  readonly at?: number
}

/** One request and its answer: the verdict, and what the browser and the service were told. */
function visit(policy: CompiledPolicy, jar: Jar, { at = 0, identities = [], headers, ...more }: Visit = {}) {
  const cookie = Object.entries(jar)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const exchange = new FakeExchange({ now: START + at * 1000, headers: { cookie, ...headers }, ...more })
  const verdict = judge(policy, exchange)
  if (verdict.kind === 'identified') exchange.principal.add(verdict.identity)
  for (const identity of identities) exchange.principal.add(identity)
  policy.conclude?.(exchange)
  const answerHeaders = verdict.kind === 'answered' ? verdict.answer.headers : []
  const set = [...answerHeaders, ...exchange.client.added].filter(([name]) => name.toLowerCase() === 'set-cookie')
  for (const [, value] of set) {
    const [, name, text] = /^([^=]+)=([^;]*)/.exec(value) ?? []
    if (value.includes('Max-Age=0')) delete jar[name!]
    else jar[name!] = text!
  }
  return { said: inWords(verdict), verdict, set: set.map(([, value]) => value), exchange }
}

/** A browser that proved itself at the start. */
function loggedIn(policy: CompiledPolicy, identity = proof()): Jar {
  const jar: Jar = {}
  visit(policy, jar, { identities: [identity] })
  return jar
}

const lives: [sentence: string, config: object, visits: number[], said: string][] = [
  ['right after', {}, [1], 'identified alice'],
  ['just before it idled away', {}, [899], 'identified alice'],
  ['when it idled away', {}, [900], 'abstain'],
  ['idling begins anew with each use', {}, [800, 1600], 'identified alice'],
  ['a use within a minute is not noted', {}, [59, 930], 'abstain'],
  ['not renewed in time', { idling_timeout: 0 }, [3600], 'abstain'],
  ['renewed late in its time', { idling_timeout: 0 }, [3000, 6000], 'identified alice'],
  ['used, but too early to be renewed', { idling_timeout: 0 }, [2000, 3700], 'abstain'],
  ['over whatever happens', { absolute_timeout: 1000 }, [500, 1000], 'abstain'],
  ['never over', { idling_timeout: 0, rolling_timeout: 0, absolute_timeout: 0 }, [10 ** 9], 'identified alice'],
]
for (const [sentence, config, visits, said] of lives) {
  test(`a session ${sentence} (seconds ${visits.join(', ')}): ${said}`, () => {
    const policy = compile(config)
    const jar = loggedIn(policy)
    assert.equal(visits.map((at) => visit(policy, jar, { at }).said).at(-1), said)
  })
}

const attributes: [config: object, attributes: string][] = [
  [{}, '; Path=/; SameSite=Strict; Secure; HttpOnly'],
  [{ cookie_same_site: 'Default', cookie_secure: false, cookie_http_only: false }, '; Path=/'],
  [
    { cookie_path: '/a', cookie_domain: 'a.test', cookie_same_site: 'None' },
    '; Path=/a; Domain=a.test; SameSite=None; Secure; HttpOnly',
  ],
]
for (const [config, wanted] of attributes) {
  test(`a cookie with the attributes ${wanted}`, () => {
    const { set } = visit(compile(config), {}, { identities: [proof()] })
    assert.equal(set.length, 1)
    assert.match(set[0]!, /^session=[A-Za-z0-9_-]+;/)
    assert.equal(set[0]!.slice(set[0]!.indexOf(';')), wanted)
    assert.ok(!set[0]!.includes(alice.id))
  })
}

const noCookie: [sentence: string, identities: Visit['identities']][] = [
  ['nobody was identified', []],
  ['a stand-in was found', [fakeIdentity({ consumer: alice, credential: null, anonymous: true })]],
  ['a proof without consumer was found', [fakeIdentity()]],
]
for (const [sentence, identities] of noCookie) {
  test(`no session when ${sentence}`, () => {
    assert.deepEqual(visit(compile(), {}, { identities: identities ?? [] }).set, [])
  })
}

test('one cookie for one caller: nothing is set twice, and another caller gets another', () => {
  const policy = compile()
  const jar = loggedIn(policy)
  assert.deepEqual(visit(policy, jar, { identities: [proof()] }).set, [])
  assert.equal(visit(policy, jar, { identities: [proof('key-2', bob)] }).set.length, 1)
  assert.equal(visit(policy, jar).said, 'identified bob')
})

const forged: [sentence: string, change: (value: string) => string][] = [
  ['empty', () => ''],
  ['cut short', (value) => value.slice(0, -2)],
  ['with another first byte', (value) => (value[0] === 'A' ? 'B' : 'A') + value.slice(1)],
  [
    'with another byte in the middle',
    (value) => `${value.slice(0, 60)}${value[60] === 'A' ? 'B' : 'A'}${value.slice(61)}`,
  ],
  ['not base64url', (value) => `${value}=`],
  ['plain JSON', () => Buffer.from(JSON.stringify({ consumerId: alice.id })).toString('base64url')],
  ['endless', () => 'A'.repeat(100_000)],
]
for (const [sentence, change] of forged) {
  test(`a cookie ${sentence} is none`, () => {
    const policy = compile()
    const jar = loggedIn(policy)
    assert.equal(visit(policy, { session: change(jar['session']!) }).said, 'abstain')
  })
}

const elsewhere: [sentence: string, config: object, name: string][] = [
  ['another secret', { secret: 'another' }, 'session'],
  ['another audience', { audience: 'other' }, 'session'],
  ['another name', { cookie_name: 'other' }, 'other'],
]
for (const [sentence, config, name] of elsewhere) {
  test(`a cookie is not good for ${sentence}`, () => {
    const jar = loggedIn(compile())
    assert.equal(visit(compile(config), { [name]: jar['session']! }).said, 'abstain')
  })
}

test('a session whose consumer is gone is ended', () => {
  const policy = compile()
  const leaver = directory.addConsumer({ username: 'leaver' })
  const jar = loggedIn(policy, proof('key-9', leaver))
  directory.remove(leaver)
  assert.equal(visit(policy, jar).said, 'abstain')
  assert.deepEqual(jar, {})
})

const query = { query: 'session_logout' }
const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&session_logout=' }
const json = { headers: { 'content-type': 'application/json' }, body: '{"session_logout":true}' }
const logouts: [sentence: string, config: object, request: FakeRequest, said: string][] = [
  ['POST with the argument', {}, { method: 'POST', ...query }, 'answered 200'],
  ['DELETE with the argument', {}, { method: 'DELETE', query: 'session_logout=yes' }, 'answered 200'],
  ['GET with the argument', {}, { method: 'GET', ...query }, 'identified alice'],
  ['GET where it is allowed', { logout_methods: ['GET'] }, { method: 'GET', ...query }, 'answered 200'],
  ['POST without the argument', {}, { method: 'POST' }, 'identified alice'],
  ['another argument', { logout_query_arg: 'bye' }, { method: 'POST', query: 'bye' }, 'answered 200'],
  ['a form nobody reads', {}, { method: 'POST', ...form }, 'identified alice'],
  ['a form', { read_body_for_logout: true }, { method: 'POST', ...form }, 'answered 200'],
  ['JSON', { read_body_for_logout: true }, { method: 'POST', ...json }, 'answered 200'],
  ['a body of another type', { read_body_for_logout: true }, { method: 'POST', body: form.body }, 'identified alice'],
  ['a body too large', { read_body_for_logout: true }, { method: 'POST', headers: form.headers }, 'identified alice'],
]
for (const [sentence, config, request, said] of logouts) {
  test(`logging out, ${sentence}: ${said}`, () => {
    const policy = compile(config)
    const jar = loggedIn(policy)
    assert.equal(visit(policy, jar, request).said, said)
    assert.equal(Object.keys(jar).length, said === 'answered 200' ? 0 : 1)
  })
}

test('nobody logs out without a session', () => {
  assert.equal(visit(compile(), {}, { method: 'POST', ...query }).said, 'abstain')
})

test('a remembered caller gets a session again, within the limits of remembering', () => {
  const policy = compile({ remember: true, remember_rolling_timeout: 10_000, remember_absolute_timeout: 20_000 })
  const jar = loggedIn(policy)
  assert.deepEqual(Object.keys(jar), ['session', 'remember'])
  const told: string[] = []
  for (const at of [5000, 5100, 9000, 18_000, 20_000]) {
    const { said, set } = visit(policy, jar, { at })
    told.push(`${said}: ${set.map((value) => value.split('=')[0]).join(', ')}`)
  }
  assert.deepEqual(told, [
    'identified alice: session',
    'identified alice: session',
    'identified alice: remember, session',
    'identified alice: remember, session',
    'abstain: ',
  ])
})

test('groups of the proof are kept and told', () => {
  const policy = compile()
  const jar = loggedIn(policy, { ...proof(), groups: ['a', 'b', 'c\r\nX-Evil: 1'] })
  const { exchange, verdict } = visit(policy, jar)
  assert.deepEqual(exchange.upstream.set, { 'x-authenticated-groups': 'a, b' })
  assert.ok(verdict.kind === 'identified' && verdict.identity.groups?.length === 3)
})

test('service and caller are told of the session what is wanted', () => {
  const policy = compile({
    request_headers: ['id', 'subject', 'timeout', 'audience'],
    response_headers: ['idling-timeout', 'rolling-timeout', 'absolute-timeout'],
    rolling_timeout: 0,
  })
  const { exchange } = visit(policy, loggedIn(policy), { at: 30 })
  const { 'session-id': id, ...rest } = exchange.upstream.set
  assert.match(id!, /^[0-9a-f-]{36}$/)
  assert.deepEqual(rest, { 'session-subject': alice.id, 'session-timeout': '870', 'session-audience': 'default' })
  assert.deepEqual(exchange.client.set, { 'session-idling-timeout': '870', 'session-absolute-timeout': '86370' })
})

test('a subject is told as a digest when it is to be', () => {
  const policy = compile({ request_headers: ['subject'], hash_subject: true })
  assert.match(visit(policy, loggedIn(policy)).exchange.upstream.set['session-subject']!, /^[A-Za-z0-9_-]{43}$/)
})

test('without a secret of its own a use keeps the one it made', () => {
  const registry = new Registry()
  const jar = loggedIn(compilePolicy(session, {}, { directory, registry }))
  assert.equal(visit(compilePolicy(session, {}, { directory, registry }), jar).said, 'identified alice')
  assert.equal(visit(compilePolicy(session, {}, { directory }), jar).said, 'abstain')
})

const refused: [config: object, field: string][] = [
  [{ cookie_name: 'a b' }, 'cookie_name'],
  [{ cookie_path: '/; Domain=evil' }, 'cookie_path'],
  [{ cookie_domain: 'a;b' }, 'cookie_domain'],
  [{ remember: true, remember_cookie_name: 'session' }, 'remember_cookie_name'],
]
for (const [config, field] of refused) {
  test(`${JSON.stringify(config)} is refused when written`, () => {
    assert.deepEqual(Object.keys(session.check?.(session.config.parse(config)) ?? {}), [field])
  })
}

// --- what a session stands on --------------------------------------------------------------------------------------

test('a session ends with the credential or the token that it was made with, and when that is changed', () => {
  for (const taken of ['key', 'token'] as const) {
    for (const how of ['deleted', 'changed'] as const) {
      const own = new FakeDirectory()
      const carol = own.addConsumer({ username: 'carol' })
      const key = own.addCredential('keys', 'k', { password: 'old' }, carol)
      const token = own.addCredential('tokens', 't', { scope: 'a' }, null, { parent: key })
      const policy = compilePolicy(session, { secret }, { directory: own })
      const credential = { id: key.id, identifier: 'k', stamp: key.stamp }
      const identity = fakeIdentity({ consumer: carol, credential, proof: { id: token.id, stamp: token.stamp } })
      const jar = loggedIn(policy, identity)
      assert.equal(visit(policy, jar).said, 'identified carol')
      const row = taken === 'key' ? key : token
      own.remove(row)
      if (how === 'changed') {
        const more = { id: row.id, parent: taken === 'key' ? null : key }
        own.addCredential(row.kind, 'x', { changed: true }, carol, more)
      }
      assert.equal(visit(policy, jar).said, 'abstain', `${taken} ${how}`)
      assert.deepEqual(jar, {})
    }
  }
})

test('a session of a row is of that row to all who look at it later', () => {
  const own = new FakeDirectory()
  const carol = own.addConsumer({ username: 'carol' })
  const key = own.addCredential('keys', 'k', {}, carol)
  const policy = compilePolicy(session, { secret }, { directory: own })
  const jar = loggedIn(
    policy,
    fakeIdentity({ consumer: carol, credential: { id: key.id, identifier: 'k', stamp: key.stamp } }),
  )
  const { verdict } = visit(policy, jar)
  assert.ok(verdict.kind === 'identified')
  assert.deepEqual(verdict.identity.credential, { id: key.id, identifier: key.id, stamp: key.stamp })
})

// --- sessions in the store -----------------------------------------------------------------------------------------

/** A gateway whose sessions are in the store, with one caller. */
function stored(config: object = {}) {
  const clock = new FakeClock(START)
  const own = new FakeDirectory()
  const store = new FakeEntities([sessions], own, clock)
  const carol = own.addConsumer({ username: 'carol' })
  const compileStored = (more: object = {}) =>
    compilePolicy(
      session,
      { secret, storage: 'kong', ...config, ...more },
      { directory: own, clock, entities: store.entities },
    )
  const policy = compileStored()

  async function visitStored(jar: Jar, { at = 0, identities = [], ...more }: Visit = {}, by = policy) {
    clock.time = START + at * 1000
    const cookie = Object.entries(jar).map(([name, value]) => `${name}=${value}`)
    const exchange = new FakeExchange({ now: clock.time, headers: { cookie: cookie.join('; ') }, ...more })
    const verdict = await by.request!(exchange)
    if (verdict.kind === 'identified') exchange.principal.add(verdict.identity)
    for (const identity of identities) exchange.principal.add(identity)
    await by.conclude?.(exchange)
    const answer = verdict.kind === 'answered' ? verdict.answer.headers : []
    const set = [...answer, ...exchange.client.added].filter(([name]) => name.toLowerCase() === 'set-cookie')
    for (const [, value] of set) {
      const [, name, text] = /^([^=]+)=([^;]*)/.exec(value) ?? []
      if (value.includes('Max-Age=0')) delete jar[name!]
      else jar[name!] = text!
    }
    return { said: inWords(verdict), set: set.map(([, value]) => value) }
  }
  async function logIn(who = proof('key-1', carol)): Promise<Jar> {
    const jar: Jar = {}
    await visitStored(jar, { identities: [who] })
    return jar
  }
  return { clock, directory: own, store, carol, compileStored, visit: visitStored, logIn }
}

test('a stored session: the cookie is random, the row tells nobody anything', async () => {
  const { logIn, store, carol } = stored()
  const jar = await logIn()
  assert.match(jar['session']!, /^[A-Za-z0-9_-]{43}$/)
  const [row, ...others] = store.rows('sessions')
  assert.equal(others.length, 0)
  const { session_id, expires, data } = row!.fields as { session_id: string; expires: number; data: string }
  assert.equal(session_id, hash('sha256', jar['session']!, 'base64url'))
  assert.deepEqual([expires, row!.expiresAt], [START / 1000 + 900, START + 900_000])
  assert.ok(![jar['session']!, carol.id, secret].some((text) => data.includes(text)))
})

test('a stored session is found again, noted in place, and not written for each request', async () => {
  const { logIn, visit, store } = stored()
  const jar = await logIn()
  const value = jar['session']
  for (const at of [1, 30, 59]) assert.equal((await visit(jar, { at })).said, 'identified carol')
  assert.equal(store.writes.length, 1)
  assert.equal((await visit(jar, { at: 61 })).said, 'identified carol')
  assert.deepEqual([store.writes.length, store.rows('sessions').length, jar['session']], [2, 1, value])
  assert.equal(store.rows('sessions')[0]!.expiresAt, START + 961_000)
  assert.equal((await visit(jar, { at: 961 })).said, 'abstain')
})

for (const [stale_ttl, kept] of [
  [10, 2],
  [0, 1],
] as const) {
  test(`a stored session that is renewed gets another value; the old one is good for ${stale_ttl} s, and not renewed`, async () => {
    const { logIn, visit, store } = stored({ idling_timeout: 0, stale_ttl })
    const jar = await logIn()
    const old = { ...jar }
    assert.equal((await visit(jar, { at: 3000 })).said, 'identified carol')
    assert.notEqual(jar['session'], old['session'])
    assert.equal(store.rows('sessions').length, kept)
    const { writes } = store
    const before = writes.length
    assert.equal((await visit({ ...old }, { at: 3001 })).said, stale_ttl === 0 ? 'abstain' : 'identified carol')
    assert.equal((await visit(jar, { at: 3001 })).said, 'identified carol')
    assert.equal(writes.length, before)
    if (stale_ttl > 0) assert.ok(store.rows('sessions').some(({ expiresAt }) => expiresAt === START + 3_010_000))
  })
}

test('logging out ends a stored session for every copy of its cookie', async () => {
  const { logIn, visit, store } = stored({ remember: true })
  const jar = await logIn()
  const copy = { ...jar }
  assert.deepEqual([Object.keys(jar), store.rows('sessions').length], [['session', 'remember'], 2])
  assert.equal((await visit(jar, { method: 'POST', query: 'session_logout' })).said, 'answered 200')
  assert.deepEqual([jar, store.rows('sessions')], [{}, []])
  assert.equal((await visit(copy)).said, 'abstain')
})

test('a remembered caller has a stored session again', async () => {
  const { logIn, visit, store } = stored({ remember: true })
  const jar = await logIn()
  assert.equal((await visit(jar, { at: 5000 })).said, 'identified carol')
  delete jar['remember']
  assert.equal((await visit(jar, { at: 5001 })).said, 'identified carol')
  assert.equal(store.rows('sessions').length, 3)
})

test('a stored session whose consumer is gone is ended', async () => {
  const { logIn, visit, store, directory: own, carol } = stored()
  const jar = await logIn()
  own.remove(carol)
  assert.equal((await visit(jar)).said, 'abstain')
  assert.deepEqual([jar, store.rows('sessions')], [{}, []])
})

test('another caller gets another session, and the one before is ended', async () => {
  const { logIn, visit, store, carol } = stored()
  const jar = await logIn()
  const old = { ...jar }
  await visit(jar, { identities: [proof('key-2', carol)] })
  assert.notEqual(jar['session'], old['session'])
  assert.equal(store.rows('sessions').length, 1)
  assert.equal((await visit(old)).said, 'abstain')
})

test('a store that is away: no session, and none is said to be ended that is not', async () => {
  const { logIn, visit, store } = stored()
  const jar = await logIn()
  store.outcome = { kind: 'unavailable', why: 'away' }
  assert.deepEqual(await logIn(), {})
  assert.equal((await visit(jar, { at: 100 })).said, 'identified carol')
  assert.equal((await visit(jar, { method: 'POST', query: 'session_logout' })).said, '503 session-not-ended')
  store.outcome = null
  assert.equal((await visit(jar)).said, 'identified carol')
})

test('a session that was ended meanwhile is not brought back by noting its use', async () => {
  const { logIn, visit, store } = stored()
  const jar = await logIn()
  store.outcome = { kind: 'missing' }
  assert.deepEqual((await visit(jar, { at: 100 })).set, [])
  assert.equal(store.writes.at(-1)?.op, 'change')
})

test('rows that were not made here, or for another row, hold no session', async () => {
  const { logIn, visit, store, directory: own, compileStored } = stored()
  const jar = await logIn()
  const data = store.rows('sessions')[0]!.fields['data']
  const value = 'A'.repeat(43)
  own.addCredential('sessions', hash('sha256', value, 'base64url'), { session_id: 'x', expires: null, data }, null)
  assert.equal((await visit({ session: value })).said, 'abstain')
  for (const config of [{ secret: 'another' }, { audience: 'other' }]) {
    assert.equal((await visit({ ...jar }, {}, compileStored(config))).said, 'abstain')
  }
  assert.equal((await visit({ session: String(data) }, {}, compileStored({ storage: 'cookie' }))).said, 'abstain')
  assert.equal((await visit(jar)).said, 'identified carol')
})

for (const stale_ttl of [10, 0]) {
  test(`a stored session that is renewed while somebody logs out is over, with a stale_ttl of ${stale_ttl}`, async () => {
    const { logIn, visit, store } = stored({ idling_timeout: 0, stale_ttl })
    const jar = await logIn()
    const renewing = { ...jar }
    const [renewed, out] = await Promise.all([
      visit(renewing, { at: 3000 }),
      visit({ ...jar }, { at: 3000, method: 'POST', query: 'session_logout' }),
    ])
    assert.deepEqual([renewed.said, renewed.set, out.said], ['identified carol', [], 'answered 200'])
    assert.deepEqual(store.rows('sessions'), [])
  })
}

test('logging out by a value that was renewed a moment ago ends what stands for it now', async () => {
  const { logIn, visit, store } = stored({ idling_timeout: 0 })
  const jar = await logIn()
  const old = { ...jar }
  await visit(jar, { at: 3000 })
  assert.equal((await visit(old, { at: 3001, method: 'POST', query: 'session_logout' })).said, 'answered 200')
  assert.equal((await visit(jar, { at: 3002 })).said, 'abstain')
  assert.deepEqual(store.rows('sessions'), [])
})
