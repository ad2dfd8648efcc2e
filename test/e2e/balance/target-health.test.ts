import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Gateway, startGateway } from '../../../src/app.ts'
import { Target, until } from './service.ts'

/** The health of targets over the Admin API, of one process and of two workers: both must say and do the same. */
const loopback = { host: '127.0.0.1', port: 0 }
const folder = mkdtempSync(join(tmpdir(), 'sallyport-health-'))
const targets: Target[] = []

before(async () => {
  for (const name of ['a', 'b']) targets.push(await Target.start(name))
})
after(async () => {
  await Promise.all(targets.map((target) => target.refuse()))
  rmSync(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely
type Body = any
async function admin(gateway: Gateway, method: string, path: string, body?: object) {
  const response = await fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, json: (text === '' ? null : JSON.parse(text)) as Body }
}

/** Status and text that a connection of its own gets: connections go to the workers in turn. */
function ask(gateway: Gateway): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gateway.ports.http!, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => resolve('broken'))
    socket.on('close', () => {
      const [head, body] = text.split('\r\n\r\n')
      const status = head!.slice(9, 12)
      resolve(status === '200' ? body!.replace(/[^ab]/g, '') : status)
    })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  })
}

/** Whom eight requests reach, four on each of two workers. */
async function reached(gateway: Gateway): Promise<string> {
  const found: string[] = []
  for (let n = 0; n < 8; n++) found.push(await ask(gateway))
  return [...new Set(found)].sort().join(' ')
}

function start(workers: number): Promise<Gateway> {
  return startGateway(
    {
      ...{ sources: [], store: `sqlite:${join(folder, `${Math.random()}.db`)}`, workers, trustedIps: [] },
      ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: loopback },
      ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false, accessLog: null },
    },
    { info() {}, warn() {}, error() {} },
  )
}

/** Of all gateways that this process started. */
function workerPids(): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]).toString()
  const lines = listed.split('\n').filter((line) => line.includes('sallyport worker'))
  return lines.map((line) => Number(line.trim().split(' ')[0]))
}

const name = (n: number) => `127.0.0.1:${targets[n]!.port}`

