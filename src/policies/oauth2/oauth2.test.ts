import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { HashQueue } from '../../identity/password/hash-queue.ts'
import { pbkdf2Sha512 } from '../../identity/password/pbkdf2-sha512.ts'
import { SecretChecks } from '../../identity/password/secret-checks.ts'
import type { RouteInfo } from '../../policy/exchange.ts'
import { Registry } from '../../policy/registry.ts'
import {
  compilePolicy,
  FakeClock,
  FakeDirectory,
  FakeEntities,
  FakeExchange,
  type FakeRequest,
  inWords,
} from '../../policy/test-kit.ts'
import type { Denied, Verdict } from '../../policy/verdict.ts'
import { oauth2 } from './handler.ts'
import { clients, codes, tokens } from './schema.ts'

const REDIRECT = 'https://app.test/cb'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = hash('sha256', VERIFIER, 'base64url')
const ALL = {
  enable_authorization_code: true,
  enable_implicit_grant: true,
  enable_client_credentials: true,
  enable_password_grant: true,
  provision_key: 'provision',
}
const route = (service: string | null): RouteInfo => ({
  ...{ id: 'r', name: 'r' },
  service: service === null ? null : { id: service, name: service },
})

interface Asked extends FakeRequest {
  /** Parameters of a form. */
  readonly form?: Readonly<Record<string, string>> | string
  readonly json?: object
}
type Answer = {
  readonly said: string
  readonly body: Record<string, unknown>
  readonly headers: Record<string, string>
}

/** A gateway with clients of each sort. Every use shares directory and registry, as those of one source do. */
function gateway() {
  const clock = new FakeClock()
  const directory = new FakeDirectory()
  const store = new FakeEntities([clients, codes, tokens], directory, clock)
  const registry = new Registry()
  const bob = directory.addConsumer({ username: 'bob' })
  const client = (client_id: string, more: object = {}) => {
    const fields = { client_id, client_secret: 'secret', hash_secret: false, redirect_uris: [REDIRECT], ...more }
    return directory.addCredential(clients.kind, client_id, { client_type: 'confidential', ...fields }, bob)
  }
  const app = client('app')
  client('other')
  client('two', { redirect_uris: ['https://two.test/?a=1', REDIRECT] })
  client('service', { redirect_uris: null })
  client('phone', { client_type: 'public' })
  client('odd:id', { client_secret: 'a+b c:d%' })
  client('hashed', { client_secret: pbkdf2Sha512.hash('secret'), hash_secret: true })

  const use = (config: object = {}, useId = 'use-1') =>
    compilePolicy(oauth2, { ...ALL, ...config }, { directory, registry, clock, entities: store.entities, useId })

  function exchangeOf({ form, json, ...request }: Asked): FakeExchange {
    const type =
      form === undefined ? (json === undefined ? {} : 'application/json') : 'application/x-www-form-urlencoded'
    const body = form === undefined ? JSON.stringify(json) : new URLSearchParams(form).toString()
    return new FakeExchange({
      ...{ scheme: 'https', route: route('s'), now: clock.time },
      ...(typeof type === 'string' && { method: 'POST', body }),
      ...request,
      headers: { ...(typeof type === 'string' && { 'content-type': type }), ...request.headers },
    })
  }

  /** What the use answers, or who it finds; the endpoint first, as the pipeline does. */
  async function ask(policy: ReturnType<typeof use>, request: Asked) {
    const exchange = exchangeOf(request)
    const verdict: Verdict = await (policy.endpoint?.(exchange) ?? policy.request!(exchange))
    return { ...answerOf(verdict), exchange, verdict }
  }

  const post =
    (path: string) =>
    (form: Record<string, string>, config: object = {}, request: Asked = {}) =>
      ask(use(config), { path, form, ...request })
  const authorize = post('/oauth2/authorize')
  const token = post('/oauth2/token')

  /** A code for `app`, or another client. */
  async function code(params: Record<string, string> = {}, config: object = {}): Promise<string> {
    const { body } = await authorize({ ...CONSENT, ...params }, config)
    return new URL(String(body['redirect_uri'])).searchParams.get('code')!
  }
  return { clock, directory, store, registry, bob, app, use, ask, authorize, token, code }
}

function answerOf(verdict: Verdict): Answer {
  const said = inWords(verdict)
  if (verdict.kind === 'answered') {
    return { said, body: JSON.parse(String(verdict.answer.body)), headers: lower(verdict.answer.headers) }
  }
  if (verdict.kind !== 'denied') return { said, body: {}, headers: {} }
  const { fields = {}, headers = [], challenge } = verdict.detail
  return { said, body: fields, headers: { ...lower(headers), ...(challenge && { 'www-authenticate': challenge }) } }
}
const lower = (headers: readonly (readonly [string, string])[]) =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))

const CONSENT = {
  ...{ client_id: 'app', response_type: 'code', provision_key: 'provision', authenticated_userid: 'user-1' },
}
const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }
const without = (form: Record<string, string>, name: string) => {
  return Object.fromEntries(Object.entries(form).filter(([key]) => key !== name))
}

// --- the authorization endpoint ------------------------------------------------------------------------------------

