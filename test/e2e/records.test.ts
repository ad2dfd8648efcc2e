/** What logging policies write of real exchanges: to a collector that is slow, fails and comes back, and to a file. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { type Gateway, startGateway } from '../../src/app.ts'

const SECRET = 'open-sesame-0815'
const loopback = { host: '127.0.0.1', port: 0 }
const folder = mkdtempSync(join(tmpdir(), 'sallyport-records-'))
const logged: { fields: Record<string, unknown>; message: string }[] = []
let service: Server
let collector: Collector
let gateway: Gateway | null = null
let starts = 0

// biome-ignore lint/suspicious/noExplicitAny: records are looked into freely by tests
type Logged = any

/** A real HTTP server that keeps what it gets, and answers as the test wants. */
class Collector {
  readonly records: Logged[] = []
  readonly texts: string[] = []
  answer: (response: ServerResponse) => void = (response) => response.end()
  #server: Server | null = null
  #heard: (() => void) | null = null
  port = 0

  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk) => {
        text += chunk
      })
      request.on('end', () => {
        this.texts.push(`${JSON.stringify(request.headers)} ${text}`)
        this.answer(response)
        if (response.statusCode < 300) this.records.push(...[JSON.parse(text)].flat())
        this.#heard?.()
      })
    })
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const late = setTimeout(() => assert.fail(`not within 20 s: ${what}`), 20_000)
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
    clearTimeout(late)
  }

  close(): Promise<void> {
    const server = this.#server
    this.#server = null
    server?.closeAllConnections()
    return new Promise((resolve) => (server === null ? resolve() : server.close(() => resolve())))
  }
}