for (const workers of [1, 2]) {
  const of = `${workers} ${workers === 1 ? 'process' : 'workers'}`

  let started: Gateway
  before(async () => {
    started = await start(workers)
    await admin(started, 'PUT', '/services/s', { host: 'pool', port: 80 })
    await admin(started, 'PUT', '/services/s/routes/r', { paths: ['/'] })
    await admin(started, 'POST', '/plugins', { name: 'prometheus', config: { upstream_health_metrics: true } })
  })
  after(() => started?.stop(500))

  /** An upstream of both targets, made anew. */
  async function withGateway(
    healthchecks: object,
    use: (gateway: Gateway) => Promise<void>,
    mode: Target['mode'] = 'answer',
  ) {
    await admin(started, 'DELETE', '/upstreams/pool')
    for (const target of targets) {
      target.mode = 'answer'
      target.checks = 0
      target.requests = 0
    }
    targets[0]!.mode = mode
    await admin(started, 'PUT', '/upstreams/pool', { healthchecks })
    for (const n of [0, 1]) await admin(started, 'POST', '/upstreams/pool/targets', { target: name(n) })
    await use(started)
  }
  const health = async (gateway: Gateway) => {
    const { json } = await admin(gateway, 'GET', '/upstreams/pool/health')
    return Object.fromEntries(json.data.map((target: Body) => [target.target, target.health]))
  }
  const passive = { passive: { unhealthy: { http_failures: 2, http_statuses: [500] } } }

  test(`${of}: without checks health is off, and can't be set`, () =>
    withGateway({}, async (gateway) => {
      assert.deepEqual(await health(gateway), { [name(0)]: 'HEALTHCHECKS_OFF', [name(1)]: 'HEALTHCHECKS_OFF' })
      const { json } = await admin(gateway, 'GET', '/upstreams/pool/health?balancer_health=1')
      assert.equal(json.data.health, 'HEALTHCHECKS_OFF')
      const refused = await admin(gateway, 'PUT', `/upstreams/pool/targets/${name(0)}/unhealthy`)
      assert.deepEqual([refused.status, refused.json.message], [400, 'no healthchecker found for pool'])
    }))

  test(`${of}: by hand a target is unhealthy for all, and healthy again`, () =>
    withGateway(passive, async (gateway) => {
      assert.equal(await reached(gateway), 'a b')
      const set = (path: string) =>
        admin(gateway, 'PUT', `/upstreams/pool/targets/${path}`).then(({ status }) => status)
      assert.equal(await set(`${name(0)}/unhealthy`), 204)
      assert.equal(await reached(gateway), 'b')
      assert.deepEqual(await health(gateway), { [name(0)]: 'UNHEALTHY', [name(1)]: 'HEALTHY' })
      assert.equal(await set(`${name(0)}/${name(0)}/healthy`), 204)
      assert.equal(await reached(gateway), 'a b')
      assert.equal(await set(`${name(0)}/10.9.9.9:1/unhealthy`), 204)
      assert.equal(await reached(gateway), 'a b', 'an address that it has not')
      assert.equal(await set('127.0.0.1:1/unhealthy'), 404)
    }))

  test(`${of}: everything that is shown of a target and of the balancer`, () =>
    withGateway(passive, async (gateway) => {
      await admin(gateway, 'PUT', `/upstreams/pool/targets/${name(0)}/unhealthy`)
      const { json } = await admin(gateway, 'GET', '/upstreams/pool/health')
      assert.match(json.node_id, /^[0-9a-f-]{36}$/)
      const { port } = targets[0]!
      const facts = { host: '127.0.0.1', port, dns: 'A', nodeWeight: 100 }
      const weight = { total: 100, unavailable: 100, available: 0 }
      assert.deepEqual(json.data.find((each: Body) => each.target === name(0)).data, {
        ...{ ...facts, weight },
        addresses: [{ ip: '127.0.0.1', port, weight: 100, health: 'UNHEALTHY' }],
      })
      const balancer = (await admin(gateway, 'GET', '/upstreams/pool/health?balancer_health=1')).json
      assert.equal(balancer.data.health, 'HEALTHY')
      assert.deepEqual(balancer.data.details.weight, { total: 200, unavailable: 100, available: 100 })
      assert.deepEqual(balancer.data.details.hosts[0].addresses[0], {
        ...{ ip: '127.0.0.1', port, weight: 100, healthy: false },
      })
    }))

  test(`${of}: a name that can't be resolved is a DNS error`, () =>
    withGateway(passive, async (gateway) => {
      await admin(gateway, 'POST', '/upstreams/pool/targets', { target: 'no-such-name.invalid:80' })
      assert.equal((await health(gateway))['no-such-name.invalid:80'], 'DNS_ERROR')
    }))

  test(`${of}: failures that several see add up`, () =>
    withGateway(passive, async (gateway) => {
      targets[0]!.mode = 500
      await until('it is found', async () => (await reached(gateway)) === 'b')
      assert.ok(targets[0]!.requests <= 3, `${targets[0]!.requests} requests`)
      assert.deepEqual(await health(gateway), { [name(0)]: 'UNHEALTHY', [name(1)]: 'HEALTHY' })
    }))

  test(`${of}: all go by the checks of the gateway, and figures show them`, () =>
    withGateway(
      {
        active: {
          http_path: '/check',
          healthy: { interval: 0.25, successes: 1 },
          unhealthy: { interval: 0.1, http_failures: 1 },
        },
      },
      async (gateway) => {
        const series = async (wanted: string) => {
          const response = await fetch(`http://127.0.0.1:${gateway.ports.status}/metrics`)
          const lines = (await response.text()).split('\n')
          return lines.filter((line) => line.startsWith(wanted) && line.includes(`target="${name(0)}"`)).sort()
        }
        targets[0]!.mode = 500
        await until('it is found', async () => (await reached(gateway)) === 'b')
        const label = `upstream="pool",target="${name(0)}",address="${name(0)}"`
        assert.ok(
          (await series('kong_')).includes(
            `kong_upstream_target_health{${label},state="unhealthy",subsystem="http"} 1`,
          ),
        )
        assert.deepEqual(await series('sallyport_target_available'), [`sallyport_target_available{${label}} 0`])
        targets[0]!.mode = 'answer'
        await until('it is back', async () => (await reached(gateway)) === 'a b')
      },
    ))

  test(`${of}: one process makes the checks for all`, () =>
    withGateway(
      { active: { http_path: '/check', timeout: 0.3, healthy: { interval: 1 }, unhealthy: { timeouts: 1 } } },
      async (gateway) => {
        await until('it is found', async () => (await health(gateway))[name(0)] === 'UNHEALTHY')
        assert.equal(targets[0]!.checks, 1)
      },
      'hang-checks',
    ))
}

test('a worker that takes the place of another knows who is unhealthy, and checks are made on', async (t) => {
  for (const target of targets) target.mode = 'answer'
  const others = workerPids()
  const gateway = await start(2)
  t.after(() => gateway.stop(500))
  const workers = () => workerPids().filter((pid) => !others.includes(pid))
  const checks = {
    active: {
      http_path: '/check',
      unhealthy: { interval: 0.1, http_failures: 1 },
      healthy: { interval: 0.1, successes: 1 },
    },
  }
  const upstream = await admin(gateway, 'PUT', '/upstreams/pool', { healthchecks: checks })
  assert.equal(upstream.status, 200)
  for (const n of [0, 1]) await admin(gateway, 'POST', '/upstreams/pool/targets', { target: name(n) })
  await admin(gateway, 'PUT', '/services/s', { host: 'pool', port: 80 })
  await admin(gateway, 'PUT', '/services/s/routes/r', { paths: ['/'] })
  targets[0]!.mode = 500
  await until('it is found', async () => (await reached(gateway)) === 'b')
  // the first one is who checks
  const [victim] = workers()
  process.kill(victim!, 'SIGKILL')
  const ready = async () => (await fetch(`http://127.0.0.1:${gateway.ports.status}/readyz`)).status === 200
  await until('another worker', async () => workers().length === 2 && !workers().includes(victim!) && (await ready()))
  assert.equal(await reached(gateway), 'b')
  targets[0]!.mode = 'answer'
  await until('it is back', async () => (await reached(gateway)) === 'a b')
})
