/**
 * Nanoseconds of our own code per request, without sockets and kernel: `sh tools/node.sh bench/micro/request-road.ts`.
 *
 * A fake client socket hands over the same request again and again; a fake service answers at once.
 */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { readKongText } from '../../src/dialects/kong/file.ts'
import { kongWire } from '../../src/dialects/kong/wire.ts'
import type { ServiceSpec } from '../../src/model/model.ts'
import type { Address } from '../../src/plane/balance/address.ts'
import { Balancers } from '../../src/plane/balance/balancers.ts'
import { HostNames } from '../../src/plane/balance/host-names.ts'
import { LocalDesk } from '../../src/plane/balance/local-desk.ts'
import { systemTimers } from '../../src/plane/balance/timers.ts'
import { Deadlines } from '../../src/plane/deadlines.ts'
import { acceptResponse } from '../../src/plane/http1/acceptable.ts'
import { ByteSocket } from '../../src/plane/http1/byte-socket.ts'
import { Http1Client } from '../../src/plane/http1/client-connection.ts'
import { requestRoles, responseRoles } from '../../src/plane/http1/header-roles.ts'
import { ResponseHead } from '../../src/plane/http1/message-head.ts'
import { Metrics } from '../../src/plane/record/metrics.ts'
import { refuseUnread, serveRequest } from '../../src/plane/request-flow.ts'
import type { Site } from '../../src/plane/site.ts'
import type { ResponseHandler, ServiceConnection } from '../../src/plane/upstream/service-connection.ts'
import type { Destination, Upstreams } from '../../src/plane/upstream/upstreams.ts'
import { policies } from '../../src/policies/index.ts'
import { Registry } from '../../src/policy/registry.ts'
import { Snapshot } from '../../src/snapshot/snapshot.ts'
import { makeIssuer, makeToken } from '../tokens.ts'

const issuer = makeIssuer('HS256')
const document = {
  _format_version: '3.0',
  services: [
    {
      name: 's',
      url: 'http://127.0.0.1:9',
      routes: [
        { name: 'plain', paths: ['/plain'], strip_path: false },
        {
          name: 'protected',
          paths: ['/protected'],
          strip_path: false,
          plugins: [
            { name: 'jwt', config: { claims_to_verify: ['exp'] } },
            {
              name: 'claims-to-headers',
              config: {
                claims: [
                  { claim: 'sub', header: 'X-User-ID' },
                  { claim: 'tenant_id', header: 'X-Tenant-ID' },
                  { claim: 'role', header: 'X-User-Role' },
                ],
              },
            },
          ],
        },
      ],
    },
    { name: 'pooled', host: 'pool', routes: [{ name: 'pooled', paths: ['/pooled'], strip_path: false }] },
  ],
  upstreams: [{ name: 'pool', targets: [1, 2, 3].map((n) => ({ target: `127.0.0.${n}:9`, weight: 10 * n })) }],
  consumers: [{ username: 'c', jwt_secrets: [{ key: issuer.name, secret: issuer.verifier, algorithm: 'HS256' }] }],
}

const snapshot = new Snapshot({ source: 'bench', policies, clock: systemClock, registry: new Registry() })
const { changes, problems } = readKongText(JSON.stringify(document), 'bench.json', policies, systemClock)
if (problems.length > 0) throw new Error(JSON.stringify(problems))
snapshot.apply(changes)

const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 54\r\nConnection: keep-alive\r\n\r\n{"ok":true,"items":[1,2,3],"name":"a small answer....}',
)
const answerRoles = responseRoles(kongWire.answerNames)

class InstantService implements ServiceConnection {
  readonly connected = true
  readonly served = 1
  readonly answering = false
  readonly #head = new ResponseHead()
  #handler!: ResponseHandler
  begin(handler: ResponseHandler): void {
    this.#handler = handler
  }
  expectSwitch(): void {}
  sendHead(lines: string): boolean {
    sink = lines.length
    return true
  }
  sendData(): boolean {
    return true
  }
  sendEnd(): void {
    const head = this.#head
    head.scan(answer, 0, answer.length, answerRoles, { headBytes: 65536, headers: 100 })
    const accepted = acceptResponse(head, 'GET')!
    this.#handler.responseHead(head, accepted)
    this.#handler.responseData(answer.subarray(head.length))
    this.#handler.responseEnd('')
  }
  pause(): void {}
  resume(): void {}
  giveBack(): void {}
  destroy(): void {}
}

