/** `ldap-auth` with a real OpenLDAP server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createRelay, type Server as Relay } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { type Gateway, startGateway } from '../../../src/app.ts'
import { BASE, type Slapd, startSlapd } from './server.ts'

/** Every name here is one that some code would stumble over. */
const PEOPLE: Readonly<Record<string, string>> = {
  alice: 'wonderland',
  'comma, inc': 'p,w',
  'eve,ou=admins,dc=test': 'apple',
  '#hash#': 'pound',
  'plus+equals=<>;': 'signs',
  'quo"te\\back': 'slash\\"',
  жук: 'пароль:с:двоеточием',
  'star*(paren)': 'star',
  'a b  c': 'blanks',
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-slapd-test-'))
const clock = { time: 1_800_000_000_000, now: () => clock.time }
const errors: object[] = []
let slapd: Slapd
let service: Server
let seen: Record<string, unknown>[] = []
let relay: Relay
let relayed = ''
let gateway: Gateway

before(async () => {
  slapd = await startSlapd(PEOPLE)
  // as NODE_EXTRA_CA_CERTS does at start
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), slapd.ca])
  service = createServer((request, response) => {
    seen.push(request.headers)
    response.end('served')
  })
  relay = createRelay((near) => {
    const far = connect(slapd.port, '127.0.0.1')
    near.on('data', (chunk) => {
      relayed += chunk.toString('latin1')
    })
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => near.destroy(far.destroy() as never))
  })
  for (const server of [service, relay]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  gateway = await start()
})
after(async () => {
  await gateway?.stop(1000)
  service?.close()
  service?.closeAllConnections()
  relay?.close()
  await slapd?.remove()
  rmSync(folder, { recursive: true, force: true })
  assert.deepEqual(errors, [])
})

const portOf = (server: Server | Relay) => (server.address() as AddressInfo).port

async function start(): Promise<Gateway> {
  const base = { ldap_host: '127.0.0.1', ldap_port: slapd.port, base_dn: BASE, attribute: 'uid', timeout: 2000 }
  const verified = { ldap_host: 'localhost', verify_ldap_host: true }
  const uses: Record<string, object> = {
    plain: { realm: 'staff' },
    basic: { header_type: 'basic' },
    hidden: { hide_credentials: true },
    asked: { cache_ttl: 0 },
    guests: { cache_ttl: 0, anonymous: 'guest' },
    expiring: { cache_ttl: 30 },
    begun: { ...verified, start_tls: true, cache_ttl: 0 },
    tls: { ...verified, ldaps: true, ldap_port: slapd.tlsPort, cache_ttl: 0 },
    'wrong-name': { ldap_host: '127.0.0.1', verify_ldap_host: true, start_tls: true },
    'wrong-name-tls': { ldap_host: '127.0.0.1', verify_ldap_host: true, ldaps: true, ldap_port: slapd.tlsPort },
    unverified: { ldap_host: '127.0.0.1', start_tls: true },
    'no-tls-there': { ldaps: true },
    'relayed-plain': { ldap_port: portOf(relay), cache_ttl: 0 },
    'relayed-begun': { ldap_host: 'localhost', ldap_port: portOf(relay), start_tls: true, verify_ldap_host: true },
    nobody: { ldap_port: 1 },
  }
  const rules: Record<string, object> = { allow: { allow: ['staff'] }, deny: { deny: ['guests'] } }
  const routes = Object.entries({ ...uses, allow: {}, deny: {} }).map(([name, config]) => ({
    ...{ name, paths: [`/${name}`] },
    plugins: [
      { name: 'ldap-auth', config: { ...base, ...config } },
      ...(rules[name] ? [{ name: 'acl', config: rules[name] }] : []),
    ],
  }))
  const services = [{ name: 's', url: `http://127.0.0.1:${portOf(service)}`, routes }]
  const file = join(folder, 'kong.json')
  writeFileSync(file, JSON.stringify({ _format_version: '3.0', services, consumers: [{ username: 'guest' }] }))
  return startGateway(
    {
      ...{ sources: [`kong:${file}`], store: 'memory', trustedIps: [], accessLog: null },
      ...{ proxyHttp: { host: '127.0.0.1', port: 0 }, proxyHttps: null, admin: null, status: null },
      ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
    },
    { info() {}, warn() {}, error: (fields, message) => errors.push({ ...fields, message }) },
    clock,
  )
}

const credentials = (user: string, password: string, scheme = 'ldap') =>
  `${scheme} ${Buffer.from(`${user}:${password}`).toString('base64')}`

interface Answer {
  readonly status: number
  readonly challenge: string | null
  readonly message: string | null
}

