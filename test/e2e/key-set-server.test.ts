/** Fetching key sets by real connections: where they go, what is asked for, and whom TLS believes. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { after, before, test } from 'node:test'
import { fetch as undiciFetch } from 'undici'
import { keySetServer } from '../../src/policies/jwt-authn/key-set-server.ts'
import { config } from '../../src/policies/jwt-authn/schema.ts'
import type { Fetch } from '../../src/policy/policy.ts'
import { type Authority, makeAuthority } from './authority.ts'

const SET = '{"keys":[]}'
const asked: string[] = []
let authority: Authority
let other: Authority
let plain: Server
let secure: Server
before(async () => {
  authority = await makeAuthority('CN=Keys')
  other = await makeAuthority('CN=Other')
  plain = await listening(createServer(answer))
  secure = await listening(createSecureServer(await authority.sign('CN=localhost'), answer))
})
after(() => {
  for (const server of [plain, secure]) server.close()
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  asked.push(`${request.method} ${request.url} ${request.headers.host}`)
  if (request.url === '/moved') response.writeHead(302, { location: '/keys' }).end()
  else if (request.url === '/endless') endless(response)
  else if (request.url === '/cut')
    response.writeHead(200, { 'content-length': '100' }).end('x', () => response.destroy())
  else response.end(SET)
}

function endless(response: ServerResponse): void {
  response.on('error', () => {})
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

async function listening<T extends Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function fetched(where: Server, url: string, tls: object | null, host = '127.0.0.1'): Promise<string> {
  const { port } = where.address() as AddressInfo
  const remote = { url, host, port, tls }
  const parsed = config.parse({ providers: [{ name: 'p', keys: { remote } }] }).providers[0]!.keys.remote!
  const server = keySetServer(parsed, undiciFetch as unknown as Fetch)
  try {
    return Buffer.from(await server.fetchSet()).toString()
  } catch (error) {
    return (error as Error).message
  } finally {
    server.close()
  }
}

test('the connection goes to host and port, and the URL says what is asked for', async () => {
  asked.length = 0
  assert.equal(await fetched(plain, 'http://keys.example.com:8443/a/keys?v=1', null), SET)
  assert.deepEqual(asked, ['GET /a/keys?v=1 keys.example.com:8443'])
})
test('the URL’s scheme does not decide about TLS', async () => {
  asked.length = 0
  assert.equal(await fetched(plain, 'https://keys.example.com/keys', null), SET)
  assert.equal(await fetched(secure, 'http://keys.example.com/keys', { ca: [authority.cert] }), SET)
  assert.deepEqual(asked, ['GET /keys keys.example.com', 'GET /keys keys.example.com'])
})
test('TLS believes the authorities that are named, and the name that is asked for', async () => {
  const url = 'https://keys.example.com/keys'
  assert.equal(await fetched(secure, url, { ca: [authority.cert], serverName: 'localhost' }), SET)
  assert.equal(await fetched(secure, url, { ca: [other.cert, authority.cert] }, 'localhost'), SET)
  assert.match(await fetched(secure, url, { ca: [other.cert] }), /could not be asked: unable to verify/)
  assert.match(await fetched(secure, url, {}), /could not be asked: unable to verify/)
  const wrongName = { ca: [authority.cert], serverName: 'keys.example.com' }
  assert.match(await fetched(secure, url, wrongName), /could not be asked: Hostname\/IP does not match/)
  assert.equal(await fetched(secure, url, { verify: false }), SET)
})
test('what is no whole answer of a bounded size is none', async () => {
  assert.equal(await fetched(plain, 'http://keys.test/moved', null), 'answered 302')
  assert.match(await fetched(plain, 'http://keys.test/endless', null), /^broke off: more than 1048576 bytes$/)
  assert.match(await fetched(plain, 'http://keys.test/cut', null), /^broke off: /)
})
test('nobody there', async () => {
  const gone = await listening(createServer())
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  const at = { address: () => ({ port }) } as unknown as Server
  assert.match(await fetched(at, 'http://keys.test/keys', null), /^could not be asked: connect ECONNREFUSED/)
})
