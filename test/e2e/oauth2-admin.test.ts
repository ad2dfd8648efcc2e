import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BadConfiguration, type Gateway, startGateway } from '../../src/app.ts'

/** Clients and tokens over the Admin API, and in configuration files. */
const loopback = { host: '127.0.0.1', port: 0 }
const folder = mkdtempSync(join(tmpdir(), 'sallyport-oauth2-admin-'))
const settings = {
  ...{ sources: [] as string[], store: 'memory', trustedIps: [], accessLog: null },
  ...{ proxyHttp: loopback, proxyHttps: loopback, admin: loopback, status: null },
  ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
}
const errors: { fields: Record<string, unknown>; message: string }[] = []
const log = {
  info() {},
  warn() {},
  error: (fields: Record<string, unknown>, message: string) => void errors.push({ fields, message }),
}
let gateway: Gateway

before(async () => {
  gateway = await startGateway(settings, log)
  await send('PUT', '/consumers/bob', {})
  await send('PUT', '/consumers/eve', {})
  await send('PUT', '/services/s', { url: 'http://127.0.0.1:9' })
})
after(async () => {
  await gateway.stop(1000)
  rmSync(folder, { recursive: true, force: true })
})

async function send(method: string, path: string, body?: object) {
  const answer = await fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely
  return { status: answer.status, json: (text === '' ? null : JSON.parse(text)) as any }
}
const RANDOM = /^[A-Za-z0-9]{32}$/

test('a client is made with defaults, and an id and a secret of its own', async () => {
  const { status, json } = await send('POST', '/consumers/bob/oauth2', { name: 'App' })
  assert.equal(status, 201)
  const { id, created_at, client_id, client_secret, consumer, ...rest } = json
  assert.ok(typeof id === 'string' && typeof created_at === 'number' && typeof consumer.id === 'string')
  assert.match(client_id, RANDOM)
  assert.match(client_secret, RANDOM)
  assert.deepEqual(rest, {
    ...{ name: 'App', redirect_uris: null, hash_secret: false, client_type: 'confidential', tags: null },
  })
})

const client = (client_id: string, more: object = {}) =>
  send('POST', '/consumers/bob/oauth2', { name: 'n', client_id, ...more })

test('a client is found under its consumer, by itself, and with its consumer', async () => {
  const { json } = await client('found')
  for (const path of ['/oauth2/found', `/oauth2/${json.id}`, '/consumers/bob/oauth2/found']) {
    assert.equal((await send('GET', path)).json.id, json.id, path)
  }
  assert.equal((await send('GET', '/oauth2/found/consumer')).json.username, 'bob')
  assert.equal((await send('GET', '/consumers/eve/oauth2/found')).status, 404)
  assert.ok((await send('GET', '/oauth2?size=1000')).json.data.some((row: { id: string }) => row.id === json.id))
  assert.equal((await send('PUT', '/oauth2/found', { name: 'other', consumer: json.consumer })).json.id, json.id)
})

