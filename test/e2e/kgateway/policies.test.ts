/** What TrafficPolicies say to callers, byte for byte as Envoy 1.38.3 was heard to say it. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { headerOption, message } from '../../../src/policies/ext-authz/message-kit.ts'
import { GrpcServer } from '../ext-authz/grpc-server.ts'
import { type Asked, type Kgateway, sampleApp, startKgateway } from './kgateway.ts'

const KGATEWAY = 'gateway.kgateway.dev/v1alpha1'
const GATEWAY_API = 'gateway.networking.k8s.io/v1'
const object = (kind: string, name: string, spec: object, apiVersion = KGATEWAY) => ({
  ...{ apiVersion, kind, metadata: { name, namespace: 'httpbin' }, spec },
})

/** A route for `/NAME`, and a policy on it. */
function guarded(name: string, spec: object, more: object = {}): object[] {
  const rule = {
    matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
    backendRefs: [{ name: 'httpbin', port: 8000 }],
    ...more,
  }
  const parentRefs = [{ name: 'http', namespace: 'kgateway-system' }]
  return [
    object('HTTPRoute', name, { parentRefs, hostnames: ['www.example.com'], rules: [rule] }, GATEWAY_API),
    object('TrafficPolicy', name, {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name }],
      ...spec,
    }),
  ]
}
const secret = (name: string, stringData: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'httpbin' }, stringData },
})
const backend = (name: string, port: number) =>
  object('Backend', name, { static: { hosts: [{ host: '127.0.0.1', port }] } })
const ref = (name: string) => ({ backendRef: { group: 'gateway.kgateway.dev', kind: 'Backend', name } })
const extension = (name: string, spec: object) => object('GatewayExtension', name, spec)
const asks = (name: string) => ({ extAuth: { extensionRef: { name } } })

function manifests(servicePort: number): object[] {
  const byHeader = (value: string, path: string) => ({
    matches: [{ path: { type: 'PathPrefix', value: path }, headers: [{ name: 'x-plan', value }] }],
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-rule', value }] } }],
    backendRefs: [{ name: 'httpbin', port: 8000 }],
  })
  const again = guarded('again', asks('again')) as { spec: { rules: object[] } }[]
  again[0]!.spec.rules.unshift(byHeader('gold', '/again'))
  return [
    ...sampleApp(servicePort),
    ...[backend('grpc', grpc.port), backend('http', (http.address() as AddressInfo).port), backend('nobody', 9)],
    extension('grpc', { extAuth: { grpcService: { ...ref('grpc'), requestTimeout: '10s' } } }),
    extension('again', { extAuth: { grpcService: { ...ref('grpc'), requestTimeout: '10s' }, clearRouteCache: true } }),
    extension('http', { extAuth: { httpService: { ...ref('http'), requestTimeout: '10s', pathPrefix: '/check' } } }),
    extension('nobody', { extAuth: { httpService: ref('nobody'), statusOnError: 503 } }),
    extension('open', { extAuth: { httpService: ref('nobody'), failOpen: true } }),
    extension('login', {
      oauth2: {
        ...ref('nobody'),
        ...{ authorizationEndpoint: 'https://idp.test/authorize', tokenEndpoint: 'https://idp.test/token' },
        credentials: { clientID: 'client', clientSecretRef: { name: 'client' } },
        denyRedirect: { headers: [{ name: 'x-requested-with', value: 'XMLHttpRequest' }] },
      },
    }),
    ...[secret('client', { 'client-secret': 's' }), secret('keys', { one: 'k1' })],
    ...guarded('rbac', { rbac: { policy: { matchExpressions: ["request.headers['x-my-header'] == 'cool-beans'"] } } }),
    ...guarded('deny', {
      rbac: { action: 'Deny', policy: { matchExpressions: ["request.headers['x-deny-me'] == 'true'"] } },
    }),
    ...['grpc', 'http', 'nobody', 'open'].flatMap((name) => guarded(name, asks(name))),
    ...again,
    ...guarded('key', { apiKeyAuth: { secretRef: { name: 'keys' }, clientIdHeader: 'x-client' } }),
    ...guarded('users', { basicAuth: { users: ['alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='] } }),
    ...guarded('cors', {
      ...{ cors: { allowOrigins: ['https://*.a.test'], allowMethods: ['GET'], allowHeaders: ['x-a'], maxAge: 7 } },
      apiKeyAuth: { secretRef: { name: 'keys' } },
    }),
    ...guarded('csrf', { csrf: { percentageEnabled: 100 } }),
    ...guarded('few', { rateLimit: { local: { tokenBucket: { maxTokens: 1, fillInterval: '3600s' } } } }),
    ...guarded('near', { acl: { defaultAction: 'deny', denyResponse: { blockedByHeaderName: 'x-blocked-by' } } }),
    ...guarded('login', { oauth2: { extensionRef: { name: 'login' } } }),
    ...guarded('headers', { headerModifiers: { response: { set: [{ name: 'x-code', value: '%RESPONSE_CODE%' }] } } }),
  ]
}

