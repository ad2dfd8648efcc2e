import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type Gateway, type GatewaySettings, startGateway } from '../../../src/app.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'

/** What the gateway was told to log as broken or bad; tests expect none of it. */
export interface Engine {
  readonly gateway: Gateway
  readonly port: number
  readonly httpsPort: number
  /** Lines of the access log so far, parsed. */
  readonly accessLog: () => Record<string, unknown>[]
  /** Everything logged as error. */
  readonly errors: Record<string, unknown>[]
  stop(patienceMs?: number): Promise<void>
}

/** The key of the consumer `alice` in `guarded` routes. */
export const KEY = 'open-sesame'

/** A route that needs `alice`'s key in the header `apikey`. */
export const guard = { name: 'key-auth', config: { key_names: ['apikey'] } }

/** One service at that port with a route for `/`, an open one for each further path, and `/guarded`. */
export function declare(port: number, service: object = {}, more: object = {}): object {
  return {
    _format_version: '3.0',
    services: [
      {
        name: 'raw',
        host: '127.0.0.1',
        port,
        protocol: 'http',
        ...service,
        routes: [
          { name: 'all', paths: ['/'], strip_path: false },
          { name: 'guarded', paths: ['/guarded'], strip_path: false, plugins: [guard] },
        ],
      },
    ],
    consumers: [{ username: 'alice', keyauth_credentials: [{ key: KEY }] }],
    ...more,
  }
}

/** The whole gateway in this process: memory store, the declaration as a Kong file, ports chosen by the system. */
export async function startEngine(
  declaration: object,
  settings: Partial<GatewaySettings> = {},
  clock: Clock = systemClock,
): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-engine-'))
  const file = join(folder, 'kong.json')
  writeFileSync(file, JSON.stringify(declaration))
  const errors: Record<string, unknown>[] = []
  let log = ''
  const gateway = await startGateway(
    {
      sources: [`kong:${file}`],
      store: 'memory',
      proxyHttp: { host: '127.0.0.1', port: 0 },
      proxyHttps: null,
      admin: null,
      status: null,
      trustedIps: [],
      proxyProtocol: false,
      http2PriorKnowledge: false,
      exactHosts: false,
      accessLog: new Writable({
        write(chunk: Buffer, _encoding, done) {
          log += chunk.toString()
          done()
        },
      }),
      ...settings,
    },
    { info() {}, warn() {}, error: (fields) => void errors.push(fields) },
    clock,
  )
  return {
    gateway,
    port: gateway.ports.http ?? 0,
    httpsPort: gateway.ports.https ?? 0,
    accessLog: () =>
      log
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    errors,
    async stop(patienceMs = 0) {
      await gateway.stop(patienceMs)
      rmSync(folder, { recursive: true })
    },
  }
}