const SCOPED = { scopes: ['email', 'profile'] }
const MUST = { ...SCOPED, mandatory_scope: true }
type Row = [
  sentence: string,
  config: object,
  form: Record<string, string>,
  said: string,
  error: string,
  description: string,
]
const plain: Row[] = [
  [
    'another provision key',
    {},
    { ...CONSENT, provision_key: 'x' },
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'no provision key',
    {},
    without(CONSENT, 'provision_key'),
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'a use without a provision key',
    { provision_key: null },
    CONSENT,
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'no user',
    {},
    without(CONSENT, 'authenticated_userid'),
    '400 userid-missing',
    'invalid_authenticated_userid',
    'Missing authenticated_userid parameter',
  ],
  [
    'a user of blanks',
    {},
    { ...CONSENT, authenticated_userid: '  ' },
    '400 userid-missing',
    'invalid_authenticated_userid',
    'Missing authenticated_userid parameter',
  ],
  [
    'an unknown client',
    {},
    { ...CONSENT, client_id: 'x' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'no client',
    {},
    without(CONSENT, 'client_id'),
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a client of nothing',
    {},
    { ...CONSENT, client_id: '' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a client without redirect URIs',
    {},
    { ...CONSENT, client_id: 'service' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a bad client behind a bad response type',
    {},
    { ...CONSENT, client_id: 'x', response_type: 'x' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
]
for (const [sentence, config, form, said, error, description] of plain) {
  test(`authorize, ${sentence}: ${said}, told to the caller`, async () => {
    const answer = await gateway().authorize({ ...form, state: 'st' }, config)
    assert.equal(answer.said, said)
    assert.deepEqual(answer.body, { error, error_description: description, state: 'st' })
    assert.deepEqual(answer.headers, NO_STORE)
  })
}

const UNREGISTERED = 'Invalid redirect_uri that does not match with any redirect_uri created with the application'
const PUBLIC = 'code_challenge is required for public clients'
const CONFIDENTIAL = 'code_challenge is required for confidential clients'
const S256 = 'code_challenge_method is not supported, must be S256'
const redirected: Row[] = [
  [
    'no response type',
    {},
    without(CONSENT, 'response_type'),
    '400 response-type-invalid',
    'unsupported_response_type',
    'Invalid response_type',
  ],
  [
    'codes not enabled',
    { enable_authorization_code: false },
    CONSENT,
    '400 response-type-invalid',
    'unsupported_response_type',
    'Invalid response_type',
  ],
  [
    'tokens not enabled',
    { enable_implicit_grant: false },
    { ...CONSENT, response_type: 'token' },
    '400 response-type-invalid',
    'unsupported_response_type',
    'Invalid response_type',
  ],
  [
    'an unknown scope',
    SCOPED,
    { ...CONSENT, scope: 'email wat' },
    '400 scope-unknown',
    'invalid_scope',
    '"wat" is an invalid scope',
  ],
  ['no scope where one is needed', MUST, CONSENT, '400 scope-missing', 'invalid_scope', 'You must specify a scope'],
  [
    'a scope of blanks where one is needed',
    MUST,
    { ...CONSENT, scope: ' ' },
    '400 scope-missing',
    'invalid_scope',
    'You must specify a scope',
  ],
  [
    'a bad scope behind a bad response type',
    SCOPED,
    { ...CONSENT, response_type: 'x', scope: 'wat' },
    '400 scope-unknown',
    'invalid_scope',
    '"wat" is an invalid scope',
  ],
  [
    'an unregistered redirect URI',
    {},
    { ...CONSENT, redirect_uri: 'https://evil.test/' },
    '400 redirect-unregistered',
    'invalid_request',
    UNREGISTERED,
  ],
  [
    'a redirect URI with more than is registered',
    {},
    { ...CONSENT, redirect_uri: `${REDIRECT}/x` },
    '400 redirect-unregistered',
    'invalid_request',
    UNREGISTERED,
  ],
  [
    'a bad redirect URI behind a bad scope',
    SCOPED,
    { ...CONSENT, scope: 'wat', redirect_uri: 'x' },
    '400 redirect-unregistered',
    'invalid_request',
    UNREGISTERED,
  ],
  [
    'a method without challenge',
    {},
    { ...CONSENT, code_challenge_method: 'S256' },
    '400 challenge-missing',
    'invalid_request',
    'code_challenge is required when code_method is present',
  ],
  [
    'an empty challenge',
    {},
    { ...CONSENT, code_challenge_method: 'S256', code_challenge: '' },
    '400 challenge-missing',
    'invalid_request',
    'code_challenge is required when code_method is present',
  ],
  [
    'another method',
    {},
    { ...CONSENT, code_challenge_method: 'plain', code_challenge: CHALLENGE },
    '400 challenge-method-unknown',
    'invalid_request',
    S256,
  ],
  [
    'a challenge without method',
    {},
    { ...CONSENT, code_challenge: CHALLENGE },
    '400 challenge-method-unknown',
    'invalid_request',
    S256,
  ],
  [
    'a public client without challenge (lax)',
    {},
    { ...CONSENT, client_id: 'phone' },
    '400 challenge-required-public',
    'invalid_request',
    PUBLIC,
  ],
  [
    'a public client without challenge (strict)',
    { pkce: 'strict' },
    { ...CONSENT, client_id: 'phone' },
    '400 challenge-required-public',
    'invalid_request',
    PUBLIC,
  ],
  [
    'a confidential client without challenge (strict)',
    { pkce: 'strict' },
    CONSENT,
    '400 challenge-required-confidential',
    'invalid_request',
    CONFIDENTIAL,
  ],
  [
    'a bad challenge behind a bad redirect URI',
    {},
    { ...CONSENT, redirect_uri: 'x', client_id: 'phone' },
    '400 challenge-required-public',
    'invalid_request',
    PUBLIC,
  ],
]
for (const [sentence, config, form, said, error, description] of redirected) {
  test(`authorize, ${sentence}: ${said}, told by way of the browser`, async () => {
    const answer = await gateway().authorize({ ...form, state: 'a b&c' }, config)
    assert.equal(answer.said, said)
    const query = `error=${error}&error_description=${encodeURIComponent(description)}&state=a%20b%26c`
    assert.deepEqual(answer.body, { redirect_uri: `${REDIRECT}?${query}` })
    assert.deepEqual(answer.headers, NO_STORE)
  })
}

test('a scope, a redirect URI and a challenge that are lists', async () => {
  const { ask, use } = gateway()
  const answers: string[] = []
  for (const more of [
    { scope: ['email'] },
    { redirect_uri: [REDIRECT] },
    { code_challenge: ['x'], code_challenge_method: 'S256' },
  ]) {
    answers.push((await ask(use(SCOPED), { path: '/oauth2/authorize', json: { ...CONSENT, ...more } })).said)
  }
  assert.deepEqual(answers, ['400 scope-not-text', '400 redirect-unregistered', '400 challenge-missing'])
})

test('a code is given, and only a digest of it kept, for 300 seconds', async () => {
  const { authorize, store, clock, app } = gateway()
  const { said, body, headers } = await authorize({ ...CONSENT, state: 'st', scope: 'email  profile' }, SCOPED)
  assert.equal(said, 'answered 200')
  assert.deepEqual(headers, { ...NO_STORE, 'content-type': 'application/json; charset=utf-8' })
  const [, code] = /^https:\/\/app\.test\/cb\?code=([A-Za-z0-9]{32})&state=st$/.exec(String(body['redirect_uri'])) ?? []
  assert.ok(code)
  const [row] = store.rows(codes.kind)
  assert.deepEqual(row?.fields, {
    ...{ credential: { id: app.id }, service: { id: 's' }, plugin: { id: 'use-1' } },
    ...{ code: hash('sha256', code, 'base64url'), authenticated_userid: 'user-1', scope: 'email profile' },
    ...{ challenge: null, challenge_method: null },
  })
  assert.equal(row?.expiresAt, clock.time + 300_000)
})

test('a token is given in the fragment, without a refresh token', async () => {
  const { authorize, store } = gateway()
  const { body } = await authorize({ ...CONSENT, response_type: 'token', state: 'st' })
  assert.match(
    String(body['redirect_uri']),
    /^https:\/\/app\.test\/cb#access_token=[A-Za-z0-9]{32}&expires_in=7200&state=st&token_type=bearer$/,
  )
  assert.deepEqual([store.rows(tokens.kind).length, store.rows(tokens.kind)[0]?.fields['refresh_token']], [1, null])
})

const goodConsents: [sentence: string, config: object, form: Record<string, string>, start: string][] = [
  ['the first redirect URI, when none is named', {}, { ...CONSENT, client_id: 'two' }, 'https://two.test/?a=1&code='],
  ['the one that is named', {}, { ...CONSENT, client_id: 'two', redirect_uri: REDIRECT }, `${REDIRECT}?code=`],
  ['scopes that nobody looks at', {}, { ...CONSENT, scope: 'wat' }, `${REDIRECT}?code=`],
  [
    'a public client without challenge, where none is needed',
    { pkce: 'none' },
    { ...CONSENT, client_id: 'phone' },
    `${REDIRECT}?code=`,
  ],
  [
    'a challenge, its method in small letters',
    { pkce: 'strict' },
    { ...CONSENT, code_challenge: CHALLENGE, code_challenge_method: 's256' },
    `${REDIRECT}?code=`,
  ],
  [
    'a public client with a token for a code',
    {},
    { ...CONSENT, client_id: 'phone', response_type: 'token' },
    `${REDIRECT}#access_token=`,
  ],
]
for (const [sentence, config, form, start] of goodConsents) {
  test(`authorize, ${sentence}: 200`, async () => {
    const { said, body } = await gateway().authorize(form, config)
    assert.equal(said, 'answered 200')
    assert.ok(String(body['redirect_uri']).startsWith(start), String(body['redirect_uri']))
  })
}

// --- transport, method and path, alike for both endpoints ----------------------------------------------------------

const terminated = { accept_http_if_already_terminated: true }
const https = { 'x-forwarded-proto': 'https' }
const transports: [sentence: string, config: object, request: FakeRequest, problem: string | null][] = [
  ['plain HTTP', {}, {}, 'You must use HTTPS'],
  [
    'plain HTTP from a trusted proxy, not to be believed',
    {},
    { peerTrusted: true, headers: https },
    'You must use HTTPS',
  ],
  ['plain HTTP from nobody in particular', terminated, { headers: https }, 'You must use HTTPS'],
  ['a trusted proxy that says nothing', terminated, { peerTrusted: true }, 'You must use HTTPS'],
  [
    'a trusted proxy that says http',
    terminated,
    { peerTrusted: true, headers: { 'x-forwarded-proto': 'http' } },
    'You must use HTTPS',
  ],
  [
    'a trusted proxy that says both',
    terminated,
    { peerTrusted: true, headers: { 'x-forwarded-proto': ['https', 'https'] } },
    'Only one X-Forwarded-Proto header allowed',
  ],
  [
    'a trusted proxy that says https',
    terminated,
    { peerTrusted: true, headers: { 'x-forwarded-proto': 'HTTPS' } },
    null,
  ],
]
for (const [sentence, config, request, problem] of transports) {
  test(`${sentence}: ${problem ?? 'accepted'}`, async () => {
    const { ask, use, store } = gateway()
    const policy = use({ ...config, introspection: true })
    for (const path of ['/oauth2/authorize', '/oauth2/token', '/oauth2/introspect']) {
      const form = { ...CONSENT, ...CLIENT, grant_type: 'client_credentials', token: 'x' }
      const { said, body } = await ask(policy, {
        path,
        ...request,
        scheme: 'http',
        form,
        headers: { ...request.headers, ...FORM },
      })
      const wanted =
        problem === null ? 'answered 200' : problem.startsWith('Only') ? '400 proto-several' : '400 https-required'
      assert.equal(said, wanted, path)
      if (problem !== null) assert.deepEqual(body, { error: 'access_denied', error_description: problem })
    }
    if (problem !== null) assert.deepEqual(store.writes, [])
  })
}

test('endpoints are the ends of paths, with one slash behind them at most, and take POST only', async () => {
  const { ask, use } = gateway()
  for (const path of ['/oauth2/token', '/api/oauth2/token/', '/a/b/oauth2/token']) {
    assert.equal(
      (await ask(use(), { path, form: { ...CLIENT, grant_type: 'client_credentials' } })).said,
      'answered 200',
    )
  }
  for (const path of ['/oauth2/token//', '/oauth2/tokens', '/oauth2/token/x', '/xoauth2/token', '/oauth2/introspect']) {
    assert.equal((await ask(use(), { path, form: CLIENT })).said, '401 token-missing', path)
  }
  for (const [path, name] of [
    ['/oauth2/token', 'token'],
    ['/oauth2/authorize/', 'authorization'],
  ] as const) {
    for (const realm of [null, 'R']) {
      const { said, body, headers } = await ask(use({ realm }), { path, method: 'PUT' })
      const description = `The HTTP method PUT is invalid for the ${name} endpoint`
      assert.equal(said, '405 method-invalid')
      assert.deepEqual(body, { error: 'invalid_method', error_description: description })
      const start = realm === null ? 'Bearer' : 'Bearer realm="R"'
      const challenge = `${start} error="invalid_method" error_description="${description}"`
      assert.deepEqual(headers, { ...NO_STORE, 'www-authenticate': challenge })
    }
  }
})

// --- the token endpoint --------------------------------------------------------------------------------------------

const CLIENT = { client_id: 'app', client_secret: 'secret' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const basic = (text: string) => ({
  headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}`, ...FORM },
})
const OWN = { grant_type: 'client_credentials' }
const OWN_APP = { ...CLIENT, ...OWN }
const PASSWORD = { ...CLIENT, grant_type: 'password', provision_key: 'provision', authenticated_userid: 'user-1' }
const CODE = { ...CLIENT, grant_type: 'authorization_code', code: 'x' }

const refusedTokens: [...Row, request?: Asked][] = [
  ['no grant', {}, CLIENT, '400 grant-invalid', 'unsupported_grant_type', 'Invalid grant_type'],
  [
    'an unknown grant',
    {},
    { ...CLIENT, grant_type: 'implicit' },
    '400 grant-invalid',
    'unsupported_grant_type',
    'Invalid grant_type',
  ],
  [
    'client credentials not enabled',
    { enable_client_credentials: false },
    OWN_APP,
    '400 grant-invalid',
    'unsupported_grant_type',
    'Invalid grant_type',
  ],
  [
    'passwords not enabled',
    { enable_password_grant: false },
    PASSWORD,
    '400 grant-invalid',
    'unsupported_grant_type',
    'Invalid grant_type',
  ],
  [
    'an unknown client',
    {},
    { ...CODE, client_id: 'x' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  ['no client at all', {}, OWN, '400 client-wrong', 'invalid_client', 'Invalid client authentication'],
  [
    'another secret',
    {},
    { ...OWN_APP, client_secret: 'x' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'an empty secret',
    {},
    { ...OWN_APP, client_secret: '' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a confidential client without secret',
    {},
    { ...OWN, client_id: 'app' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a bad client behind a bad grant',
    {},
    { client_id: 'app' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'another secret, against a hash',
    {},
    { ...OWN, client_id: 'hashed', client_secret: 'x' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'the hash itself',
    {},
    { ...OWN, client_id: 'hashed', client_secret: '$pbkdf2-sha512$i=10000,l=32$' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'an unknown client in the header',
    {},
    CODE_ONLY(),
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    basic('x:secret'),
  ],
  [
    'another secret in the header',
    {},
    CODE_ONLY(),
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    basic('app:x'),
  ],
  [
    'a header without secret',
    {},
    CODE_ONLY(),
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    basic('app'),
  ],
  [
    'a header of another sort',
    {},
    CODE_ONLY(),
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    { headers: { authorization: 'Bearer x', ...FORM } },
  ],
  [
    'an unknown client in the header, for itself',
    {},
    OWN,
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
    basic('x:secret'),
  ],
  [
    'another secret in the header, for itself',
    {},
    OWN,
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    basic('app:x'),
  ],
  [
    'a client without redirect URIs',
    {},
    { ...CODE, client_id: 'service' },
    '400 client-wrong',
    'invalid_client',
    'Invalid client authentication',
  ],
  [
    'a client without redirect URIs in the header',
    {},
    CODE_ONLY(),
    '401 client-wrong-in-header',
    'invalid_client',
    'Invalid client authentication',
    basic('service:secret'),
  ],
  [
    'an unregistered redirect URI',
    {},
    { ...CODE, redirect_uri: 'https://evil.test/' },
    '400 redirect-unregistered',
    'invalid_request',
    UNREGISTERED,
  ],
  [
    'a public client with a secret',
    {},
    { ...CODE, client_id: 'phone' },
    '400 secret-disallowed',
    'invalid_request',
    'client_secret is disallowed for public clients',
  ],
  [
    'a public client for itself',
    {},
    { ...OWN, client_id: 'phone' },
    '400 public-for-itself',
    'unauthorized_client',
    'client_credentials is disallowed for public clients',
  ],
  ['an unknown code', {}, CODE, '400 code-invalid', 'invalid_request', 'Invalid code'],
  ['no code', {}, without(CODE, 'code'), '400 code-invalid', 'invalid_request', 'Invalid code'],
  [
    'a user without provision key',
    {},
    { ...OWN_APP, authenticated_userid: 'u' },
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'a user with another provision key',
    {},
    { ...OWN_APP, authenticated_userid: 'u', provision_key: 'x' },
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'an unknown scope',
    SCOPED,
    { ...OWN_APP, scope: 'wat' },
    '400 scope-unknown',
    'invalid_scope',
    '"wat" is an invalid scope',
  ],
  ['no scope where one is needed', MUST, OWN_APP, '400 scope-missing', 'invalid_scope', 'You must specify a scope'],
  [
    'a password without provision key',
    {},
    without(PASSWORD, 'provision_key'),
    '400 provision-key-wrong',
    'invalid_provision_key',
    'Invalid provision_key',
  ],
  [
    'a password without user',
    {},
    without(PASSWORD, 'authenticated_userid'),
    '400 userid-missing',
    'invalid_authenticated_userid',
    'Missing authenticated_userid parameter',
  ],
  [
    'a password for an unknown scope',
    SCOPED,
    { ...PASSWORD, scope: 'wat' },
    '400 scope-unknown',
    'invalid_scope',
    '"wat" is an invalid scope',
  ],
  [
    'an unknown refresh token',
    {},
    { ...CLIENT, grant_type: 'refresh_token', refresh_token: 'x' },
    '400 refresh-token-invalid',
    'invalid_request',
    'Invalid refresh_token',
  ],
  [
    'no refresh token',
    {},
    { ...CLIENT, grant_type: 'refresh_token' },
    '400 refresh-token-invalid',
    'invalid_request',
    'Invalid refresh_token',
  ],
]
function CODE_ONLY() {
  return { grant_type: 'authorization_code', code: 'x' }
}
for (const [sentence, config, form, said, error, description, request = {}] of refusedTokens) {
  test(`token, ${sentence}: ${said}`, async () => {
    const { token, store } = gateway()
    const answer = await token({ ...form, state: 'st' }, config, request)
    assert.equal(answer.said, said)
    assert.deepEqual(answer.body, { error, error_description: description, state: 'st' })
    const challenge = said.startsWith('401') ? { 'www-authenticate': 'Basic realm="OAuth2.0"' } : {}
    assert.deepEqual(answer.headers, { ...NO_STORE, ...challenge })
    assert.deepEqual(store.rows(tokens.kind), [])
  })
}

const MATCH = /^[A-Za-z0-9]{32}$/
const goodTokens: [
  sentence: string,
  config: object,
  form: Record<string, string>,
  request: Asked,
  renewable: boolean,
][] = [
  ['client credentials', {}, OWN_APP, {}, false],
  ['client credentials of a client without redirect URIs', {}, { ...OWN_APP, client_id: 'service' }, {}, false],
  ['client credentials in the header', {}, OWN, basic('app:secret'), false],
  ['a lower-case scheme', {}, OWN, { headers: { authorization: `basic ${btoa('app:secret')}`, ...FORM } }, false],
  [
    'client credentials in the header, the id among the parameters',
    {},
    { ...OWN, client_id: 'app' },
    basic('app:secret'),
    false,
  ],
  ['form-encoded as the standard has it', {}, OWN, basic('odd%3Aid:a%2Bb+c%3Ad%25'), false],
  [
    'in another header',
    { auth_header_name: 'X-Auth' },
    OWN,
    { headers: { 'x-auth': `Basic ${btoa('app:secret')}`, ...FORM } },
    false,
  ],
  ['a hashed secret', {}, { ...OWN_APP, client_id: 'hashed' }, {}, false],
  [
    'a client that speaks for a user',
    {},
    { ...OWN_APP, authenticated_userid: 'u', provision_key: 'provision' },
    {},
    false,
  ],
  ['a password', {}, PASSWORD, {}, true],
  ['a password of a public client', {}, { ...without(PASSWORD, 'client_secret'), client_id: 'phone' }, {}, true],
  ['a public client that sends an empty secret', {}, { ...PASSWORD, client_id: 'phone', client_secret: '' }, {}, true],
]
for (const [sentence, config, form, request, renewable] of goodTokens) {
  test(`token, ${sentence}: 200`, async () => {
    const { token } = gateway()
    const { said, body, headers } = await token(form, config, request)
    assert.equal(said, 'answered 200', JSON.stringify(body))
    const { access_token, refresh_token, ...rest } = body
    assert.deepEqual(rest, { token_type: 'bearer', expires_in: 7200 })
    assert.match(String(access_token), MATCH)
    if (renewable) assert.match(String(refresh_token), MATCH)
    else assert.equal(refresh_token, undefined)
    assert.deepEqual(headers, { ...NO_STORE, 'content-type': 'application/json; charset=utf-8' })
  })
}

test('parameters stand in the query, in JSON or in a form, and a body goes before the query', async () => {
  const { ask, use } = gateway()
  const path = '/oauth2/token'
  const query = new URLSearchParams({ ...OWN_APP, client_secret: 'x' }).toString()
  const said: string[] = []
  for (const request of [
    { method: 'POST', query: new URLSearchParams(OWN_APP).toString() },
    { json: OWN_APP },
    { form: { client_secret: 'secret' }, query },
    { json: { client_secret: 'secret' }, query },
    { method: 'POST', query },
  ]) {
    said.push((await ask(use(), { path, ...request })).said)
  }
  assert.deepEqual(said, [...Array(4).fill('answered 200'), '400 client-wrong'])
})

const lives: [
  sentence: string,
  config: object,
  form: Record<string, string>,
  expires: number | undefined,
  row: number | null,
][] = [
  ['ordinary', {}, PASSWORD, 7200, 1_209_600],
  ['renewable for ever', { refresh_token_ttl: 0 }, PASSWORD, 7200, null],
  ['good for ever', { token_expiration: 0 }, PASSWORD, undefined, null],
  ['short', { token_expiration: 1.5, refresh_token_ttl: 10 }, PASSWORD, 2, 10],
  ['not renewable', {}, OWN_APP, 7200, 1_209_600],
  ['not renewable, kept as long as it is good', { refresh_token_ttl: 0 }, OWN_APP, 7200, 7200],
]
for (const [sentence, config, form, expires, row] of lives) {
  test(`a token, ${sentence}: expires in ${expires}, its row goes in ${row} seconds`, async () => {
    const { token, store, clock } = gateway()
    const { body } = await token(form, config)
    assert.equal(body['expires_in'], expires)
    const [stored] = store.rows(tokens.kind)
    assert.equal(stored?.expiresAt, row === null ? null : clock.time + row * 1000)
    assert.equal(stored?.fields['expires_in'], expires ?? 0)
    const isRenewable = form === PASSWORD && expires !== undefined
    assert.equal(stored?.fields['refresh_token'] !== null, isRenewable)
  })
}

test('a code is good once, and its token is for whom and what consent was given', async () => {
  const { token, code, store, app } = gateway()
  const form = { ...CODE, code: await code({ scope: 'email' }, SCOPED) }
  const { said, body } = await token({ ...form, state: 'st' }, SCOPED)
  assert.equal(said, 'answered 200')
  assert.equal(body['state'], 'st')
  const [row] = store.rows(tokens.kind)
  const { access_token, refresh_token, created_at, ...rest } = row!.fields
  assert.deepEqual([access_token, refresh_token], [body['access_token'], body['refresh_token']])
  assert.deepEqual(rest, {
    ...{ credential: { id: app.id }, service: { id: 's' }, token_type: 'bearer', expires_in: 7200 },
    ...{ authenticated_userid: 'user-1', scope: 'email' },
  })
  assert.equal((await token(form, SCOPED)).said, '400 code-invalid')
  assert.equal(store.rows(codes.kind).length, 0)
})

test('of fifty that come with one code at once, one gets a token', async () => {
  const { token, code, store } = gateway()
  const form = { ...CODE, code: await code() }
  const answers = await Promise.all(Array.from({ length: 50 }, () => token(form)))
  assert.equal(answers.filter(({ said }) => said === 'answered 200').length, 1)
  assert.equal(answers.filter(({ said }) => said === '400 code-invalid').length, 49)
  assert.equal(store.rows(tokens.kind).length, 1)
})

const codeElsewhere: [
  sentence: string,
  given: object,
  taken: object,
  request: Asked,
  form: Record<string, string>,
  said: string,
][] = [
  ['of another client', {}, {}, {}, { client_id: 'other' }, '400 code-invalid'],
  ['at another service', {}, {}, { route: route('t') }, {}, '400 code-invalid'],
  [
    'at another service, global',
    { global_credentials: true },
    { global_credentials: true },
    { route: route('t') },
    {},
    'answered 200',
  ],
  ['at a use that is global', {}, { global_credentials: true }, {}, {}, '400 code-invalid'],
  ['of a use that is global', { global_credentials: true }, {}, {}, {}, '400 code-invalid'],
]
for (const [sentence, given, taken, request, form, said] of codeElsewhere) {
  test(`a code ${sentence}: ${said}`, async () => {
    const { token, code } = gateway()
    const value = await code({}, given)
    assert.equal((await token({ ...CODE, code: value, ...form }, taken, request)).said, said)
  })
}

test('a global code is good at the use that gave it only', async () => {
  const { ask, use, code } = gateway()
  const form = { ...CODE, code: await code({}, { global_credentials: true }) }
  const ofOther = use({ global_credentials: true }, 'use-2')
  assert.equal((await ask(ofOther, { path: '/oauth2/token', form })).said, '400 code-invalid')
})

const PKCE = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
const verifiers: [sentence: string, form: object, said: string, error?: string, description?: string][] = [
  ['the right one', { code_verifier: VERIFIER }, 'answered 200'],
  ['none', {}, '400 verifier-missing', 'invalid_request', 'code_verifier is required for PKCE authorization requests'],
  [
    'a list',
    { code_verifier: [VERIFIER] },
    '400 verifier-not-text',
    'invalid_request',
    'code_verifier is not a string',
  ],
  [
    'too short',
    { code_verifier: 'v'.repeat(42) },
    '400 verifier-length',
    'invalid_request',
    'code_verifier must be between 43 and 128 characters',
  ],
  [
    'too long',
    { code_verifier: 'v'.repeat(129) },
    '400 verifier-length',
    'invalid_request',
    'code_verifier must be between 43 and 128 characters',
  ],
  ['another', { code_verifier: 'w'.repeat(43) }, '400 verifier-wrong', 'invalid_grant', 'Invalid code'],
  ['the challenge', { code_verifier: CHALLENGE }, '400 verifier-wrong', 'invalid_grant', 'Invalid code'],
]
for (const [sentence, form, said, error, description] of verifiers) {
  test(`a verifier, ${sentence}: ${said}; and the code stays good for who has the right one`, async () => {
    const { ask, use, code } = gateway()
    const base = {
      client_id: 'phone',
      grant_type: 'authorization_code',
      code: await code({ client_id: 'phone', ...PKCE }),
    }
    const answer = await ask(use(), { path: '/oauth2/token', json: { ...base, ...form } })
    assert.equal(answer.said, said)
    if (error !== undefined) assert.deepEqual(answer.body, { error, error_description: description })
    const again = await ask(use(), { path: '/oauth2/token', json: { ...base, code_verifier: VERIFIER } })
    assert.equal(again.said, said === 'answered 200' ? '400 code-invalid' : 'answered 200')
  })
}

test('a verifier for a code that was given without a challenge: somebody took the challenge out', async () => {
  const { ask, use, code } = gateway()
  const base = { ...CLIENT, grant_type: 'authorization_code', code: await code() }
  const answer = await ask(use(), { path: '/oauth2/token', json: { ...base, code_verifier: VERIFIER } })
  assert.equal(answer.said, '400 code-invalid')
  assert.equal((await ask(use(), { path: '/oauth2/token', json: base })).said, 'answered 200')
})

test('a route without a service gives no tokens: they would be good wherever those of all services are', async () => {
  const { ask, use, store } = gateway()
  const noService = { route: route(null) }
  const own = { form: OWN_APP, path: '/oauth2/token', ...noService }
  const consent = (response_type: string) => ({
    ...{ form: { ...CONSENT, response_type }, path: '/oauth2/authorize', ...noService },
  })
  for (const request of [own, consent('code'), consent('token')]) {
    assert.equal((await ask(use(), request)).said, '500 service-missing')
  }
  assert.deepEqual(store.writes, [])
  assert.equal((await ask(use({ global_credentials: true }), own)).said, 'answered 200')
})

test('records show none of the names in which tokens come', () => {
  const names = (config: object) => oauth2.credentialNames!(oauth2.config.parse(config))
  assert.deepEqual(names({ auth_header_name: 'X-Token' }), { headers: ['X-Token'], query: ['access_token'] })
  assert.deepEqual(names({ auth_header_name: null, introspection: true }), {
    headers: ['authorization'],
    query: ['access_token', 'token'],
  })
})

test('a refresh token gives another pair, once', async () => {
  const { token, store } = gateway()
  const first = (await token(PASSWORD)).body
  const form = { ...CLIENT, grant_type: 'refresh_token', refresh_token: String(first['refresh_token']) }
  const { said, body } = await token(form)
  assert.equal(said, 'answered 200')
  assert.ok(body['access_token'] !== first['access_token'] && body['refresh_token'] !== first['refresh_token'])
  assert.deepEqual(
    store.rows(tokens.kind).map(({ fields }) => fields['authenticated_userid']),
    ['user-1'],
  )
  assert.equal((await token(form)).said, '400 refresh-token-invalid')
})

test('a refresh token that is reused stays, and its row goes when it would have gone', async () => {
  const { token, store, clock } = gateway()
  const config = { reuse_refresh_token: true, refresh_token_ttl: 1000 }
  const first = (await token(PASSWORD, config)).body
  const end = store.rows(tokens.kind)[0]!.expiresAt
  clock.time += 100_000
  const form = { ...CLIENT, grant_type: 'refresh_token', refresh_token: String(first['refresh_token']) }
  const { body } = await token(form, config)
  assert.equal(body['refresh_token'], first['refresh_token'])
  assert.notEqual(body['access_token'], first['access_token'])
  const [row, ...others] = store.rows(tokens.kind)
  assert.deepEqual([others.length, row?.expiresAt], [0, end])
  assert.equal(row?.fields['created_at'], clock.time / 1000)
})

const refreshes: [
  sentence: string,
  given: object,
  taken: object,
  request: Asked,
  form: Record<string, string>,
  said: string,
][] = [
  ['of another client', {}, {}, {}, { client_id: 'other' }, '400 client-wrong'],
  ['at another service', {}, {}, { route: route('t') }, {}, '400 refresh-token-invalid'],
  [
    'at another service, global',
    { global_credentials: true },
    { global_credentials: true },
    { route: route('t') },
    {},
    'answered 200',
  ],
  ['of a service, at a use that is global', {}, { global_credentials: true }, {}, {}, '400 refresh-token-invalid'],
  ['whose scope is not to be had any more', SCOPED, { scopes: ['profile'] }, {}, {}, '400 scope-mismatch'],
  ['where no scope is to be had any more', SCOPED, {}, {}, {}, '400 scope-mismatch'],
]
for (const [sentence, given, taken, request, form, said] of refreshes) {
  test(`a refresh token ${sentence}: ${said}`, async () => {
    const { token } = gateway()
    const { body } = await token({ ...PASSWORD, scope: 'email' }, given)
    const refresh = { ...CLIENT, grant_type: 'refresh_token', refresh_token: String(body['refresh_token']), ...form }
    const answer = await token(refresh, taken, request)
    assert.equal(answer.said, said)
    if (said.endsWith('mismatch'))
      assert.deepEqual(answer.body, { error: 'invalid_scope', error_description: 'Scope mismatch' })
  })
}

test('a store that is away: nothing is given, nothing is concluded', async () => {
  const { token, authorize, code, store } = gateway()
  const given = { ...CODE, code: await code() }
  const renewable = {
    ...CLIENT,
    grant_type: 'refresh_token',
    refresh_token: String((await token(PASSWORD)).body['refresh_token']),
  }
  store.outcome = { kind: 'unavailable', why: 'away' }
  const implicit = { ...CONSENT, response_type: 'token' }
  const answers = [
    ...(await Promise.all([CONSENT, implicit].map((form) => authorize(form)))),
    ...(await Promise.all([OWN_APP, PASSWORD, given, renewable].map((form) => token(form)))),
    await token(renewable, { reuse_refresh_token: true }),
  ]
  for (const { said, body } of answers) {
    assert.equal(said, '503 store-unavailable')
    assert.deepEqual(body, { error: 'temporarily_unavailable', error_description: 'Tokens cannot be stored now' })
  }
  store.outcome = null
  assert.deepEqual([(await token(given)).said, (await token(renewable)).said], ['answered 200', 'answered 200'])
})

test('a client that went while its token was made gets none', async () => {
  const { token, store } = gateway()
  store.outcome = { kind: 'missing' }
  assert.equal((await token(OWN_APP)).said, '400 client-wrong')
})

test('too many secrets to check at once: 503', async () => {
  const { ask, use, registry } = gateway()
  registry.get('secret-checks', () => new SecretChecks(new HashQueue({ atOnce: 0, longest: 0 })))
  const { said, body } = await ask(use(), { path: '/oauth2/token', form: { ...OWN_APP, client_id: 'hashed' } })
  assert.equal(said, '503 hashing-busy')
  assert.equal(body['error'], 'temporarily_unavailable')
})

test('a secret that is hashed by an older measure is hashed anew once it was good', async () => {
  const { directory, bob, token, store } = gateway()
  const old = pbkdf2Sha512.hash('secret').replace('i=10000', 'i=10000')
  const weak = `$pbkdf2-sha512$i=1,l=32$${old.split('$')[3]}$`
  const { pbkdf2Sync } = await import('node:crypto')
  const derived = pbkdf2Sync('secret', Buffer.from(old.split('$')[3]!, 'base64'), 1, 32, 'sha512')
  const fields = { client_id: 'old', client_type: 'confidential', hash_secret: true, redirect_uris: null }
  const stored = weak + derived.toString('base64').replace(/=+$/, '')
  const row = directory.addCredential(clients.kind, 'old', { ...fields, client_secret: stored }, bob)
  assert.equal((await token({ ...OWN_APP, client_id: 'old' })).said, 'answered 200')
  assert.deepEqual(store.writes[0], {
    ...{ op: 'change', kind: clients.kind, id: row.id, fields: { client_secret: 'secret', hash_secret: true } },
    ifStill: { client_secret: stored },
  })
})

// --- every other path ----------------------------------------------------------------------------------------------

const MISSING = 'The access token is missing'
const OVER = 'The access token is invalid or has expired'
const GLOBAL = "The access token is global, but the current plugin is configured without 'global_credentials'"
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

/** A token by itself, as an operator may write it. */
function withToken(fields: object = {}, more: object = {}) {
  const made = gateway()
  const { directory, clock, app } = made
  const row = {
    ...{ access_token: 'tok', refresh_token: null, token_type: 'bearer', expires_in: 60 },
    ...{ created_at: clock.time / 1000, credential: { id: app.id }, service: { id: 's' } },
    ...{ authenticated_userid: null, scope: null, ...fields },
  }
  const token = directory.addCredential(tokens.kind, 'tok', row, null, { parent: app, ...more })
  return { ...made, token }
}

const found: [sentence: string, request: Asked, said: string][] = [
  ['Bearer', bearer('tok'), 'identified bob'],
  ['bearer, in any case', { headers: { authorization: 'bEARER tok' } }, 'identified bob'],
  ['token', { headers: { authorization: 'Token tok' } }, 'identified bob'],
  ['a token alone', { headers: { authorization: 'tok' } }, 'identified bob'],
  ['another scheme', { headers: { authorization: 'Basic tok' } }, '401 token-unknown'],
  ['three parts', { headers: { authorization: 'Bearer tok tok' } }, '401 token-unknown'],
  ['an empty header', { headers: { authorization: '' } }, '401 token-unknown'],
  [
    'a bad header before a good argument',
    { headers: { authorization: 'x' }, query: 'access_token=tok' },
    '401 token-unknown',
  ],
  ['a query argument', { query: 'access_token=tok' }, 'identified bob'],
  ['two query arguments', { query: 'access_token=tok&access_token=tok' }, '401 token-missing'],
  ['a bare query argument', { query: 'access_token' }, '401 token-missing'],
  ['a form', { form: { access_token: 'tok' } }, 'identified bob'],
  ['JSON', { json: { access_token: 'tok' } }, 'identified bob'],
  ['JSON of another sort', { json: { access_token: ['tok'] } }, '401 token-missing'],
  ['the body of a GET', { form: { access_token: 'tok' }, method: 'GET' }, '401 token-missing'],
  ['bytes that are no text', bearer('\xff'), '401 token-unknown'],
  ['nothing', {}, '401 token-missing'],
]
for (const [sentence, request, said] of found) {
  test(`the token stands in: ${sentence}: ${said}`, async () => {
    const { ask, use } = withToken()
    assert.equal((await ask(use(), request)).said, said)
  })
}

test('another header may hold the token', async () => {
  const { ask, use } = withToken()
  const policy = use({ auth_header_name: 'X-Token' })
  assert.equal((await ask(policy, { headers: { 'x-token': 'Bearer tok' } })).said, 'identified bob')
  assert.equal((await ask(policy, bearer('tok'))).said, '401 token-missing')
})

const judged: [sentence: string, config: object, fields: object, request: Asked, said: string, description?: string][] =
  [
    ['good to its last moment', {}, {}, { now: 1_700_000_060_000 }, 'identified bob'],
    ['over', {}, {}, { now: 1_700_000_060_001 }, '401 token-expired', OVER],
    ['good for ever', {}, { expires_in: 0 }, { now: 1_800_000_000_000 }, 'identified bob'],
    ['with numbers that are none', {}, { created_at: 'x' }, {}, '401 token-expired', OVER],
    ['of another service', {}, {}, { route: route('t') }, '401 token-of-other-service', OVER],
    ['of a service, without one', {}, {}, { route: route(null) }, '401 token-of-other-service', OVER],
    [
      'of another service, where global ones are taken',
      { global_credentials: true },
      {},
      { route: route('t') },
      '401 token-of-other-service',
      OVER,
    ],
    ['global', { global_credentials: true }, { service: null }, { route: route('t') }, 'identified bob'],
    ['global, where none are taken', {}, { service: null }, {}, '401 token-global', GLOBAL],
    ['unknown', {}, {}, bearer('x'), '401 token-unknown', OVER],
  ]
for (const [sentence, config, fields, request, said, description] of judged) {
  for (const realm of [null, 'R']) {
    test(`a token ${sentence}, realm ${realm}: ${said}`, async () => {
      const { ask, use } = withToken(fields)
      const answer = await ask(use({ ...config, realm }), { ...bearer('tok'), ...request })
      assert.equal(answer.said, said)
      if (description === undefined) return
      assert.deepEqual(answer.body, { error: 'invalid_token', error_description: description })
      const start = realm === null ? 'Bearer' : 'Bearer realm="R"'
      assert.deepEqual(answer.headers, {
        'www-authenticate': `${start} error="invalid_token" error_description="${OVER}"`,
      })
    })
  }
}

test('no token: the challenge has the realm alone', async () => {
  const { ask, use } = withToken()
  for (const [realm, challenge] of [
    [null, 'Bearer'],
    ['a "b"', 'Bearer realm="a \\"b\\""'],
  ] as const) {
    const { said, body, headers } = await ask(use({ realm }), {})
    assert.equal(said, '401 token-missing')
    assert.deepEqual(body, { error: 'invalid_request', error_description: MISSING })
    assert.deepEqual(headers, { 'www-authenticate': challenge })
  }
})

test('the service hears of scope and user; names in them cannot forge headers', async () => {
  const { ask, use, app } = withToken({ scope: 'email profile', authenticated_userid: 'ü\r\nX-Evil: 1' })
  const { exchange, verdict } = await ask(use(), bearer('tok'))
  assert.equal(
    exchange.upstream.blocks[0]?.text,
    'X-Authenticated-Scope: email profile\r\nX-Authenticated-UserId: \xc3\xbc%0D%0AX-Evil: 1\r\n',
  )
  assert.ok(verdict.kind === 'identified')
  assert.deepEqual(verdict.identity.credential, { id: app.id, identifier: 'app', stamp: app.stamp })
  assert.deepEqual(verdict.identity.scopes, ['email', 'profile'])
  const { exchange: plain } = await (async () => withToken())().then(({ ask, use }) => ask(use(), bearer('tok')))
  assert.deepEqual(plain.upstream.blocks, [])
})

test('a token that was seen lately is the same verdict, until it, its client or its consumer changes', async () => {
  for (const change of ['token', 'app', 'bob'] as const) {
    const made = withToken()
    const { ask, use, directory } = made
    const first = (await ask(use(), bearer('tok'))).verdict
    assert.equal((await ask(use(), bearer('tok'))).verdict, first)
    directory.remove(made[change])
    const { said } = await ask(use(), bearer('tok'))
    // The fake keeps a consumer object that is gone in its client; the real one does not.
    assert.equal(said, change === 'bob' ? 'identified bob' : '401 token-unknown')
  }
})

const hidden: [sentence: string, request: Asked, gone: object][] = [
  ['header', bearer('tok'), { droppedHeaders: ['authorization'] }],
  ['bare header', { headers: { authorization: 'tok' } }, { droppedHeaders: ['authorization'] }],
  ['query', { query: 'access_token=tok&a=1' }, { droppedQuery: ['access_token'] }],
  ['form', { form: { access_token: 'tok', a: '1' } }, { droppedQuery: ['access_token'], body: 'a=1' }],
  ['JSON', { json: { access_token: 'tok', a: 1 } }, { droppedQuery: ['access_token'], body: '{"a":1}' }],
  ['header of a bad token', bearer('x'), { droppedHeaders: ['authorization'] }],
]
for (const [sentence, request, gone] of hidden) {
  test(`a token is hidden from the service: ${sentence}`, async () => {
    const { ask, use } = withToken()
    const nothing = { droppedHeaders: [], droppedQuery: [], body: null }
    const seen = async (hide_credentials: boolean) => {
      const { droppedHeaders, droppedQuery, body } = (await ask(use({ hide_credentials }), request)).exchange.upstream
      return { droppedHeaders, droppedQuery, body }
    }
    assert.deepEqual(await seen(true), { ...nothing, ...gone })
    assert.deepEqual(await seen(false), nothing)
  })
}

// --- introspection -------------------------------------------------------------------------------------------------

const INSPECT = { introspection: true }
const refusedInspections: [
  sentence: string,
  form: Record<string, string>,
  request: Asked,
  said: string,
  body: object,
][] = [
  [
    'no client',
    { token: 'tok' },
    {},
    '400 client-wrong',
    { error: 'invalid_client', error_description: 'Invalid client authentication' },
  ],
  [
    'a public client',
    { token: 'tok', client_id: 'phone' },
    {},
    '400 client-wrong',
    { error: 'invalid_client', error_description: 'Invalid client authentication' },
  ],
  [
    'another secret',
    { token: 'tok' },
    basic('app:x'),
    '401 client-wrong-in-header',
    { error: 'invalid_client', error_description: 'Invalid client authentication' },
  ],
  [
    'no token',
    CLIENT,
    {},
    '400 token-parameter-missing',
    { error: 'invalid_request', error_description: 'Missing token parameter' },
  ],
]
for (const [sentence, form, request, said, body] of refusedInspections) {
  test(`introspection, ${sentence}: ${said}`, async () => {
    const { ask, use } = withToken()
    const answer = await ask(use(INSPECT), { path: '/oauth2/introspect', form, ...request })
    assert.deepEqual([answer.said, answer.body], [said, body])
  })
}

test('introspection tells what a token is worth, and of others that they are worth nothing', async () => {
  const fields = { scope: 'email', authenticated_userid: 'user-1', refresh_token: 'ref' }
  const { ask, use, clock } = withToken(fields, { secondKey: 'ref', expiresAt: 1_700_000_900_000 })
  const told = async (token: string, config: object = {}, request: Asked = {}) =>
    (await ask(use({ ...INSPECT, ...config }), { path: '/oauth2/introspect', form: { ...CLIENT, token }, ...request }))
      .body
  const facts = {
    active: true,
    client_id: 'app',
    scope: 'email',
    sub: 'user-1',
    username: 'bob',
    iat: clock.time / 1000,
  }
  assert.deepEqual(await told('tok'), { ...facts, token_type: 'bearer', exp: clock.time / 1000 + 60 })
  assert.deepEqual(await told('ref'), { ...facts, exp: 1_700_000_900 })
  assert.deepEqual(await told('x'), { active: false })
  assert.deepEqual(await told('tok', {}, { route: route('t') }), { active: false })
  clock.time += 61_000
  assert.deepEqual([await told('tok'), (await told('ref'))['active']], [{ active: false }, true])
})

// --- configuration -------------------------------------------------------------------------------------------------

test('what a configuration must say', () => {
  const problems = (config: object) => oauth2.check?.(oauth2.config.parse(config))
  assert.deepEqual(problems({}), {
    '@config':
      'at least one of these fields must be true: enable_authorization_code, enable_implicit_grant, enable_client_credentials, enable_password_grant',
  })
  assert.deepEqual(problems({ enable_password_grant: true, mandatory_scope: true }), {
    scopes: 'required field missing',
    '@config': ["failed conditional validation given value of field 'mandatory_scope'"],
  })
  assert.deepEqual(problems({ enable_password_grant: true, mandatory_scope: true, scopes: ['a'] }), {})
})

test('secrets are hashed when they are to be, and not twice', () => {
  const prepare = (fields: Record<string, unknown>) => clients.prepare!(fields, '')['client_secret']
  assert.equal(prepare({ client_secret: 's', hash_secret: false }), 's')
  const hashed = String(prepare({ client_secret: 's', hash_secret: true }))
  assert.ok(pbkdf2Sha512.isCurrent(hashed))
  assert.equal(prepare({ client_secret: hashed, hash_secret: true }), hashed)
})

test('refusals hold no token, code or secret', async () => {
  const { token } = gateway()
  const { verdict } = await token({ ...CODE, client_secret: 'hush-hush', code: 'hush-hush' })
  assert.ok(!JSON.stringify((verdict as Denied).detail).includes('hush'))
})