let grpc: GrpcServer
let http: Server
let kgateway: Kgateway
before(async () => {
  grpc = await GrpcServer.start()
  http = createServer((request, response) => {
    if (request.headers.authorization === 'good') response.end()
    else response.writeHead(401, { 'x-why': request.url!, 'content-type': 'text/html' }).end('<p>no')
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  kgateway = await startKgateway(manifests)
})
after(async () => {
  await kgateway.stop()
  await grpc.stop()
  http.closeAllConnections()
  http.close()
})

type Said = Readonly<Record<string, string | undefined>>
const text = { 'content-type': 'text/plain' }
const PASSED = [200, 'seen', {}] as const
const preflight = { origin: 'https://x.a.test', 'access-control-request-method': 'POST' }

const rows: [sentence: string, path: string, asked: Asked, status: number, body: string, headers: Said][] = [
  ['a rule that is true', '/rbac', { headers: { 'x-my-header': 'cool-beans' } }, ...PASSED],
  ['a rule that is not', '/rbac', {}, 403, 'RBAC: access denied', { ...text, 'www-authenticate': undefined }],
  ['a deny rule that is true', '/deny', { headers: { 'x-deny-me': 'true' } }, 403, 'RBAC: access denied', text],
  ['a deny rule about a header that is not there', '/deny', {}, ...PASSED],
  ['a service that allows', '/http', { headers: { authorization: 'good' } }, ...PASSED],
  ['a service that denies', '/http/x?q', {}, 401, '<p>no', { 'content-type': 'text/html', 'x-why': '/check/http/x?q' }],
  ['a service that is not there', '/nobody', {}, 503, '', { 'content-type': undefined, 'content-length': '0' }],
  ['a service that is not there, fail open', '/open', {}, ...PASSED],
  ['a key', '/key', { headers: { 'api-key': 'k1' } }, ...PASSED],
  ['no key', '/key', {}, 401, 'Client authentication failed.', { ...text, 'www-authenticate': undefined }],
  [
    'no password',
    '/users/x?q=1',
    {},
    401,
    'User authentication failed. Missing username and password.',
    { ...text, 'www-authenticate': 'Basic realm="http://www.example.com/users/x?q=1"' },
  ],
  ['a password', '/users', { headers: { authorization: 'Basic YWxpY2U6c2VjcmV0' } }, ...PASSED],
  [
    'a preflight, without a key',
    '/cors',
    { method: 'OPTIONS', headers: preflight },
    200,
    '',
    {
      ...{ 'access-control-allow-origin': 'https://x.a.test', 'access-control-allow-methods': 'GET' },
      ...{ 'access-control-allow-headers': 'x-a', 'access-control-max-age': '7' },
    },
  ],
  [
    'a refusal that a page may read',
    '/cors',
    { headers: { origin: 'https://x.a.test' } },
    401,
    'Client authentication failed.',
    { 'access-control-allow-origin': 'https://x.a.test' },
  ],
  ['a form of another page', '/csrf', { method: 'POST' }, 403, 'Invalid origin', text],
  ['a form of our own', '/csrf', { method: 'POST', headers: { origin: 'http://www.example.com' } }, ...PASSED],
  ['the first', '/few', {}, ...PASSED],
  ['one too many', '/few', {}, 429, 'local_rate_limited', text],
  ['an address that is not let in', '/near', {}, 403, '', { 'content-type': undefined, 'x-blocked-by': 'default' }],
  [
    'a script that is not logged in',
    '/login',
    { headers: { 'x-requested-with': 'XMLHttpRequest' } },
    401,
    'OAuth flow failed.',
    text,
  ],
  ['a login that nobody began', '/oauth2/redirect', {}, ...PASSED],
  ['a header of the answer', '/headers', {}, 200, 'seen', { 'x-code': '200' }],
]
for (const [sentence, path, asked, status, body, headers] of rows) {
  test(`${sentence}: ${status}`, async () => {
    const answer = await kgateway.ask(path, asked)
    assert.deepEqual([answer.status, answer.body], [status, body])
    for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name], value, name)
    assert.equal(answer.seen !== null, body === 'seen')
  })
}

test('who is not logged in is sent to the identity provider', async () => {
  const { status, headers } = await kgateway.ask('/login/x?q=1')
  assert.equal(status, 302)
  const { origin, searchParams } = new URL(headers.location!)
  assert.equal(origin, 'https://idp.test')
  assert.equal(searchParams.get('redirect_uri'), 'http://www.example.com/oauth2/redirect')
  assert.equal(headers['set-cookie']!.length, 2)
})

test('a gRPC service refuses as it likes', async () => {
  const denied = [
    [1, [[1, 401]]],
    [2, headerOption('www-authenticate', 'Own')],
    [3, 'who?'],
  ] as const
  grpc.answer = () => ({
    message: message([
      [1, [[1, 16]]],
      [2, denied],
    ]),
  })
  const { status, body, headers } = await kgateway.ask('/grpc')
  assert.deepEqual([status, body, headers['www-authenticate']], [401, 'who?', 'Own'])
})

test('with clearRouteCache what a service sets leads to another rule', async () => {
  grpc.answer = () => ({ message: message([[3, [[2, headerOption('x-plan', 'gold')]]]]) })
  const { status, seen } = await kgateway.ask('/again')
  assert.deepEqual([status, seen?.headers['x-plan'], seen?.headers['x-rule']], [200, 'gold', 'gold'])
  assert.equal((await kgateway.ask('/grpc')).seen?.headers['x-rule'], undefined)
})
