import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { BadConfiguration, type Gateway, startGateway } from '../../src/app.ts'

/** A Kong declarative file as a tutorial prints it: one plugin with its settings spelled out, one consumer with a secret. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-kong-file-'))
const file = join(folder, 'kong.yaml')
const loopback = { host: '127.0.0.1', port: 0 }
const said: string[] = []
let service: Server
let gateway: Gateway
let seen: Record<string, unknown>[] = []

const document = (port: number, route = '/orders') => `
_format_version: "3.0"
services:
  - name: orders
    url: http://127.0.0.1:${port}
    routes:
      - name: orders
        paths: [${route}]
        plugins:
          - name: jwt
            config:
              uri_param_names:
                - jwt
              claims_to_verify:
                - exp
                - nbf
              key_claim_name: iss
              secret_is_base64: false
              anonymous: null
              run_on_preflight: true
consumers:
  - username: mobile-app
    jwt_secrets:
      - key: https://auth.example.com
        secret: "your-256-bit-secret"
        algorithm: HS256
`

const settings = {
  ...{ sources: [`kong:${file}`], store: 'memory', trustedIps: [], accessLog: null },
  ...{ proxyHttp: loopback, proxyHttps: null, admin: null, status: null },
  ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
}
const log = {
  info: (_fields: object, message: string) => said.push(message),
  warn() {},
  error: (_fields: object, message: string) => said.push(message),
}

before(async () => {
  service = createServer((request, response) => {
    seen.push(request.headers)
    response.end('served')
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  writeFileSync(file, document(port()))
  gateway = await startGateway(settings, log)
})

after(async () => {
  await gateway.stop(1000)
  service.close()
  service.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

const port = () => (service.address() as AddressInfo).port

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'https://auth.example.com', ...claims })}`
  return `${input}.${createHmac('sha256', 'your-256-bit-secret').update(input).digest('base64url')}`
}

const now = () => Math.floor(Date.now() / 1000)
const good = () => token({ exp: now() + 60, nbf: now() - 60 })

async function ask(path: string, headers: Record<string, string> = {}) {
  seen = []
  const response = await fetch(`http://127.0.0.1:${gateway.ports.http}${path}`, { headers })
  return { status: response.status, body: await response.text() }
}

test('no token: 401, and the service hears nothing', async () => {
  assert.deepEqual(await ask('/orders'), { status: 401, body: '{"message":"Unauthorized"}' })
  assert.deepEqual(seen, [])
})

test('a good token in the header, and the service hears who is calling', async () => {
  const answer = await ask('/orders', { authorization: `Bearer ${good()}`, 'x-consumer-username': 'root' })
  assert.deepEqual(answer, { status: 200, body: 'served' })
  assert.equal(seen[0]?.['x-consumer-username'], 'mobile-app')
  assert.equal(seen[0]?.['x-credential-identifier'], 'https://auth.example.com')
})

test('a good token as ?jwt=', async () => {
  assert.equal((await ask(`/orders?jwt=${good()}`)).status, 200)
})

const refused: [string, () => string, string][] = [
  ['expired', () => token({ exp: now() - 1, nbf: now() - 60 }), '{"exp":"token expired"}'],
  ['not valid yet', () => token({ exp: now() + 60, nbf: now() + 30 }), '{"nbf":"token not valid yet"}'],
  ['without exp', () => token({ nbf: now() - 1 }), '{"exp":"must be a number"}'],
  ['with another signature', () => `${good().slice(0, -8)}AAAAAAAA`, '{"message":"Invalid signature"}'],
]
for (const [what, make, body] of refused) {
  test(`a token ${what} is refused`, async () => {
    assert.deepEqual(await ask('/orders', { authorization: `Bearer ${make()}` }), { status: 401, body })
    assert.deepEqual(seen, [])
  })
}

test('a file that turns bad leaves what was serving, and says so; a good one is taken over', async () => {
  writeFileSync(file, 'services: [')
  gateway.reload()
  assert.ok(said.some((message) => message.includes('what was serving stays')))
  assert.equal((await ask('/orders', { authorization: `Bearer ${good()}` })).status, 200)
  writeFileSync(file, document(port(), '/moved'))
  gateway.reload()
  assert.equal((await ask('/moved', { authorization: `Bearer ${good()}` })).status, 200)
  assert.equal((await ask('/orders', { authorization: `Bearer ${good()}` })).status, 404)
})

test('a bad file at start is refused with file, line and path', async () => {
  const bad = join(folder, 'bad.yaml')
  writeFileSync(bad, '_format_version: "3.0"\nservices:\n  - name: x\n    url: http://h\n    colour: red\n')
  await assert.rejects(startGateway({ ...settings, sources: [`kong:${bad}`] }, log), (error: unknown) => {
    assert.ok(error instanceof BadConfiguration)
    assert.match(error.message, /bad\.yaml:5: services\[0\]\.colour: unknown field/)
    return true
  })
})
