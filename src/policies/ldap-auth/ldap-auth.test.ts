import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '../../policy/registry.ts'
import { FakeDirectory, FakeExchange, type FakeRequest, fakeTools } from '../../policy/test-kit.ts'
import type { Verdict } from '../../policy/verdict.ts'
import type { BindAnswer, LdapConnection } from './connection.ts'
import { ConnectionPool } from './connection-pool.ts'
import { compileLdapAuth } from './handler.ts'
import { check, config } from './schema.ts'
import { userEntry } from './user-entry.ts'

/** An LDAP server in memory: people by entry, and whether it can be reached. */
class FakeServer {
  readonly people: Record<string, string> = {
    'uid=alice,ou=people,dc=test': 'wonderland',
    'uid=eve\\2cou\\3dadmins,ou=people,dc=test': 'apple',
    'uid=жук,ou=people,dc=test': 'пароль:1',
  }
  state: 'up' | 'away' | 'busy' = 'up'
  binds = 0
  dials = 0
  /** Binds wait until the test lets them go. */
  gate: Promise<void> | null = null

  dial = (): LdapConnection => {
    this.dials++
    const connection = {
      open: true,
      bind: async (entry: string, password: string): Promise<BindAnswer> => {
        this.binds++
        await this.gate
        if (this.state === 'away') {
          connection.open = false
          throw new Error('connect ECONNREFUSED')
        }
        if (this.state === 'busy') return 'unsure'
        return this.people[entry] === password ? 'good' : 'bad'
      },
      close: () => {
        connection.open = false
      },
    }
    return connection
  }
}

const base = { ldap_host: 'ldap.test', base_dn: 'ou=people,dc=test', attribute: 'uid' }
const enc = (text: string) => Buffer.from(text).toString('base64')
const GOOD = enc('alice:wonderland')
const auth = (value: string) => ({ authorization: value })

function aPolicy(given: object = {}, registry = new Registry()) {
  const server = new FakeServer()
  const tools = fakeTools({ directory: new FakeDirectory(), registry })
  const compiled = compileLdapAuth(config.parse({ ...base, ...given }), tools, server.dial)
  const ask = async (request: FakeRequest): Promise<Verdict> => compiled.request!(new FakeExchange(request))
  return { server, compiled, ask, registry }
}

function inWords(verdict: Verdict): string {
  if (verdict.kind === 'identified') return `identified ${verdict.identity.credential?.identifier}`
  assert.ok(verdict.kind === 'denied')
  return `${verdict.reason.status} ${verdict.reason.code}`
}

