import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Exact } from '../../../src/policy/exact.ts'
import { startKgateway } from '../../e2e/kgateway/kgateway.ts'
import { bootstrap } from './bootstrap.ts'
import type { Config, JwtSpec } from './case.ts'
import { manifests } from './manifests.ts'
import { startEnvoy } from './server.ts'

/** Envoy and two gateways of ours, one of them exact wherever there is a switch, before one and the same service. */
export interface Sides {
  readonly envoy: number
  readonly ours: number
  readonly exact: number
  stop(): Promise<void>
}

const EVERYTHING: readonly Exact[] = ['base64', 'crit', 'signatures', 'tokens', 'deny-errors']

/**
 * @param keySets what the key server has, by path: a set, or a status that it answers with.
 * @param everywhere the extension of a policy on the Gateway, which all configs' requests pass first.
 */
export async function startSides(
  configs: readonly Config[],
  keySets: ReadonlyMap<string, string | number>,
  everywhere: JwtSpec | null = null,
): Promise<Sides> {
  const echo = createServer((request, response) => {
    request.resume()
    response.setHeader('x-echo', 'yes')
    response.end(JSON.stringify({ target: request.url, rawHeaders: request.rawHeaders }))
  })
  const keys = createServer((request, response) => {
    const set = keySets.get(request.url!) ?? 404
    if (typeof set === 'number') response.writeHead(set).end('{"keys":[]}')
    else response.end(set)
  })
  const gone = createServer()
  const ports = { echo: await listen(echo), keys: await listen(keys), gone: await listen(gone) }
  await close(gone)
  const envoy = await startEnvoy(bootstrap(configs, ports, everywhere))
  const start = (exact: readonly Exact[]) => startKgateway(() => manifests(configs, ports, everywhere), { exact })
  const [ours, exact] = [await start([]), await start(EVERYTHING)]
  return {
    envoy: envoy.port,
    ours: ours.port,
    exact: exact.port,
    async stop() {
      await Promise.all([envoy.stop(), ours.stop(), exact.stop()])
      await Promise.all([close(echo), close(keys)])
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
