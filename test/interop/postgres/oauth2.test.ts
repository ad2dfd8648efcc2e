import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type Gateway, startGateway } from '../../../src/app.ts'
import { type PostgresServer, startPostgres } from './server.ts'

/** Two nodes on one PostgreSQL, and clients that try to use one thing twice. */
const loopback = { host: '127.0.0.1', port: 0 }
let server: PostgresServer
let nodes: Gateway[] = []

before(async () => {
  server = await startPostgres()
  const settings = {
    ...{ sources: [], store: server.url(), trustedIps: ['127.0.0.1'], accessLog: null },
    ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: null },
    ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
  }
  const log = { info() {}, warn() {}, error() {} }
  nodes = [await startGateway(settings, log), await startGateway(settings, log)]
  const grants = { enable_authorization_code: true, enable_password_grant: true }
  for (const [method, path, body] of [
    ['PUT', '/services/s', { url: 'http://127.0.0.1:9' }],
    ['PUT', '/services/s/routes/r', { paths: ['/'] }],
    ['PUT', '/consumers/bob', {}],
    ['POST', '/consumers/bob/oauth2', { name: 'app', ...CLIENT, redirect_uris: ['https://app.example/'] }],
    ['POST', '/services/s/plugins', { name: 'request-termination', config: { status_code: 299 } }],
    [
      'POST',
      '/services/s/plugins',
      { name: 'oauth2', config: { ...grants, provision_key: 'p', accept_http_if_already_terminated: true } },
    ],
  ] as const) {
    const answer = await fetch(`http://127.0.0.1:${nodes[0]!.ports.admin}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.ok(answer.ok, `${path}: ${await answer.text()}`)
  }
})
after(async () => {
  for (const node of nodes) await node.stop(1000)
  await server.remove()
})

const CLIENT = { client_id: 'app', client_secret: 'secret' }

async function post(node: Gateway, path: string, form: Record<string, string>) {
  const answer = await fetch(`http://127.0.0.1:${node.ports.http}${path}`, {
    method: 'POST',
    headers: { 'x-forwarded-proto': 'https' },
    body: new URLSearchParams(form),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> }
}

async function call(node: Gateway, token: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${node.ports.http}/`, { headers: { authorization: `Bearer ${token}` } })
  await answer.text()
  return answer.status
}

/** Asks until a node has heard what the other one wrote; the store tells it within milliseconds. */
async function known(ask: () => Promise<number>, status: number): Promise<void> {
  const started = performance.now()
  while ((await ask()) !== status) assert.ok(performance.now() - started < 20_000, `no ${status}`)
}

const password = { ...CLIENT, grant_type: 'password', provision_key: 'p', authenticated_userid: 'u' }

/** A token of the first node that the second one knows: whatever was written before it, it knows too. */
async function caughtUp(): Promise<{ access_token: string; refresh_token: string }> {
  const { status, body } = await post(nodes[0]!, '/oauth2/token', password)
  assert.equal(status, 200)
  await known(() => call(nodes[1]!, body['access_token']!), 299)
  return body as { access_token: string; refresh_token: string }
}

/** Fifty at once, on both nodes in turn. @returns how many got which status. */
async function fifty(form: Record<string, string>) {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(nodes[n % 2]!, '/oauth2/token', form)))
  return {
    good: answers.filter(({ status }) => status === 200).length,
    refused: answers.filter(({ status }) => status === 400).length,
  }
}

it('a code that comes to both nodes at once is good once', async () => {
  await known(async () => (await post(nodes[1]!, '/oauth2/token', password)).status, 200)
  const consent = { client_id: 'app', response_type: 'code', provision_key: 'p', authenticated_userid: 'u' }
  const { body } = await post(nodes[0]!, '/oauth2/authorize', consent)
  const code = new URL(body['redirect_uri']!).searchParams.get('code')!
  await caughtUp()
  assert.deepEqual(await fifty({ ...CLIENT, grant_type: 'authorization_code', code }), { good: 1, refused: 49 })
})

it('and so is a refresh token', async () => {
  const { refresh_token } = await caughtUp()
  assert.deepEqual(await fifty({ ...CLIENT, grant_type: 'refresh_token', refresh_token }), { good: 1, refused: 49 })
})

it('a token that is taken back at one node is refused by the other soon', async () => {
  const { access_token } = await caughtUp()
  await fetch(`http://127.0.0.1:${nodes[1]!.ports.admin}/oauth2_tokens/${access_token}`, { method: 'DELETE' })
  assert.equal(await call(nodes[1]!, access_token), 401)
  await known(() => call(nodes[0]!, access_token), 401)
})
