/** Policies of Gateway API routes, on the wire. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { echo } from './engine/echo.ts'
import { declare, type Engine, startEngine } from './engine/engine.ts'
import { oneValue, statusOf, valuesOf } from './engine/message.ts'
import { RawClient } from './engine/raw-client.ts'
import { RawService } from './engine/raw-service.ts'

let service: RawService
let engine: Engine

const route = (path: string, ...plugins: object[]) => ({
  name: path.slice(1),
  paths: [path],
  strip_path: false,
  plugins,
})
const apiKey = {
  name: 'api-key-auth',
  config: {
    credentials: [{ key: 'k1', client: 'one' }],
    sources: [{ header: 'api-key' }, { query: 'key' }, { cookie: 'kc' }],
    clientIdHeader: 'x-client',
  },
}

before(async () => {
  service = await RawService.start()
  const routes = [
    route('/key', apiKey),
    route('/open'),
    route('/users', { name: 'htpasswd-auth', config: { users: 'alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' } }),
    route('/page', apiKey, {
      name: 'gateway-cors',
      config: { allowOrigins: ['https://a.test'], allowMethods: ['GET'] },
    }),
    route('/few', { name: 'local-rate-limit', config: { maxTokens: 1, fillIntervalMs: 3_600_000 } }),
    route('/form', { name: 'csrf', config: {} }),
    route('/near', { name: 'address-acl', config: { defaultAction: 'deny', blockedByHeader: 'x-blocked-by' } }),
  ]
  const services = [{ name: 'raw', url: `http://127.0.0.1:${service.port}`, routes }]
  engine = await startEngine(declare(service.port, {}, { services }))
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = echo
})

async function ask(lines: string) {
  const client = await RawClient.connect(engine.port)
  const answer = await client.send(`${lines}\r\nHost: a.test\r\nConnection: close\r\n\r\n`).answer()
  client.destroy()
  return answer
}

test('a key is taken out of header, query and cookies, and the rest stays as it was written', async () => {
  const lines =
    'GET /key?a=%2526&key=k1&b HTTP/1.1\r\nApi-Key: k1\r\nCookie: x="1"; kc=k1\r\nCookie: y=2\r\nX-Client: forged'
  assert.equal(statusOf(await ask(lines)), 200)
  const request = await service.request()
  assert.equal(request.startLine, 'GET /key?a=%2526&b HTTP/1.1')
  assert.deepEqual(
    ['api-key', 'cookie', 'x-client'].map((name) => valuesOf(request, name)),
    [[], ['x="1"; y=2'], ['one']],
  )
})

test('nobody says who the client is on routes without the policy either', async () => {
  await ask('GET /open HTTP/1.1\r\nX_Client: forged')
  assert.deepEqual(valuesOf(await service.request(), 'x-client'), [])
})

test('a password is asked for in the name of the address', async () => {
  const refused = await ask('GET /users/x?q HTTP/1.1')
  assert.deepEqual(
    [statusOf(refused), oneValue(refused, 'www-authenticate')],
    [401, 'Basic realm="http://a.test/users/x?q"'],
  )
  assert.equal(statusOf(await ask('GET /users HTTP/1.1\r\nAuthorization: Basic YWxpY2U6c2VjcmV0')), 200)
})

test('a refusal may be read by the page that asked', async () => {
  const refused = await ask('GET /page HTTP/1.1\r\nOrigin: https://a.test')
  assert.deepEqual([statusOf(refused), oneValue(refused, 'access-control-allow-origin')], [401, 'https://a.test'])
})

test('one too many is refused', async () => {
  assert.deepEqual([statusOf(await ask('GET /few HTTP/1.1')), statusOf(await ask('GET /few HTTP/1.1'))], [200, 429])
})

test('what changes something must come from a page of ours', async () => {
  const length = 'Content-Length: 0'
  const statuses = [
    await ask(`POST /form HTTP/1.1\r\n${length}`),
    await ask(`POST /form HTTP/1.1\r\n${length}\r\nOrigin: https://a.test`),
  ].map(statusOf)
  assert.deepEqual(statuses, [403, 200])
})

test('who blocks an address is told', async () => {
  const refused = await ask('GET /near HTTP/1.1')
  assert.deepEqual([statusOf(refused), oneValue(refused, 'x-blocked-by')], [403, 'default'])
})