type Row = [sentence: string, headers: Record<string, string>, verdict: string, given?: object]
const rows: Row[] = [
  ['no header', {}, '401 credentials-missing'],
  ['good', auth(`ldap ${GOOD}`), 'identified alice'],
  ['the scheme in any case', auth(`LDAP ${GOOD}`), 'identified alice'],
  ['blanks around the scheme', auth(`  ldap \t ${GOOD}`), 'identified alice'],
  ['without padding', auth(`ldap ${enc('alice:wonderland1').replaceAll('=', '')}`), '401 credentials-wrong'],
  ['something behind the padding', auth(`ldap ${enc('жук:пароль:1')}= x`), 'identified жук'],
  ['another scheme', auth(`Basic ${GOOD}`), '401 credentials-malformed'],
  ['the scheme with more letters', auth(`ldaps ${GOOD}`), '401 credentials-malformed'],
  ['the scheme alone', auth('ldap'), '401 credentials-malformed'],
  ['the scheme and a blank', auth('ldap '), '401 credentials-malformed'],
  ['no blank', auth(`ldap${GOOD}`), '401 credentials-malformed'],
  ['a scheme that was configured', auth(`basic ${GOOD}`), 'identified alice', { header_type: 'Basic' }],
  [
    'the usual scheme where another was configured',
    auth(`ldap ${GOOD}`),
    '401 credentials-malformed',
    { header_type: 'basic' },
  ],
  ['no base64', auth('ldap !!!'), '401 credentials-malformed'],
  ['a length that base64 can’t have', auth('ldap AAAAA'), '401 credentials-malformed'],
  ['no colon', auth(`ldap ${enc('alice')}`), '401 credentials-malformed'],
  ['an empty password', auth(`ldap ${enc('alice:')}`), '401 credentials-malformed'],
  ['a password that is a line break', auth(`ldap ${enc('alice:\n')}`), '401 credentials-malformed'],
  ['an empty name', auth(`ldap ${enc(':wonderland')}`), '401 credentials-malformed'],
  [
    'bytes that are not UTF-8',
    auth(`ldap ${Buffer.from('\xff:x', 'latin1').toString('base64')}`),
    '401 credentials-malformed',
  ],
  ['a wrong password', auth(`ldap ${enc('alice:x')}`), '401 credentials-wrong'],
  ['an unknown user', auth(`ldap ${enc('bob:wonderland')}`), '401 credentials-wrong'],
  [
    'a name that would be another entry',
    auth(`ldap ${enc('alice,ou=people,dc=test:wonderland')}`),
    '401 credentials-wrong',
  ],
  ['a name with signs that mean something', auth(`ldap ${enc('eve,ou=admins:apple')}`), 'identified eve,ou=admins'],
  ['colons in the password', auth(`ldap ${enc('жук:пароль:1')}`), 'identified жук'],
  ['Proxy-Authorization', { 'proxy-authorization': `ldap ${GOOD}` }, 'identified alice'],
  [
    'Proxy-Authorization wrong, Authorization good',
    { 'proxy-authorization': `ldap ${enc('alice:x')}`, ...auth(`ldap ${GOOD}`) },
    'identified alice',
  ],
  [
    'Proxy-Authorization unreadable, Authorization good',
    { 'proxy-authorization': 'ldap', ...auth(`ldap ${GOOD}`) },
    'identified alice',
  ],
  [
    'both wrong',
    { 'proxy-authorization': `ldap ${enc('alice:x')}`, ...auth(`ldap ${enc('alice:y')}`) },
    '401 credentials-wrong',
  ],
  [
    'Proxy-Authorization good, Authorization wrong',
    { 'proxy-authorization': `ldap ${GOOD}`, ...auth(`ldap ${enc('alice:x')}`) },
    'identified alice',
  ],
]
for (const [sentence, headers, verdict, given] of rows) {
  test(`${sentence}: ${verdict}`, async () => assert.equal(inWords(await aPolicy(given).ask({ headers })), verdict))
}

const challenges: [given: object, challenge: string][] = [
  [{}, 'LDAP'],
  [{ realm: 'staff' }, 'LDAP realm="staff"'],
  [{ header_type: 'basic' }, 'basic'],
  [{ header_type: 'Basic', realm: 'a "b"' }, 'Basic realm="a \\"b\\""'],
  [{ header_type: 'LDAP' }, 'LDAP'],
]
for (const [given, challenge] of challenges) {
  test(`${JSON.stringify(given)} challenges with ${challenge}, whatever is wrong`, async () => {
    const scheme = config.parse({ ...base, ...given }).header_type
    for (const headers of [{}, auth('x'), auth(`${scheme} ${enc('alice:x')}`)]) {
      const verdict = await aPolicy(given).ask({ headers })
      assert.equal(verdict.kind === 'denied' && verdict.detail.challenge, challenge)
    }
  })
}

const good = { headers: auth(`ldap ${GOOD}`) }
const bad = { headers: auth(`ldap ${enc('alice:x')}`) }

test('a server that is away: 500, no challenge, and not remembered', async () => {
  const { server, ask } = aPolicy()
  server.state = 'away'
  const verdict = await ask(good)
  assert.equal(inWords(verdict), '500 server-unreachable')
  assert.ok(verdict.kind === 'denied')
  assert.deepEqual(verdict.detail, { log: 'connect ECONNREFUSED' })
  server.state = 'up'
  assert.equal(inWords(await ask(good)), 'identified alice')
})