test('a secret is hashed when it is to be, and stays as it is when something else changes', async () => {
  const { json } = await client('hashed', { client_secret: 'plain', hash_secret: true })
  assert.match(json.client_secret, /^\$pbkdf2-sha512\$i=10000,l=32\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal((await send('PATCH', '/oauth2/hashed', { name: 'x' })).json.client_secret, json.client_secret)
  const alone = await send('PATCH', '/oauth2/hashed', { hash_secret: true })
  assert.deepEqual(alone.json.fields, {
    '@entity': ["all or none of these fields must be set: 'hash_secret', 'client_secret'"],
  })
  const both = await send('PATCH', '/oauth2/hashed', { hash_secret: true, client_secret: 'new' })
  assert.notEqual(both.json.client_secret, json.client_secret)
  const moved = await send('PUT', '/consumers/bob/oauth2/hashed', {
    name: 'x',
    client_secret: json.client_secret,
    hash_secret: true,
  })
  assert.equal(moved.json.client_secret, json.client_secret)
})

const badClients: [body: object, fields: object][] = [
  [{}, { name: 'required field missing' }],
  [{ name: 'n', redirect_uris: 'x' }, { redirect_uris: 'expected an array' }],
  [{ name: 'n', redirect_uris: ['not-valid'] }, { redirect_uris: ["cannot parse 'not-valid'"] }],
  [
    { name: 'n', redirect_uris: ['https://a.test/#x'] },
    { redirect_uris: ["fragment not allowed in 'https://a.test/#x'"] },
  ],
  [
    { name: 'n', redirect_uris: ['https://a.test', 'https://a.test/#'] },
    { redirect_uris: [null, "fragment not allowed in 'https://a.test/#'"] },
  ],
  [{ name: 'n', client_type: 'other' }, { client_type: 'expected one of: confidential, public' }],
  [{ name: 'n', hash_secret: 'yes' }, { hash_secret: 'expected a boolean' }],
]
for (const [body, fields] of badClients) {
  test(`a client ${JSON.stringify(body)} is refused`, async () => {
    const { status, json } = await send('POST', '/consumers/bob/oauth2', body)
    assert.deepEqual([status, json.code, json.fields], [400, 2, fields])
  })
}

test('a client id is taken once', async () => {
  await client('taken')
  const { status, json } = await send('POST', '/consumers/eve/oauth2', { name: 'n', client_id: 'taken' })
  assert.equal(status, 409)
  assert.deepEqual(json.fields, { client_id: 'taken' })
  assert.equal(json.message, `UNIQUE violation detected on '{client_id="taken"}'`)
})

test('a token is made, found by itself and under client and service, changed and taken back', async () => {
  const { json: app } = await client('tokens')
  const { json: service } = await send('GET', '/services/s')
  const { status, json } = await send('POST', '/oauth2_tokens', {
    ...{ credential: { id: app.id }, service: { id: service.id }, expires_in: 10, scope: 'email', ttl: 100 },
  })
  assert.equal(status, 201, JSON.stringify(json))
  const { id, created_at, access_token, ttl, ...rest } = json
  assert.ok(typeof created_at === 'number' && ttl > 90)
  assert.match(access_token, RANDOM)
  assert.deepEqual(rest, {
    ...{ credential: { id: app.id }, service: { id: service.id }, token_type: 'bearer', expires_in: 10 },
    ...{ refresh_token: null, authenticated_userid: null, scope: 'email' },
  })
  for (const path of [
    `/oauth2_tokens/${access_token}`,
    `/oauth2_tokens/${id}`,
    `/oauth2/tokens/oauth2_tokens/${access_token}`,
  ]) {
    assert.equal((await send('GET', path)).json.id, id, path)
  }
  for (const path of ['/oauth2/tokens/oauth2_tokens', '/services/s/oauth2_tokens']) {
    assert.deepEqual(
      (await send('GET', path)).json.data.map((row: { id: string }) => row.id),
      [id],
      path,
    )
  }
  assert.equal((await send('GET', `/oauth2_tokens/${id}/credential`)).json.client_id, 'tokens')
  assert.equal((await send('GET', `/oauth2_tokens/${id}/service`)).json.name, 's')
  assert.equal((await send('PATCH', `/oauth2_tokens/${access_token}`, { expires_in: 20 })).json.expires_in, 20)
  assert.equal(
    (await send('PUT', '/oauth2_tokens/a-token', { credential: { id: app.id }, expires_in: 5 })).json.access_token,
    'a-token',
  )
  assert.equal(
    (await send('POST', '/oauth2/tokens/oauth2_tokens', { expires_in: 5, refresh_token: 'again' })).status,
    201,
  )
  const twice = await send('POST', '/oauth2/tokens/oauth2_tokens', { expires_in: 5, refresh_token: 'again' })
  assert.deepEqual([twice.status, twice.json.fields], [409, { refresh_token: 'again' }])
  assert.equal((await send('DELETE', `/oauth2_tokens/${access_token}`)).status, 204)
  assert.equal((await send('GET', `/oauth2_tokens/${access_token}`)).status, 404)
  assert.equal((await send('DELETE', '/oauth2/tokens')).status, 204)
  assert.equal((await send('GET', '/oauth2_tokens/a-token')).status, 404)
})

const NOBODY = '99999999-9999-4999-8999-999999999999'
const badTokens: [body: object, code: number, fields: object][] = [
  [{}, 2, { credential: 'required field missing', expires_in: 'required field missing' }],
  [{ credential: { id: 'foo' }, expires_in: 1 }, 2, { credential: { id: 'expected a valid UUID' } }],
  [{ credential: { id: NOBODY }, expires_in: 1 }, 4, { credential: { id: NOBODY } }],
  [{ credential: { id: NOBODY }, expires_in: 1.5 }, 2, { expires_in: 'expected an integer' }],
  [{ credential: { id: NOBODY }, expires_in: 1, token_type: 'mac' }, 2, { token_type: 'expected one of: bearer' }],
  [{ credential: { id: NOBODY }, expires_in: 1, tags: ['x'] }, 2, { tags: 'unknown field' }],
]
for (const [body, code, fields] of badTokens) {
  test(`a token ${JSON.stringify(body)} is refused`, async () => {
    const { status, json } = await send('POST', '/oauth2_tokens', body)
    assert.deepEqual([status, json.code, json.fields], [400, code, fields])
  })
}

test('codes are nobody else’s business', async () => {
  for (const path of ['/oauth2_authorization_codes', '/oauth2/found/oauth2_authorization_codes']) {
    assert.equal((await send('GET', path)).status, 404, path)
  }
})

const GRANTS = 'enable_authorization_code, enable_implicit_grant, enable_client_credentials, enable_password_grant'
const badUses: [config: object, problem: unknown][] = [
  [{}, `at least one of these fields must be true: ${GRANTS}`],
  [
    { enable_implicit_grant: true, mandatory_scope: true },
    {
      '@entity': ["failed conditional validation given value of field 'mandatory_scope'"],
      scopes: 'required field missing',
    },
  ],
  [{ enable_implicit_grant: true, pkce: 'much' }, { pkce: 'expected one of: none, lax, strict' }],
  [
    { enable_implicit_grant: true, refresh_token_ttl: -1 },
    { refresh_token_ttl: 'value should be between 0 and 100000000' },
  ],
]
for (const [config, problem] of badUses) {
  test(`a use ${JSON.stringify(config)} is refused`, async () => {
    const { status, json } = await send('POST', '/plugins', { name: 'oauth2', config })
    assert.deepEqual([status, json.fields], [400, { config: problem }])
  })
}

test('a use is made with Kong’s defaults, and a provision key of its own', async () => {
  const { status, json } = await send('POST', '/services/s/plugins', {
    name: 'oauth2',
    config: { enable_implicit_grant: true },
  })
  assert.equal(status, 201)
  const { provision_key, ...config } = json.config
  assert.match(provision_key, RANDOM)
  assert.deepEqual(config, {
    ...{ scopes: null, mandatory_scope: false, token_expiration: 7200, enable_authorization_code: false },
    ...{ enable_implicit_grant: true, enable_client_credentials: false, enable_password_grant: false },
    ...{ hide_credentials: false, accept_http_if_already_terminated: false, anonymous: null },
    ...{ global_credentials: false, auth_header_name: 'authorization', refresh_token_ttl: 1_209_600 },
    ...{ reuse_refresh_token: false, pkce: 'lax', realm: null },
  })
  const onConsumer = await send('POST', '/consumers/bob/plugins', {
    name: 'oauth2',
    config: { enable_implicit_grant: true },
  })
  assert.deepEqual([onConsumer.status, onConsumer.json.fields], [400, { consumer: 'value must be null' }])
})

// --- configuration files -------------------------------------------------------------------------------------------

const FILE = `
_format_version: "3.0"
services:
  - name: s
    url: http://127.0.0.1:9
    routes:
      - name: r
        paths: [/]
        plugins:
          - name: oauth2
            config: { enable_client_credentials: true, global_credentials: true, provision_key: p }
          - name: request-termination
            config: { status_code: 299 }
consumers:
  - username: bob
    oauth2_credentials:
      - name: app
        client_id: app
        client_secret: secret
        oauth2_tokens:
          - access_token: from-a-file
            expires_in: 0
`

test('clients and tokens of a file are good; new ones are refused, and the log says why', async () => {
  const file = join(folder, 'kong.yaml')
  writeFileSync(file, FILE)
  const own = await startGateway(
    { ...settings, sources: [`kong:${file}`], admin: null, trustedIps: ['127.0.0.1'] },
    log,
  )
  try {
    const url = `http://127.0.0.1:${own.ports.http}`
    const call = async (token: string) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status
    assert.deepEqual([await call('from-a-file'), await call('x')], [299, 401])
    writeFileSync(file, FILE.replace('provision_key: p', 'provision_key: p, accept_http_if_already_terminated: true'))
    own.reload()
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'app', client_secret: 'secret' })
    const ask = () => fetch(`${url}/oauth2/token`, { method: 'POST', body, headers: { 'x-forwarded-proto': 'https' } })
    const answers = [await ask(), await ask()]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503],
    )
    assert.deepEqual(await answers[0]!.json(), {
      error: 'temporarily_unavailable',
      error_description: 'Tokens cannot be stored now',
    })
    const said = errors.filter(({ message }) => message.includes('a file takes none'))
    assert.deepEqual(
      said.map(({ fields }) => [fields['source'], fields['kind']]),
      [[file, 'oauth2_tokens']],
    )
  } finally {
    await own.stop(1000)
  }
})

test('a file with a bad client is refused, with line and place', async () => {
  const file = join(folder, 'bad.yaml')
  writeFileSync(
    file,
    FILE.replace('expires_in: 0', 'expires_in: soon').replace(
      'client_id: app',
      'client_id: app\n        redirect_uris: [x]',
    ),
  )
  await assert.rejects(startGateway({ ...settings, sources: [`kong:${file}`] }, log), (error: unknown) => {
    assert.ok(error instanceof BadConfiguration)
    assert.match(
      error.message,
      /bad\.yaml:19: consumers\[0\]\.oauth2_credentials\[0\]\.redirect_uris\[0\]: cannot parse 'x'/,
    )
    assert.match(error.message, /oauth2_tokens\[0\]\.expires_in: expected an integer/)
    return true
  })
})
