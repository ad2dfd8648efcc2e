import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { declare, type Engine, guard, startEngine } from '../engine/engine.ts'
import { Target, until } from './service.ts'

/** A file with an upstream of real targets, and who answers. */
const targets: Target[] = []
before(async () => {
  for (const name of ['a', 'b', 'c']) targets.push(await Target.start(name))
})
after(() => Promise.all(targets.map((target) => target.refuse())))

async function withUpstream(upstream: object, use: (engine: Engine) => Promise<void>, service: object = {}) {
  for (const target of targets) {
    target.mode = 'answer'
    target.requests = 0
  }
  const listed = targets.map(({ port }) => ({ target: `127.0.0.1:${port}` }))
  const more = { upstreams: [{ name: 'pool', targets: listed, ...upstream }] }
  const engine = await startEngine(declare(80, { host: 'pool', ...service }, more))
  try {
    await use(engine)
  } finally {
    await engine.stop()
    for (const target of targets) {
      await target.refuse()
      await target.listen()
    }
  }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly cookie: string | undefined
}

function ask(engine: Engine, path = '/', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: engine.port, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode!, text, cookie: response.headers['set-cookie']?.[0] })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function texts(
  engine: Engine,
  count: number,
  path = '/',
  headers: (n: number) => Record<string, string> = () => ({}),
) {
  const found: string[] = []
  for (let n = 0; n < count; n++) found.push((await ask(engine, path, headers(n))).text)
  return found
}
const distinct = (found: readonly string[]) => [...new Set(found)].sort().join('')

test('round robin: targets take turns', () =>
  withUpstream({}, async (engine) => {
    const found = await texts(engine, 9)
    assert.equal(found.toSorted().join(''), 'aaabbbccc')
  }))

const hashed: [
  sentence: string,
  upstream: object,
  path: (n: number) => string,
  headers: (n: number) => Record<string, string>,
][] = [
  ['a header', { hash_on: 'header', hash_on_header: 'X-Caller' }, () => '/', (n) => ({ 'x-caller': `caller ${n}` })],
  ['the path', { hash_on: 'path' }, (n) => `/path/${n}`, () => ({})],
  [
    'a query argument',
    { hash_on: 'query_arg', hash_on_query_arg: 'who' },
    (n) => `/?other=${Math.random()}&who=${n}`,
    () => ({}),
  ],
  ['a cookie', { hash_on: 'cookie', hash_on_cookie: 'session' }, () => '/', (n) => ({ cookie: `session=s${n}` })],
  [
    'the fallback where the first is missing',
    { hash_on: 'consumer', hash_fallback: 'header', hash_fallback_header: 'x-other' },
    () => '/',
    (n) => ({ 'x-other': `caller ${n}` }),
  ],
]
for (const [sentence, upstream, path, headers] of hashed) {
  test(`hash on ${sentence}: the same goes to the same, others elsewhere`, () =>
    withUpstream({ ...upstream, algorithm: 'consistent-hashing' }, async (engine) => {
      const firsts: string[] = []
      for (let n = 0; n < 24; n++) {
        const found = await Promise.all([1, 2, 3].map(async () => (await ask(engine, path(n), headers(n))).text))
        assert.equal(new Set(found).size, 1, `${n}: ${found}`)
        firsts.push(found[0]!)
      }
      assert.equal(distinct(firsts), 'abc')
    }))
}

test('hash on the address: one client, one target', () =>
  withUpstream({ hash_on: 'ip' }, async (engine) => assert.equal(distinct(await texts(engine, 9)).length, 1)))

test('hash on the consumer: whatever else differs', () =>
  withUpstream({ hash_on: 'consumer' }, async (engine) => {
    const found = await texts(engine, 9, '/guarded', (n) => ({ apikey: 'open-sesame', 'x-n': String(n) }))
    assert.equal(distinct(found).length, 1)
    assert.equal((await ask(engine, '/guarded')).status, 401, JSON.stringify(guard))
  }))

test('hash on a capture of the path', async () => {
  const listed = targets.map(({ port }) => ({ target: `127.0.0.1:${port}` }))
  const hash = { hash_on: 'uri_capture', hash_on_uri_capture: 'tenant' }
  const routes = [{ name: 'tenants', paths: ['~/t/(?<tenant>[^/]+)/'], strip_path: false }]
  const engine = await startEngine({
    _format_version: '3.0',
    services: [{ name: 's', host: 'pool', routes }],
    upstreams: [{ name: 'pool', targets: listed, ...hash }],
  })
  const firsts: string[] = []
  for (let n = 0; n < 24; n++) {
    const found = [await ask(engine, `/t/tenant${n}/x`), await ask(engine, `/t/tenant${n}/y`)]
    assert.equal(found[0]!.text, found[1]!.text)
    firsts.push(found[0]!.text)
  }
  assert.equal(distinct(firsts), 'abc')
  await engine.stop()
})

test('a client without the cookie is given one, and with it comes back to the same target', () =>
  withUpstream({ hash_on: 'cookie', hash_on_cookie: 'session', hash_on_cookie_path: '/app' }, async (engine) => {
    for (let n = 0; n < 6; n++) {
      const first = await ask(engine)
      assert.match(first.cookie!, /^session=[0-9a-f-]{36}; Path=\/app; SameSite=Lax; HttpOnly$/)
      const again = await ask(engine, '/', { cookie: first.cookie!.split(';')[0]! })
      assert.equal(again.text, first.text)
      assert.equal(again.cookie, undefined)
    }
  }))