test('a server that is away ends it: the other header is not asked about', async () => {
  const { server, ask } = aPolicy()
  server.state = 'away'
  const headers = { 'proxy-authorization': `ldap ${enc('alice:x')}`, ...auth(`ldap ${GOOD}`) }
  assert.equal(inWords(await ask({ headers })), '500 server-unreachable')
  assert.equal(server.binds, 1)
})

test('answers are remembered, good ones and bad ones, until their time', async () => {
  const { server, ask } = aPolicy({ cache_ttl: 30 })
  const at = (seconds: number) => ({ now: 1_700_000_000_000 + seconds * 1000 })
  for (const seconds of [0, 1, 29.999]) {
    assert.equal(inWords(await ask({ ...good, ...at(seconds) })), 'identified alice')
    assert.equal(inWords(await ask({ ...bad, ...at(seconds) })), '401 credentials-wrong')
  }
  assert.equal(server.binds, 2)
  server.people['uid=alice,ou=people,dc=test'] = 'x'
  assert.equal(inWords(await ask({ ...good, ...at(30) })), '401 credentials-wrong')
  assert.equal(inWords(await ask({ ...bad, ...at(30) })), 'identified alice')
})

test('what the server could not tell is refused and not remembered', async () => {
  const { server, ask } = aPolicy()
  server.state = 'busy'
  assert.equal(inWords(await ask(good)), '401 credentials-wrong')
  server.state = 'up'
  assert.equal(inWords(await ask(good)), 'identified alice')
})

test('a cache_ttl of 0 remembers nothing', async () => {
  const { server, ask } = aPolicy({ cache_ttl: 0 })
  await ask(good)
  await ask(good)
  assert.equal(server.binds, 2)
})

test('remembered answers are given at once', async () => {
  const { compiled, ask } = aPolicy()
  await ask(good)
  assert.ok(!(compiled.request!(new FakeExchange(good)) instanceof Promise))
})

test('the same credentials at the same time are asked about once', async () => {
  const { server, ask } = aPolicy()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.gate = promise
  const asked = Array.from({ length: 50 }, () => ask(good))
  resolve()
  assert.deepEqual(new Set((await Promise.all(asked)).map(inWords)), new Set(['identified alice']))
  assert.equal(server.binds, 1)
})

test('no consumer; a credential told by its name, the same in every spelling, and not made of the password', async () => {
  const { server, ask } = aPolicy()
  server.people['uid=ALICE,ou=people,dc=test'] = 'other'
  const [one, two] = [await ask(good), await ask({ headers: auth(`ldap ${enc('ALICE:other')}`) })]
  assert.ok(one.kind === 'identified' && two.kind === 'identified')
  assert.equal(one.identity.consumer, null)
  assert.equal(one.identity.credential!.id, two.identity.credential!.id)
  assert.equal(two.identity.credential!.identifier, 'ALICE')
})

test('credentials are hidden from the service when they were good, both headers', async () => {
  for (const [request, dropped] of [
    [good, ['proxy-authorization', 'authorization']],
    [bad, []],
  ] as const) {
    const { compiled } = aPolicy({ hide_credentials: true })
    const exchange = new FakeExchange(request)
    await compiled.request!(exchange)
    assert.deepEqual(exchange.upstream.droppedHeaders, dropped)
  }
})

test('uses that ask alike share answers, also over a recompile; others do not', async () => {
  const registry = new Registry()
  const first = aPolicy({}, registry)
  await first.ask(good)
  const second = aPolicy({ realm: 'other', hide_credentials: true }, registry)
  assert.equal(inWords(await second.ask(good)), 'identified alice')
  const third = aPolicy({ base_dn: 'ou=others,dc=test' }, registry)
  assert.equal(inWords(await third.ask(good)), '401 credentials-wrong')
  assert.deepEqual([first.server.binds, second.server.binds, third.server.binds], [1, 0, 1])
  first.compiled.dispose!()
  assert.equal(inWords(await second.ask(good)), 'identified alice')
})

