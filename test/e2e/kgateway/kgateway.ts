import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, type GatewaySettings, startGateway } from '../../../src/app.ts'

/** What the client got, and what the service saw of it; null where the service was not asked. */
export interface Exchanged {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly seen: Seen | null
}
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface Asked {
  readonly method?: string
  /** Default: `www.example.com`, the host of the usual route. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
}

/** A gateway that serves manifests, and a service that tells what it saw. */
export interface Kgateway {
  readonly gateway: Gateway
  readonly port: number
  readonly servicePort: number
  /** Everything logged as a warning or an error. */
  readonly said: string[]
  /** Writes manifests into the folder: they are served when this returns. */
  apply(...manifests: object[]): void
  ask(path: string, asked?: Asked): Promise<Exchanged>
  stop(): Promise<void>
}

type Answer = (seen: Seen, response: import('node:http').ServerResponse) => void

/** The Gateway `http` and the route `httpbin` of kgateway's "Get started" and "Sample app" pages, in `kgateway-system` and `httpbin`. */
export function sampleApp(servicePort: number): object[] {
  const spec = (name: string, namespace: string, kind: string, apiVersion: string, more: object) => {
    return { apiVersion, kind, metadata: { name, namespace }, ...more }
  }
  return [
    spec('http', 'kgateway-system', 'Gateway', 'gateway.networking.k8s.io/v1', {
      spec: {
        gatewayClassName: 'kgateway',
        listeners: [{ protocol: 'HTTP', port: 8080, name: 'http', allowedRoutes: { namespaces: { from: 'All' } } }],
      },
    }),
    spec('httpbin', 'httpbin', 'HTTPRoute', 'gateway.networking.k8s.io/v1', {
      spec: {
        parentRefs: [{ name: 'http', namespace: 'kgateway-system' }],
        hostnames: ['www.example.com'],
        rules: [{ backendRefs: [{ name: 'httpbin', port: 8000 }] }],
      },
    }),
    ...service('httpbin', 'httpbin', servicePort),
  ]
}

/** A Service of one endpoint on this machine. */
export function service(name: string, namespace: string, port: number): object[] {
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
      spec: { ports: [{ name: 'http', port: 8000, targetPort: port }], selector: { app: name } },
    },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
      metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port }],
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    },
  ]
}

const tellWhatWasSeen: Answer = (_seen, response) => response.end('seen')

export async function startKgateway(
  manifests: (servicePort: number) => object[] = sampleApp,
  { answer = tellWhatWasSeen, ...settings }: Partial<GatewaySettings> & { readonly answer?: Answer } = {},
): Promise<Kgateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kgateway-'))
  let seen: Seen | null = null
  const upstream: Server = createServer((request, response) => {
    seen = { method: request.method!, url: request.url!, headers: { ...request.headers } }
    request.resume()
    request.on('end', () => answer(seen!, response))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const servicePort = (upstream.address() as AddressInfo).port
  const write = (name: string, objects: readonly object[]) =>
    writeFileSync(join(folder, name), objects.map((each) => JSON.stringify(each)).join('\n---\n'))
  write('000-start.yaml', manifests(servicePort))
  const said: string[] = []
  const say = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
  const loopback = { host: '127.0.0.1', port: 0 }
  const gateway = await startGateway(
    {
      ...{ sources: [`kgateway:${folder}`], store: 'memory', trustedIps: [], accessLog: null },
      ...{ proxyHttp: loopback, proxyHttps: null, admin: null, status: null },
      ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
      ...settings,
    },
    { info() {}, warn: say, error: say },
  )
  const port = gateway.ports.http!
  let applied = 0
  return {
    gateway,
    port,
    servicePort,
    said,
    apply(...objects) {
      write(`${String(++applied).padStart(3, '0')}-applied.yaml`, objects)
      gateway.reload()
    },
    ask(path, { method = 'GET', host = 'www.example.com', headers = {}, body } = {}) {
      seen = null
      return new Promise((resolve, reject) => {
        const sent = httpRequest(
          { host: '127.0.0.1', port, path, method, agent: false, headers: { host, ...headers } },
          (response) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (chunk: string) => (text += chunk))
            response.on('error', reject)
            response.on('end', () =>
              resolve({ status: response.statusCode!, headers: response.headers, body: text, seen }),
            )
          },
        )
        sent.on('error', reject)
        sent.end(body)
      })
    },
    async stop() {
      await gateway.stop(0)
      upstream.closeAllConnections()
      await new Promise((resolve) => upstream.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}