let sink = 0
const service = new InstantService()
const pool = {
  endpoint: { host: '127.0.0.1', port: 9, tls: null },
  takeIdle: () => service,
  open: () => service,
  close() {},
}
const destination: Destination = {
  ...{ pool, authority: '127.0.0.1:9', address: null, certificate: null, hostHeader: null },
}
const names = new HostNames({ addresses: async () => [], timeToLive: async () => 1e6 }, systemTimers)
const balancers = new Balancers([snapshot], names, new LocalDesk(() => {}), () => performance.now())
const balanced = new WeakMap<Address, Destination>()
const upstreams = {
  balancerFor: ({ host }: ServiceSpec) => {
    const upstream = snapshot.upstreamNamed(host)
    return upstream === null ? null : balancers.of(upstream, snapshot)
  },
  direct: () => destination,
  at(address: Address) {
    let known = balanced.get(address)
    if (known === undefined) balanced.set(address, (known = { ...destination, address }))
    return known
  },
}
const roles = requestRoles([...kongWire.identityHeaders, ...snapshot.identityHeaders], kongWire.requestNames)
const metrics = new Metrics(() => 0)
const site: Site = {
  sources: [{ snapshot, wire: kongWire }],
  clock: systemClock,
  upstreams: upstreams as unknown as Upstreams,
  deadlines: new Deadlines(),
  requestRoles: () => roles,
  responseRoles: answerRoles,
  upgrades: new Set(['websocket']),
  record: (exchange, response, outcome) => {
    if (exchange !== null) metrics.record(exchange, response, outcome)
  },
  broke: (error) => {
    throw error
  },
}

class FakeSocket extends EventEmitter {
  setNoDelay(): void {}
  write(text: string): boolean {
    sink = text.length
    if (text.charCodeAt(9) !== expected) throw new Error(text)
    return true
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  destroySoon(): void {}
}
let expected = 0x32

const facts = {
  listener: 'http',
  ip: '127.0.0.1',
  port: 1,
  localIp: '127.0.0.1',
  localPort: 8000,
  scheme: 'http' as const,
  sni: null,
  certificate: null,
  http2: false,
  trusted: false,
}
const socket = new FakeSocket()
const bytes = ByteSocket.over(socket as unknown as Socket)
new Http1Client(bytes, facts, {
  deadlines: new Deadlines(),
  timeouts: { head: 60000, idle: 60000, body: 60000 },
  limits: { headBytes: 32768, headers: 256 },
  requestRoles: () => roles,
  draining: () => false,
  request: (client) => serveRequest(site, client),
  refuse: (client, refusal) => refuseUnread(site, client, refusal),
  closed() {},
})

const head = (path: string, more = '') =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n${more}\r\n`)
const cases: [string, Buffer, number][] = [
  ['plain', head('/plain'), 0x32],
  ['plain, to an upstream', head('/pooled'), 0x32],
  ['warm HS256 + 3 claims', head('/protected', `Authorization: Bearer ${makeToken(issuer, 1)}\r\n`), 0x32],
  ['refused: no token', head('/protected'), 0x34],
]
const fresh = Array.from({ length: 40_000 }, (_, i) =>
  head('/protected', `Authorization: Bearer ${makeToken(issuer, i + 10)}\r\n`),
)
const times = Number(process.argv[2] ?? 300_000)
for (let round = 0; round < 4; round++) {
  for (const [name, bytes, status] of cases) {
    expected = status
    const figure = measured(times, () => bytes)
    if (round > 0) console.log(`${name.padEnd(24)}${figure}`)
  }
  // more tokens than the cache holds, so that each is new when it comes
  expected = 0x32
  const figure = measured(fresh.length, (i) => fresh[i]!)
  if (round > 0) console.log(`${'new HS256'.padEnd(24)}${figure}`)
}
process.exit(sink < 0 ? 1 : 0)

function measured(count: number, bytes: (i: number) => Buffer): string {
  const begun = process.cpuUsage()
  for (let i = 0; i < count; i++) socket.emit('data', bytes(i))
  const used = process.cpuUsage(begun)
  return `${(((used.user + used.system) * 1000) / count).toFixed(0)} ns`
}
