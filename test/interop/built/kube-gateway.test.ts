/** Whole gateways that a real API server configures, and the requests that go through them. */
import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { jsonLines, startProcess } from '../../e2e/cli/command-line.ts'
import { eventually, type KubeServer, startKubeServer } from './kube-server.ts'

const account = { namespace: 'sallyport', name: 'sallyport' }
/** Far more than it takes: what is awaited either comes or does not. Milliseconds. */
const LONG = 30_000
const manifest = (name: string) => readFileSync(new URL(`../../../deploy/kubernetes/${name}`, import.meta.url), 'utf8')

let server: KubeServer
/** As the account that a gateway has in a cluster. */
let kubeconfig: string
const service = createServer((_, response) => response.end('served'))

before(
  async () => {
    server = await startKubeServer(console.log)
    await server.define()
    for (const name of ['namespace', 'access', 'gateway-class']) {
      await server.kubectl(['apply', '-f', '-'], manifest(`${name}.yaml`))
    }
    kubeconfig = await server.kubeconfig(account)
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  },
  { timeout: 60 * 60_000 },
)
after(async () => {
  service.close()
  await server?.remove()
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256' }] })
function token(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', kid: 'k' })}.${part({ iss: 'issuer.example', sub: 'alice' })}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}

const gatewayApi = 'gateway.networking.k8s.io/v1'
const kgateway = 'gateway.kgateway.dev/v1alpha1'
const object = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})
const apply = (...objects: object[]) =>
  server.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))

const gateway = object(gatewayApi, 'Gateway', 'http', {
  gatewayClassName: 'kgateway',
  listeners: [{ name: 'http', protocol: 'HTTP', port: 8080 }],
})
const route = (path: string, name = 'route') =>
  object(gatewayApi, 'HTTPRoute', name, {
    parentRefs: [{ name: 'http' }],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: path } }],
        backendRefs: [{ group: 'gateway.kgateway.dev', kind: 'Backend', name: 'service' }],
      },
    ],
  })
const extension = object(kgateway, 'GatewayExtension', 'tokens', {
  jwt: { providers: [{ name: 'p', issuer: 'issuer.example', jwks: { local: { inline: jwks } } }] },
})
const policy = object(kgateway, 'TrafficPolicy', 'guard', {
  targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'http' }],
  jwtAuth: { extensionRef: { name: 'tokens' } },
})

interface Running {
  /** Status and body of a call through the proxy. */
  ask(path: string, headers?: Record<string, string>): Promise<string>
  ready(): Promise<number>
  log(): string
  end(signal: NodeJS.Signals): Promise<number | null>
}

async function startGateway(t: TestContext): Promise<Running> {
  const listeners = ['proxy-http', 'status'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
  const words = ['start', '--source', 'kgateway:kube', '--store', 'memory', '--admin', 'off', '--proxy-https', 'off']
  const running = startProcess(t, [...words, ...listeners], { KUBECONFIG: kubeconfig })
  await running.until(({ err }) => err.includes('"serving: '))
  const ports = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as { http: number; status: number }
  const call = (port: number, path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asking = httpRequest({ host: '127.0.0.1', port, path, headers: { host: 'a.example', ...headers } })
      asking.once('error', reject)
      asking.once('response', async (response) => {
        let body = ''
        for await (const chunk of response.setEncoding('utf8')) body += chunk
        resolve({ status: response.statusCode!, body })
      })
      asking.end()
    })
  return {
    async ask(path, headers) {
      const { status, body } = await call(ports.http, path, headers)
      return `${status} ${body}`.trim()
    },
    ready: async () => (await call(ports.status, '/readyz')).status,
    log: running.err,
    async end(signal) {
      running.child.kill(signal)
      return (await running.ended).code
    },
  }
}

const bearer = { authorization: `Bearer ${token()}` }
const conditions = async (kind: string, name: string, list: string) => {
  const { status } = JSON.parse(await server.kubectl(['get', kind, name, '-o', 'json'])) as {
    status?: Record<string, { conditions: { type: string; status: string; message: string }[] }[]>
  }
  return (status?.[list]?.[0]?.conditions ?? []).map(({ type, status, message }) => `${type}=${status} ${message}`)
}