before(async () => {
  service = createServer((request, response) => {
    response.setHeader('set-cookie', `session=${SECRET}`)
    if (request.url?.startsWith('/moved')) {
      response.statusCode = 302
      response.setHeader('location', `https://a.test/#access_token=${SECRET}`)
    }
    request.resume().on('end', () => response.end('served'))
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
})
after(() => {
  service.close()
  service.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(async () => {
  await gateway?.stop(2000)
  gateway = null
  await collector?.close()
  logged.length = 0
})

async function start(plugin: { name: string; config: object }, workers = 1): Promise<void> {
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const routes = [
    { name: 'open', paths: ['/open', '/moved'], strip_path: false },
    { name: 'keyed', paths: ['/keyed'], plugins: [{ name: 'key-auth', config: { key_names: ['apikey', 'x_key'] } }] },
    { name: 'basic', paths: ['/basic'], plugins: [{ name: 'basic-auth' }] },
    { name: 'tokens', paths: ['/tokens'], plugins: [{ name: 'jwt' }] },
  ]
  const alice = { username: 'alice', custom_id: 'a1', keyauth_credentials: [{ key: SECRET }] }
  const basicauth_credentials = [{ username: 'alice', password: SECRET }]
  const consumers = [{ ...alice, basicauth_credentials }]
  const file = join(folder, `kong-${++starts}.json`)
  const services = [{ name: 'shop', url, routes }]
  writeFileSync(file, JSON.stringify({ _format_version: '3.0', plugins: [plugin], services, consumers }))
  const note = (fields: Record<string, unknown>, message: string) => logged.push({ fields, message })
  gateway = await startGateway(
    {
      ...{ sources: [`kong:${file}`], store: `sqlite:${join(folder, `${starts}.db`)}`, workers, trustedIps: [] },
      ...{ proxyHttp: loopback, proxyHttps: loopback, admin: null, status: null },
      ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false, accessLog: null },
    },
    { info() {}, warn: note, error: note },
  )
}
const httpLog = (config: object = {}) => ({
  name: 'http-log',
  config: { http_endpoint: `http://me:pass@127.0.0.1:${collector.port}/in`, ...config },
})

async function ask(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<number> {
  const url = `http://127.0.0.1:${gateway!.ports.http}${path}`
  const response = await fetch(url, { redirect: 'manual', headers: { connection: 'close', ...headers }, ...init })
  await response.arrayBuffer()
  return response.status
}

async function withCollector(): Promise<void> {
  collector = new Collector()
  await collector.listen()
}

test('a record tells what happened', async () => {
  await withCollector()
  await start(httpLog())
  assert.equal(await ask('/keyed/x?q=1', { apikey: SECRET, 'x-mine': 'yes' }, { method: 'POST', body: 'hello' }), 200)
  await collector.until('a record', () => collector.records.length === 1)
  const record: Logged = collector.records[0]
  assert.equal(record.request.method, 'POST')
  assert.equal(record.request.uri, '/keyed/x?q=1')
  assert.equal(record.request.url, `http://127.0.0.1:${gateway!.ports.http}/keyed/x?q=1`)
  assert.deepEqual(record.request.querystring, { q: '1' })
  assert.equal(record.request.headers['x-mine'], 'yes')
  assert.equal(record.request.headers['x-consumer-username'], 'alice')
  assert.equal(record.request.headers.apikey, 'REDACTED')
  assert.ok(record.request.size > 60, String(record.request.size))
  assert.equal(record.upstream_uri, '/x?q=1')
  assert.equal(record.upstream_status, '200')
  assert.equal(record.response.status, 200)
  assert.ok(record.response.headers['x-kong-upstream-latency'] !== undefined)
  assert.ok(record.response.size > 'served'.length + 60)
  assert.equal(record.response.headers['content-length'], '6')
  assert.equal(record.source, 'upstream')
  assert.deepEqual([record.route.name, record.route.paths], ['keyed', ['/keyed']])
  assert.deepEqual([record.service.name, record.service.host], ['shop', '127.0.0.1'])
  assert.deepEqual([record.consumer.username, record.consumer.custom_id], ['alice', 'a1'])
  assert.equal(record.authenticated_entity.consumer_id, record.consumer.id)
  assert.deepEqual([record.tries.length, record.tries[0].ip], [1, '127.0.0.1'])
  assert.equal(record.client_ip, '127.0.0.1')
  assert.ok(record.latencies.request >= record.latencies.proxy && record.latencies.proxy >= 0)
  assert.ok(Math.abs(record.started_at - Date.now()) < 60_000)
})

test('a refusal, and a request that no route takes, are recorded too', async () => {
  await withCollector()
  await start(httpLog())
  assert.deepEqual([await ask('/keyed'), await ask('/nowhere')], [401, 404])
  await collector.until('two records', () => collector.records.length === 2)
  const [refused, unmatched] = collector.records
  assert.deepEqual([refused.response.status, refused.source, refused.route.name], [401, 'kong', 'keyed'])
  assert.equal(refused.latencies.proxy, -1)
  assert.equal(refused.response.headers['www-authenticate'], 'Key')
  assert.deepEqual([unmatched.response.status, unmatched.route, unmatched.tries], [404, undefined, undefined])
})

test('no credential is ever in a record, wherever it came and whether it was good', async () => {
  await withCollector()
  await start(httpLog())
  const basic = `Basic ${Buffer.from(`alice:${SECRET}`).toString('base64')}`
  await ask('/keyed', { apikey: SECRET })
  await ask('/keyed', { 'x-key': SECRET })
  await ask(`/keyed?apikey=${SECRET}`)
  await ask(`/keyed?%61pikey=${SECRET}`)
  await ask(`/nowhere?apikey=${SECRET}`, { apikey: SECRET })
  await ask('/basic', { authorization: basic })
  await ask('/basic', { 'proxy-authorization': basic })
  await ask('/open', { authorization: basic, cookie: `session=${SECRET}`, referer: `http://a.test/?jwt=${SECRET}` })
  await ask('/tokens', { authorization: `Bearer ${SECRET}` })
  await ask(`/tokens?jwt=${SECRET}`)
  await ask('/moved')
  await collector.until('all records', () => collector.records.length === 11)
  const all = JSON.stringify(collector.records)
  assert.ok(!all.includes(SECRET), all.slice(Math.max(0, all.indexOf(SECRET) - 200), all.indexOf(SECRET) + 50))
  assert.ok(!all.includes(basic.slice(6)))
  assert.ok(all.includes('"location":"https://a.test/#access_token=REDACTED"'))
  assert.match(collector.texts[0]!, new RegExp(`"authorization":"Basic ${Buffer.from('me:pass').toString('base64')}"`))
})

test('pipelined requests are each recorded as themselves', async () => {
  await withCollector()
  await start(httpLog())
  const names = ['a.test', 'b.test', 'c.test']
  await new Promise<void>((resolve, reject) => {
    const socket = connect(gateway!.ports.http!, '127.0.0.1')
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume()
    const last = names.length - 1
    const requests = names.map(
      (name, i) => `GET /open?${i} HTTP/1.1\r\nHost: ${name}\r\n${i === last ? 'Connection: close\r\n' : ''}\r\n`,
    )
    socket.write(requests.join(''))
  })
  await collector.until('three records', () => collector.records.length === 3)
  assert.deepEqual(
    collector.records.map((record) => [record.request.headers.host, record.request.uri]),
    names.map((name, i) => [name, `/open?${i}`]),
  )
})

test('a collector that fails, then takes: nothing is lost, and requests do not wait', async () => {
  await withCollector()
  let refusals = 0
  collector.answer = (response) => {
    response.statusCode = ++refusals <= 3 ? 503 : 200
    response.end()
  }
  await start(httpLog({ queue: { max_retry_time: 60, initial_retry_delay: 0.01 } }))
  for (let i = 0; i < 5; i++) assert.equal(await ask(`/open?${i}`), 200)
  await collector.until('five records', () => collector.records.length === 5)
  assert.deepEqual(
    collector.records.map((record) => record.request.uri),
    [0, 1, 2, 3, 4].map((i) => `/open?${i}`),
  )
  assert.equal(logged.filter(({ message }) => message.startsWith('records could not be sent')).length, 1)
})

test('a collector that never answers holds up no request, and comes back', async () => {
  await withCollector()
  const silent: ServerResponse[] = []
  collector.answer = (response) => {
    response.statusCode = 599
    silent.push(response)
  }
  await start(httpLog({ timeout: 200, queue: { initial_retry_delay: 0.01 } }))
  for (let i = 0; i < 20; i++) assert.equal(await ask('/open'), 200)
  await collector.until('a second attempt', () => silent.length >= 2)
  collector.answer = (response) => response.end()
  await collector.until('all of them', () => collector.records.length === 20)
})

test('a collector that is away at first', async () => {
  collector = new Collector()
  await collector.listen()
  await collector.close()
  await start(httpLog({ queue: { max_batch_size: 10, max_coalescing_delay: 0.05, initial_retry_delay: 0.01 } }))
  for (let i = 0; i < 4; i++) assert.equal(await ask('/open'), 200)
  await collector.listen()
  await collector.until('all of them', () => collector.records.length === 4)
})

test('what waits is sent when the gateway stops', async () => {
  await withCollector()
  await start(httpLog({ queue: { max_batch_size: 100, max_coalescing_delay: 3600 } }))
  for (let i = 0; i < 3; i++) await ask('/open')
  assert.equal(collector.records.length, 0)
  await gateway!.stop(2000)
  gateway = null
  assert.equal(collector.records.length, 3)
})

test('two workers append whole lines to one file', async () => {
  const path = join(folder, 'two-workers.json')
  await start({ name: 'file-log', config: { path } }, 2)
  const long = 'x'.repeat(6000)
  const statuses = await Promise.all(
    Array.from({ length: 60 }, (_, i) => ask(`/open?i=${i}&long=${long}`, { apikey: SECRET })),
  )
  assert.deepEqual(new Set(statuses), new Set([200]))
  await gateway!.stop(2000)
  gateway = null
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n').slice(0, -1)
  const numbers = lines.map((line) => Number(JSON.parse(line).request.querystring.i)).sort((a, b) => a - b)
  assert.deepEqual(
    numbers,
    Array.from({ length: 60 }, (_, i) => i),
  )
  assert.ok(!text.includes(SECRET))
})