async function ask(path: string, authorization?: string, more: Record<string, string> = {}): Promise<Answer> {
  seen = []
  const headers = { accept: 'application/json', ...(authorization && { authorization }), ...more }
  const response = await fetch(`http://127.0.0.1:${gateway.ports.http}/${path}`, { headers })
  const text = await response.text()
  const challenge = response.headers.get('www-authenticate')
  if (response.status === 200) return { status: 200, challenge, message: null }
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  const body = JSON.parse(text)
  assert.deepEqual(Object.keys(body), ['message', 'request_id'])
  assert.equal(body.request_id, response.headers.get('x-kong-request-id'))
  return { status: response.status, challenge, message: body.message }
}

const LET_IN = { status: 200, challenge: null, message: null }
const refused = (challenge: string) => ({ status: 401, challenge, message: 'Unauthorized' })
const BROKEN = { status: 500, challenge: null, message: 'An unexpected error occurred' }
const ALICE = credentials('alice', 'wonderland')

for (const [user, password] of Object.entries(PEOPLE)) {
  test(`${user} is let in, and nobody by another password`, async () => {
    assert.deepEqual(await ask('plain', credentials(user, password)), LET_IN)
    const identifier = Buffer.from(String(seen[0]?.['x-credential-identifier']), 'latin1').toString()
    assert.equal(identifier, user)
    assert.equal(seen[0]?.['x-consumer-id'], undefined)
    assert.deepEqual(await ask('plain', credentials(user, `${password}x`)), refused('LDAP realm="staff"'))
  })
}

const refusals: [sentence: string, path: string, authorization: string | undefined, challenge: string][] = [
  ['no credentials', 'plain', undefined, 'LDAP realm="staff"'],
  ['another scheme', 'plain', credentials('alice', 'wonderland', 'Basic'), 'LDAP realm="staff"'],
  ['no base64', 'plain', 'ldap ?', 'LDAP realm="staff"'],
  ['an unknown user', 'plain', credentials('mallory', 'wonderland'), 'LDAP realm="staff"'],
  ['an empty password, which the server would take', 'plain', credentials('alice', ''), 'LDAP realm="staff"'],
  ['an empty name', 'plain', credentials('', 'wonderland'), 'LDAP realm="staff"'],
  ['a name that climbs the tree', 'plain', credentials('alice,ou=people,dc=test', 'wonderland'), 'LDAP realm="staff"'],
  ['a name with an escape of its own', 'plain', credentials('al\\69ce', 'wonderland'), 'LDAP realm="staff"'],
  ['a name with two values', 'plain', credentials('alice+cn=x', 'wonderland'), 'LDAP realm="staff"'],
  ['a name with a NUL', 'plain', credentials('alice\0', 'wonderland'), 'LDAP realm="staff"'],
  ['a configured scheme is told as it is', 'basic', credentials('alice', 'no', 'Basic'), 'basic'],
]
for (const [sentence, path, authorization, challenge] of refusals) {
  test(`refused: ${sentence}`, async () => {
    assert.deepEqual(await ask(path, authorization), refused(challenge))
    assert.deepEqual(seen, [])
  })
}

test('a configured scheme, in any case', async () => {
  assert.deepEqual(await ask('basic', credentials('alice', 'wonderland', 'Basic')), LET_IN)
})

test('Proxy-Authorization goes first, and Authorization may still be good', async () => {
  const wrong = { 'proxy-authorization': credentials('alice', 'no') }
  assert.deepEqual(await ask('plain', ALICE, wrong), LET_IN)
  assert.deepEqual(await ask('plain', credentials('alice', 'no'), { 'proxy-authorization': ALICE }), LET_IN)
})

test('who is known is told by name alone, whatever the caller says', async () => {
  const names = ['consumer-id', 'consumer-username', 'consumer-custom-id', 'consumer-groups', 'authenticated-groups']
  const forged = ['credential-identifier', 'anonymous-consumer', ...names].map((name) => [`x-${name}`, 'forged'])
  assert.deepEqual(await ask('plain', ALICE, Object.fromEntries(forged)), LET_IN)
  const told = Object.entries(seen[0]!).filter(([name]) => /^x-(?:consumer|credential|anon|auth)/.test(name))
  assert.deepEqual(told, [['x-credential-identifier', 'alice']])
})

for (const path of ['allow', 'deny']) {
  test(`acl with a list to ${path} refuses who has a credential and neither consumer nor groups`, async () => {
    const forbidden = { status: 403, challenge: null, message: 'You cannot consume this service' }
    assert.deepEqual(await ask(path, ALICE), forbidden)
    assert.deepEqual(await ask(path, credentials('alice', 'no')), refused('LDAP'))
    assert.deepEqual(seen, [])
  })
}