const entries: [user: string, entry: string][] = [
  ['alice', 'uid=alice,dc=test'],
  ['a b', 'uid=a b,dc=test'],
  [' a', 'uid=\\20a,dc=test'],
  ['a ', 'uid=a\\20,dc=test'],
  [' ', 'uid=\\20,dc=test'],
  ['#a#', 'uid=\\23a#,dc=test'],
  ['a,b+c', 'uid=a\\2cb\\2bc,dc=test'],
  ['"<>;=', 'uid=\\22\\3c\\3e\\3b\\3d,dc=test'],
  ['a\\2c', 'uid=a\\5c2c,dc=test'],
  ['a\0b\r\x7f', 'uid=a\\00b\\0d\\7f,dc=test'],
  ['жук*()', 'uid=жук*(),dc=test'],
]
for (const [user, entry] of entries) {
  test(`the entry of ${JSON.stringify(user)} is ${entry}`, () => assert.equal(userEntry('uid', user, 'dc=test'), entry))
}

const LIMITS = { keepaliveMs: 60_000, waitMs: 60_000, connections: 2, waiting: 1 }

test('connections are used again, so many at once, and the next waits its turn', async () => {
  const server = new FakeServer()
  const pool = new ConnectionPool(server.dial, LIMITS)
  const { promise, resolve } = Promise.withResolvers<void>()
  server.gate = promise
  const binds = [1, 2, 3].map(() => pool.bind('uid=alice,ou=people,dc=test', 'wonderland'))
  await new Promise((next) => setImmediate(next))
  assert.equal(server.dials, 2)
  await assert.rejects(pool.bind('x', 'y'), /too many requests wait/)
  resolve()
  assert.deepEqual(await Promise.all(binds), ['good', 'good', 'good'])
  assert.equal(server.dials, 2)
  pool.end()
})

test('a kept connection that the server closed meanwhile is replaced without anybody noticing', async () => {
  const server = new FakeServer()
  const pool = new ConnectionPool(server.dial, LIMITS)
  await pool.bind('x', 'y')
  server.state = 'away'
  const { promise, resolve } = Promise.withResolvers<void>()
  server.gate = promise
  const bind = pool.bind('uid=alice,ou=people,dc=test', 'wonderland')
  // away for the kept connection, back for the new one
  const dial = server.dial
  server.dial = () => dial()
  resolve()
  await assert.rejects(bind, /ECONNREFUSED/)
  assert.equal(server.dials, 2, 'a new connection was tried')
  server.state = 'up'
  assert.equal(await pool.bind('uid=alice,ou=people,dc=test', 'wonderland'), 'good')
  pool.end()
})

test('config: TLS is either from the start or begun', () => {
  const problems = check(config.parse({ ...base, ldaps: true, start_tls: true }))
  assert.deepEqual(problems, { '@entity': ["'ldaps' and 'start_tls' cannot be enabled simultaneously"] })
})

const hosts: [host: string, good: boolean][] = [
  ['ldap.example.com', true],
  ['127.0.0.1', true],
  ['::1', true],
  ['[::1]', true],
  ['ldap.example.com:389', false],
  ['ldap://a', false],
  ['a b', false],
]
for (const [host, isGood] of hosts) {
  test(`'${host}' is ${isGood ? 'a' : 'no'} host`, () =>
    assert.equal(config.safeParse({ ...base, ldap_host: host }).success, isGood))
}

test('defaults are Kong’s', () => {
  assert.deepEqual(config.parse(base), {
    ...{ ...base, ldap_port: 389, ldaps: false, start_tls: false, verify_ldap_host: false, cache_ttl: 60 },
    ...{
      hide_credentials: false,
      timeout: 10_000,
      keepalive: 60_000,
      anonymous: null,
      header_type: 'ldap',
      realm: null,
    },
  })
})