test('least connections: whoever is busy is passed over', () =>
  withUpstream({ algorithm: 'least-connections' }, async (engine) => {
    targets[0]!.mode = 'hang'
    targets[1]!.mode = 'hang'
    const stuck: Promise<unknown>[] = []
    // sooner or later two requests hang, one on each
    while (targets[0]!.requests + targets[1]!.requests < 2) {
      const [hanging, before] = [targets[0]!.requests + targets[1]!.requests, targets[2]!.requests]
      stuck.push(ask(engine).catch(() => null))
      await until(
        'the request arrives',
        () => targets[0]!.requests + targets[1]!.requests + targets[2]!.requests > hanging + before,
      )
    }
    assert.deepEqual([targets[0]!.requests, targets[1]!.requests], [1, 1])
    assert.equal(distinct(await texts(engine, 9)), 'c')
  }))

test('a request whose target refuses goes to another, also with the same hash', () =>
  withUpstream({ hash_on: 'ip' }, async (engine) => {
    const [first] = await texts(engine, 1)
    await targets.find(({ name }) => name === first)!.refuse()
    const [second] = await texts(engine, 1)
    assert.notEqual(second, first)
    assert.ok('abc'.includes(second!))
    await until('the log', () => engine.accessLog().length === 2)
    const [, logged] = engine.accessLog()
    assert.equal(logged!['tries'], 2)
    assert.equal(logged!['upstream'], `127.0.0.1:${targets.find(({ name }) => name === second)!.port}`)
  }))

const passive = (unhealthy: object, healthy: object = {}) => ({ healthchecks: { passive: { unhealthy, healthy } } })

test('a target that answers badly too often is asked no more', () =>
  withUpstream(passive({ http_failures: 2, http_statuses: [500] }), async (engine) => {
    targets[0]!.mode = 500
    await texts(engine, 12)
    assert.equal(targets[0]!.requests, 2)
    targets[0]!.mode = 'answer'
    assert.equal(distinct(await texts(engine, 9)), 'bc')
  }))

test('a target that refuses too often is asked no more', () =>
  withUpstream(passive({ tcp_failures: 1 }), async (engine) => {
    await targets[0]!.refuse()
    assert.equal(distinct(await texts(engine, 9)), 'bc')
    const tries = async () => {
      await until('the log', () => engine.accessLog().length === 9)
      return engine.accessLog().filter(({ tries }) => tries === 2).length
    }
    assert.equal(await tries(), 1)
    // whoever was found unhealthy by clients’ requests alone stays so until somebody says otherwise
    await targets[0]!.listen()
    assert.equal(distinct(await texts(engine, 9)), 'bc')
  }))

test('a target that hangs too often is asked no more', () =>
  withUpstream(
    passive({ timeouts: 1 }),
    async (engine) => {
      targets[0]!.mode = 'hang'
      const statuses = (await Promise.all([1, 2, 3].map(() => ask(engine)))).map(({ status }) => status)
      assert.deepEqual(statuses.toSorted(), [200, 200, 504])
      assert.equal(distinct(await texts(engine, 9)), 'bc')
    },
    { read_timeout: 300 },
  ))

test('all unhealthy is a 503 as Kong words it', () =>
  withUpstream(passive({ http_failures: 1, http_statuses: [500] }), async (engine) => {
    for (const target of targets) target.mode = 500
    await texts(engine, 3)
    const answer = await ask(engine)
    assert.equal(answer.status, 503)
    assert.match(answer.text, /failure to get a peer from the ring-balancer/)
  }))

test('below its threshold an upstream answers 503 although a target is healthy', () =>
  withUpstream(
    { healthchecks: { threshold: 50, passive: { unhealthy: { http_failures: 1, http_statuses: [500] } } } },
    async (engine) => {
      targets[0]!.mode = 500
      targets[1]!.mode = 500
      const statuses: number[] = []
      // two wheels at most are gone round until both were asked
      for (let n = 0; n < 8; n++) statuses.push((await ask(engine)).status)
      assert.deepEqual(statuses.slice(-2), [503, 503])
    },
  ))

test('checks of the gateway find a target that fails, and that it is back', () =>
  withUpstream(
    {
      host_header: 'checked.test',
      healthchecks: {
        active: {
          http_path: '/check',
          headers: { 'X-Check': ['yes'] },
          healthy: { interval: 0.05, successes: 1 },
          unhealthy: { interval: 0.05, http_failures: 1, tcp_failures: 1, timeouts: 1 },
        },
      },
    },
    async (engine) => {
      for (const how of ['fail', 'refuse'] as const) {
        if (how === 'fail') targets[0]!.mode = 500
        else await targets[0]!.refuse()
        await until(`it is found to ${how}`, async () => distinct(await texts(engine, 6)) === 'bc')
        if (how === 'fail') targets[0]!.mode = 'answer'
        else await targets[0]!.listen()
        await until('it is back', async () => distinct(await texts(engine, 6)) === 'abc')
      }
      assert.equal(targets[1]!.lastCheck['x-check'], 'yes')
      assert.equal(targets[1]!.lastCheck.host, 'checked.test')
    },
  ))

test('a target by name is all its addresses, and one that does not exist is a 503', async () => {
  const named = { upstreams: [{ name: 'pool', targets: [{ target: `localhost:${targets[0]!.port}` }] }] }
  const engine = await startEngine(declare(80, { host: 'pool' }, named))
  assert.equal((await ask(engine)).text, 'a')
  await engine.stop()
  const missing = { upstreams: [{ name: 'pool', targets: [{ target: 'no-such-name.invalid:80' }] }] }
  const other = await startEngine(declare(80, { host: 'pool' }, missing))
  assert.equal((await ask(other)).status, 503)
  await other.stop()
})