test('credentials are hidden where asked for', async () => {
  await ask('hidden', ALICE)
  assert.equal(seen[0]?.['authorization'], undefined)
  await ask('hidden', ALICE, { 'proxy-authorization': credentials('alice', 'no') })
  assert.deepEqual([seen[0]?.['authorization'], seen[0]?.['proxy-authorization']], [undefined, undefined])
  await ask('plain', ALICE)
  assert.equal(seen[0]?.['authorization'], ALICE)
})

for (const path of ['begun', 'tls', 'unverified']) {
  test(`by TLS (${path}): good, bad, and good again on a kept connection`, async () => {
    assert.deepEqual(await ask(path, ALICE), LET_IN)
    assert.deepEqual(await ask(path, credentials('alice', 'no')), refused('LDAP'))
    assert.deepEqual(await ask(path, ALICE), LET_IN)
  })
}
for (const path of ['wrong-name', 'wrong-name-tls', 'no-tls-there', 'nobody']) {
  test(`a server that can’t be asked safely or at all (${path}): 500`, async () => {
    assert.deepEqual(await ask(path, ALICE), BROKEN)
    assert.deepEqual(seen, [])
  })
}

test('with start_tls no password is ever in the clear', async () => {
  relayed = ''
  assert.deepEqual(await ask('relayed-plain', ALICE), LET_IN)
  assert.ok(relayed.includes('wonderland'), 'the relay sees what there is to see')
  relayed = ''
  assert.deepEqual(await ask('relayed-begun', ALICE), LET_IN)
  assert.ok(relayed.length > 0 && !relayed.includes('wonderland') && !relayed.includes('alice'))
})

test('an answer is remembered until its time, and the password that was changed then counts', async () => {
  const changed = credentials('alice', 'looking-glass')
  assert.deepEqual(await ask('expiring', ALICE), LET_IN)
  assert.deepEqual(await ask('expiring', changed), refused('LDAP'))
  await slapd.setPassword('alice', 'looking-glass')
  try {
    clock.time += 29_999
    assert.deepEqual(await ask('expiring', ALICE), LET_IN)
    assert.deepEqual(await ask('expiring', changed), refused('LDAP'))
    clock.time += 1
    assert.deepEqual(await ask('expiring', ALICE), refused('LDAP'))
    assert.deepEqual(await ask('expiring', changed), LET_IN)
  } finally {
    await slapd.setPassword('alice', 'wonderland')
  }
})

test('anonymous stands in for who is not known, never for a server that is away', async () => {
  assert.deepEqual(await ask('guests', credentials('alice', 'no')), LET_IN)
  assert.equal(seen[0]?.['x-anonymous-consumer'], 'true')
  await slapd.stop()
  try {
    assert.deepEqual(await ask('guests', ALICE), BROKEN)
    assert.deepEqual(seen, [])
  } finally {
    await slapd.start()
  }
  assert.deepEqual(await ask('guests', ALICE), LET_IN)
  assert.equal(seen[0]?.['x-credential-identifier'], 'alice')
})

test('the server goes away and comes back under load: nobody gets in by mistake, and nobody stays out', async () => {
  let stopped = false
  const statuses = { good: new Set<number>(), bad: new Set<number>() }
  const load = [ALICE, credentials('alice', 'no')].flatMap((authorization) =>
    Array.from({ length: 8 }, async () => {
      const { good, bad } = statuses
      while (!stopped) (authorization === ALICE ? good : bad).add((await ask('asked', authorization)).status)
    }),
  )
  for (const expected of [200, 500, 200]) {
    if (expected === 500) await slapd.stop()
    else if (statuses.good.has(500)) await slapd.start()
    const late = Date.now() + 20_000
    for (let same = 0; same < 20; ) {
      same = (await ask('asked', ALICE)).status === expected ? same + 1 : 0
      assert.ok(Date.now() < late, `not ${expected} within 20 s`)
    }
  }
  stopped = true
  await Promise.all(load)
  assert.deepEqual([...statuses.good].sort(), [200, 500])
  assert.deepEqual([...statuses.bad].sort(), [401, 500])
})

test('while the server is away, who was let in lately still is', async () => {
  assert.deepEqual(await ask('plain', ALICE), LET_IN)
  await slapd.stop()
  try {
    assert.deepEqual(await ask('plain', ALICE), LET_IN)
    assert.deepEqual(await ask('plain', credentials('alice', 'never asked')), BROKEN)
  } finally {
    await slapd.start()
  }
  assert.deepEqual(await ask('plain', credentials('alice', 'never asked')), refused('LDAP realm="staff"'))
})