test('configured with kubectl: routes and guards follow, statuses are written', { timeout: 5 * 60_000 }, async (t) => {
  const port = (service.address() as AddressInfo).port
  const backend = object(kgateway, 'Backend', 'service', { static: { hosts: [{ host: '127.0.0.1', port }] } })
  const running = await startGateway(t)
  await eventually(LONG, async () => assert.equal(await running.ready(), 200))
  assert.equal(await running.ask('/'), '404')
  const took: number[] = []
  const follows = async (change: Promise<unknown>, path: string, answer: string, headers = {}) => {
    await change
    const began = performance.now()
    await eventually(LONG, async () => assert.equal(await running.ask(path, headers), answer))
    took.push(Math.round(performance.now() - began))
  }

  await follows(apply(gateway, backend, route('/')), '/', '200 served')
  await follows(apply(extension, policy), '/', '401 Jwt is missing')
  assert.equal(await running.ask('/', bearer), '200 served')
  await follows(apply(route('/moved')), '/', '404', bearer)
  assert.equal(await running.ask('/moved', bearer), '200 served')
  await eventually(LONG, async () => {
    assert.deepEqual(await conditions('trafficpolicy', 'guard', 'ancestors'), [
      'Accepted=True Policy accepted',
      'Attached=True Attached to all targets',
    ])
    assert.ok((await conditions('httproute', 'route', 'parents')).includes('Accepted=True Successfully accepted Route'))
    assert.ok(
      (await conditions('gateway', 'http', 'listeners')).includes('Programmed=True Successfully programmed Listener'),
    )
  })

  // The extension goes: what it was to guard is closed, and the policy says why.
  await server.kubectl(['delete', 'gatewayextension', 'tokens'])
  await eventually(LONG, async () => {
    assert.match(await running.ask('/moved', bearer), /^500 invalid route configuration/)
    assert.match(
      (await conditions('trafficpolicy', 'guard', 'ancestors')).join(),
      /default\/tokens: gateway extension not found/,
    )
  })
  await follows(apply(extension), '/moved', '401 Jwt is missing')
  await follows(server.kubectl(['delete', 'trafficpolicy', 'guard']), '/moved', '200 served')
  t.diagnostic(`followed after (ms, from when kubectl ended): ${took.join(', ')}`)
  assert.equal(await running.end('SIGTERM'), 0)
  const lease = ['get', 'lease', 'sallyport-kgateway', '-n', account.namespace, '-o', 'jsonpath={.spec.holderIdentity}']
  assert.equal(await server.kubectl(lease), '', 'whoever leads next need not wait')
})

test('an API server that is away: what is served stays, and what changed is caught up', {
  timeout: 5 * 60_000,
}, async (t) => {
  const running = await startGateway(t)
  await eventually(LONG, async () => assert.equal(await running.ask('/moved'), '200 served'))
  await server.stop()
  await eventually(LONG, () => assert.match(running.log(), /can't be followed/))
  assert.equal(await running.ask('/moved'), '200 served')
  assert.equal(await running.ready(), 200)
  const late = await startGateway(t)
  assert.equal(await late.ready(), 503)
  await server.start()
  await apply(route('/again'))
  await eventually(LONG, async () => {
    assert.equal(await running.ask('/again'), '200 served')
    assert.equal(await late.ask('/again'), '200 served')
    assert.equal(await late.ready(), 200)
  })
  await Promise.all([running.end('SIGTERM'), late.end('SIGTERM')])
})

test('two replicas: both serve, one writes; it is killed, and the other does', { timeout: 5 * 60_000 }, async (t) => {
  const replicas = [await startGateway(t), await startGateway(t)] as const
  const writes = (replica: Running) => replica.log().includes('this replica writes statuses now')
  await eventually(LONG, () => assert.ok(replicas.some(writes)))
  const [leader, other] = writes(replicas[0]) ? replicas : [replicas[1], replicas[0]]
  assert.equal(writes(other), false)
  await eventually(LONG, async () => {
    for (const replica of replicas) assert.equal(await replica.ask('/again'), '200 served')
  })
  await leader.end('SIGKILL')
  await apply(policy)
  await eventually(LONG, async () => assert.equal(await other.ask('/again'), '401 Jwt is missing'))
  await eventually(2 * LONG, async () =>
    assert.deepEqual((await conditions('trafficpolicy', 'guard', 'ancestors'))[0], 'Accepted=True Policy accepted'),
  )
  assert.ok(writes(other))
  await other.end('SIGTERM')
})

test('several processes of one gateway', { timeout: 5 * 60_000 }, async (t) => {
  const listeners = ['--proxy-http', '127.0.0.1:0', '--status', '127.0.0.1:0', '--proxy-https', 'off', '--admin', 'off']
  const store = ['--store', `sqlite:${t.name.replaceAll(' ', '-')}.db`, '--workers', '2']
  const words = ['start', '--source', 'kgateway:kube', ...store, ...listeners]
  const running = startProcess(t, words, { KUBECONFIG: kubeconfig }, server.folder)
  await running.until(({ err }) => err.includes('"serving: '))
  const { http } = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as { http: number }
  const ask = async () => (await fetch(`http://127.0.0.1:${http}/again`, { headers: { connection: 'close' } })).status
  // Both workers, each of which follows by itself.
  for (let n = 0; n < 6; n++) assert.equal(await ask(), 401)
  await server.kubectl(['delete', 'trafficpolicy', 'guard'])
  await eventually(LONG, async () => {
    for (let n = 0; n < 6; n++) assert.equal(await ask(), 200)
  })
  running.child.kill('SIGTERM')
  assert.equal((await running.ended).code, 0)
})
