/** What a scraper sees: one process and several, on the status listener and on the Admin API. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Gateway, startGateway } from '../../src/app.ts'

const loopback = { host: '127.0.0.1', port: 0 }
const folder = mkdtempSync(join(tmpdir(), 'sallyport-prometheus-'))
const file = join(folder, 'kong.json')
const prometheus = {
  name: 'prometheus',
  config: { per_consumer: true, status_code_metrics: true, latency_metrics: true, bandwidth_metrics: true },
}
let service: Server

before(async () => {
  service = createServer((_request, response) => response.end('served'))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const routes = [{ name: 'guarded', paths: ['/guarded'], plugins: [{ name: 'key-auth' }] }]
  const consumers = [{ username: 'alice', keyauth_credentials: [{ key: 'open' }] }]
  const document = {
    _format_version: '3.0',
    plugins: [prometheus],
    services: [{ name: 'shop', url, routes }],
    consumers,
  }
  writeFileSync(file, JSON.stringify(document))
})
after(() => {
  service.close()
  service.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

function start(workers: number): Promise<Gateway> {
  const settings = {
    ...{ sources: [`kong:${file}`], store: `sqlite:${join(folder, `${workers}.db`)}`, workers, trustedIps: [] },
    ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: loopback },
    ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false, accessLog: null },
  }
  return startGateway(settings, {
    info() {},
    warn() {},
    error: (fields, message) => assert.fail(`${message}: ${JSON.stringify(fields)}`),
  })
}

interface Scrape {
  readonly type: string | null
  readonly series: ReadonlyMap<string, number>
}

/** Parses strictly: every series has its family announced before it, and no series comes twice. */
async function scrape(port: number | null): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  assert.equal(response.status, 200)
  const text = await response.text()
  assert.ok(text.endsWith('\n'))
  const types = new Map<string, string>()
  const series = new Map<string, number>()
  for (const line of text.split('\n')) {
    const heading = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    if (heading !== null) {
      assert.ok(!types.has(heading[1]!), `${heading[1]} is announced twice`)
      types.set(heading[1]!, heading[2]!)
    }
    if (line === '' || line.startsWith('#')) continue
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)((?:\{(?:[a-z_A-Z0-9]+="(?:[^"\\\n]|\\.)*",?)+\})?) (\S+)$/.exec(line)
    assert.ok(found, `not a sample: ${line}`)
    const [, name = '', labels = '', value] = found
    const family = types.has(name) ? name : name.replace(/_(bucket|count|sum)$/, '')
    assert.ok(types.has(family), `${name} is not announced`)
    assert.ok(!series.has(name + labels), `twice: ${line}`)
    // an average of nothing yet is NaN
    assert.ok(Number.isFinite(Number(value)) || /^nan$/i.test(value!), line)
    series.set(name + labels, Number(value))
  }
  return { type: response.headers.get('content-type'), series }
}

const requests = (code: number, source: string, consumer: string) =>
  `kong_http_requests_total{service="shop",route="guarded",code="${code}",source="${source}",workspace="default",consumer="${consumer}"}`

for (const workers of [1, 2]) {
  test(`counts of ${workers} worker(s) are one`, async () => {
    const gateway = await start(workers)
    try {
      for (let i = 0; i < 6; i++) {
        // a connection of its own each, so that every worker gets some
        const headers = { connection: 'close', ...(i < 4 ? { apikey: 'open' } : {}) }
        await (await fetch(`http://127.0.0.1:${gateway.ports.http}/guarded`, { headers })).text()
      }
      const status = await scrape(gateway.ports.status)
      const admin = await scrape(gateway.ports.admin)
      assert.equal(admin.type, 'text/plain; charset=UTF-8')
      for (const { series } of [status, admin]) {
        assert.equal(series.get(requests(200, 'service', 'alice')), 4)
        assert.equal(series.get(requests(401, 'kong', '')), 2)
        const latencies = 'service="shop",route="guarded",workspace="default"'
        assert.equal(series.get(`kong_request_latency_ms_count{${latencies}}`), 6)
        assert.equal(series.get(`kong_upstream_latency_ms_count{${latencies}}`), 4)
        assert.equal(series.get(`kong_upstream_latency_ms_bucket{${latencies},le="+Inf"}`), 4)
        assert.equal(series.get('kong_datastore_reachable'), 1)
        const names = [...series.keys()]
        assert.equal(names.filter((name) => name.startsWith('kong_node_info')).length, 1)
        const workersSeen = names.filter((name) => name.startsWith('kong_memory_workers_lua_vms_bytes'))
        assert.equal(workersSeen.length, workers)
        const nodes = new Set(names.flatMap((name) => /node_id="([^"]+)"/.exec(name)?.[1] ?? []))
        assert.equal(nodes.size, 1)
        const ours = names.filter((name) => name.startsWith('sallyport_requests_total'))
        assert.equal(ours.length, 2)
      }
      const ingress = status.series.get(
        'kong_bandwidth_bytes{service="shop",route="guarded",direction="ingress",workspace="default",consumer="alice"}',
      )
      assert.ok(ingress !== undefined && ingress > 4 * 50, String(ingress))
    } finally {
      await gateway.stop(1000)
    }
  })
}
