/** `oauth2`: who is refused and how, at its endpoints and everywhere else (§5.7), and what the service hears. */
import assert from 'node:assert/strict'
import { createSecretKey, hash } from 'node:crypto'
import { test } from 'node:test'
import { signCompact } from '../../../src/identity/jose/sign-compact.ts'
import { oneValue, statusOf } from '../engine/message.ts'
import {
  type Ask,
  answerTo,
  checkRows,
  compact,
  gatewayWithStore,
  guarded,
  NOW_SECONDS,
  type Row,
  SERVICE,
  served,
  told,
} from './rows.ts'

const partner = { id: 'a1000000-0000-4000-8000-000000000000', username: 'partner', custom_id: 'partner-7' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
const APP = 'c1000000-0000-4000-8000-000000000000'
const OTHER_SERVICE = '5e000000-0000-4000-8000-000000000001'
const REDIRECT = 'https://app.test/cb'
const SECRET = 'a secret for signatures'

const ALL = {
  ...{ enable_authorization_code: true, enable_implicit_grant: true, provision_key: 'provision' },
  ...{ enable_client_credentials: true, enable_password_grant: true },
}
const use = (name: string, config: object = {}) => guarded(name, ['oauth2', { ...ALL, ...config }])
gatewayWithStore(
  [
    use('plain'),
    use('realm', { realm: 'R "1"' }),
    use('codes-only', {
      ...{ enable_implicit_grant: false, enable_client_credentials: false, enable_password_grant: false },
    }),
    use('scoped', { scopes: ['email', 'profile'] }),
    use('must', { scopes: ['email'], mandatory_scope: true }),
    use('strict', { pkce: 'strict' }),
    use('global', { global_credentials: true }),
    use('hide', { hide_credentials: true }),
    use('terminated', { accept_http_if_already_terminated: true }),
    use('guests', { anonymous: 'guest' }),
    guarded('either', ['jwt', { anonymous: 'guest' }], ['oauth2', { ...ALL, anonymous: 'guest' }]),
  ],
  async (make) => {
    await make('PUT', `/services/${OTHER_SERVICE}`, { url: 'http://127.0.0.1:9' })
    const { plugins, ...far } = use('far')
    await make('PUT', `/services/${OTHER_SERVICE}/routes/far`, far)
    await make('POST', '/routes/far/plugins', plugins[0]!)
    await make('PUT', `/consumers/${partner.id}`, partner)
    await make('PUT', `/consumers/${guest.id}`, guest)
    await make('POST', '/consumers/partner/jwt', { key: 'issuer', secret: SECRET })
    const client = (client_id: string, more: object = {}) =>
      make('POST', '/consumers/partner/oauth2', {
        ...{ name: client_id, client_id, client_secret: 'secret', redirect_uris: [REDIRECT] },
        ...more,
      })
    await client('app', { id: APP })
    await client('other')
    await client('service', { redirect_uris: null })
    await client('phone', { client_type: 'public' })
    const token = (access_token: string, more: object = {}) =>
      make('POST', '/oauth2_tokens', {
        ...{ credential: { id: APP }, service: { id: SERVICE }, access_token, expires_in: 60 },
        ...more,
      })
    await token('good')
    await token('rich', { scope: 'email profile', authenticated_userid: 'user-1', refresh_token: 'renew-rich' })
    await token('everywhere', { service: null })
    await token('elsewhere', { service: { id: OTHER_SERVICE }, refresh_token: 'renew-elsewhere' })
    await token('over', { expires_in: 1, created_at: NOW_SECONDS - 2 })
  },
  { trustedIps: ['127.0.0.1'] },
)

const form = (target: string, fields: Record<string, string>, headers: Ask['headers'] = {}, overTls = true): Ask => ({
  ...{ target, method: 'POST', overTls },
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
})
const json = (target: string, fields: object): Ask => ({
  ...{ target, method: 'POST', overTls: true, headers: { 'content-type': 'application/json' } },
  body: JSON.stringify(fields),
})
const without = (fields: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }
const failed = (error: string, error_description: string, state?: string) =>
  compact(400, { error, error_description, ...(state !== undefined && { state }) }, null, NO_STORE)
const byBrowser = (error: string, description: string) =>
  compact(
    400,
    { redirect_uri: `${REDIRECT}?error=${error}&error_description=${encodeURIComponent(description)}&state=st` },
    null,
    NO_STORE,
  )

// --- the authorization endpoint --------------------------------------------------------------------------------------

const CONSENT = {
  ...{ client_id: 'app', response_type: 'code', provision_key: 'provision', authenticated_userid: 'user-1' },
  state: 'st',
}
const authorize = (route: string, fields: Record<string, string>, headers?: Ask['headers'], overTls?: boolean) =>
  form(`/${route}/oauth2/authorize`, fields, headers, overTls)
const HTTPS = { 'x-forwarded-proto': 'https' }
const TWICE = { 'x-forwarded-proto': ['https', 'https'] }
const ONLY_ONE = 'Only one X-Forwarded-Proto header allowed'
const UNREGISTERED = 'Invalid redirect_uri that does not match with any redirect_uri created with the application'
const challenged = { code_challenge: hash('sha256', 'v'.repeat(43), 'base64url'), code_challenge_method: 'S256' }
const LATER = { ...CONSENT, client_id: 'phone', redirect_uri: 'x' }

const atAuthorize: Row[] = [
  ['row 1: plain HTTP', authorize('plain', CONSENT, HTTPS, false), failed('access_denied', 'You must use HTTPS', 'st')],
  [
    'row 1: plain HTTP, as a trusted proxy says too',
    authorize('terminated', CONSENT, { 'x-forwarded-proto': 'http' }, false),
    failed('access_denied', 'You must use HTTPS', 'st'),
  ],
  [
    'row 1: plain HTTP, and a trusted proxy says more than one thing',
    authorize('terminated', CONSENT, TWICE, false),
    failed('access_denied', ONLY_ONE, 'st'),
  ],
  [
    'row 2: another provision_key',
    authorize('plain', { ...CONSENT, provision_key: 'x' }),
    failed('invalid_provision_key', 'Invalid provision_key', 'st'),
  ],
  [
    'row 2: no provision_key',
    authorize('plain', without(CONSENT, 'provision_key')),
    failed('invalid_provision_key', 'Invalid provision_key', 'st'),
  ],
  [
    'row 3: no authenticated_userid',
    authorize('plain', without(CONSENT, 'authenticated_userid')),
    failed('invalid_authenticated_userid', 'Missing authenticated_userid parameter', 'st'),
  ],
  [
    'row 4: no response_type',
    authorize('plain', without(CONSENT, 'response_type')),
    byBrowser('unsupported_response_type', 'Invalid response_type'),
  ],
  [
    'row 4: a response_type that is not enabled',
    authorize('codes-only', { ...CONSENT, response_type: 'token' }),
    byBrowser('unsupported_response_type', 'Invalid response_type'),
  ],
  [
    'row 5: an unknown scope',
    authorize('scoped', { ...CONSENT, scope: 'email x' }),
    byBrowser('invalid_scope', '"x" is an invalid scope'),
  ],
  ['row 5: no scope', authorize('must', CONSENT), byBrowser('invalid_scope', 'You must specify a scope')],
  [
    'row 5: a list of scopes',
    json('/scoped/oauth2/authorize', { ...CONSENT, scope: ['email'] }),
    byBrowser('invalid_scope', 'scope must be a string'),
  ],
  [
    'row 6: an unknown client',
    authorize('plain', { ...CONSENT, client_id: 'x' }),
    failed('invalid_client', 'Invalid client authentication', 'st'),
  ],
  [
    'row 6: a client without redirect_uris',
    authorize('plain', { ...CONSENT, client_id: 'service' }),
    failed('invalid_client', 'Invalid client authentication', 'st'),
  ],
  [
    'row 6: another redirect_uri; told at the first that is registered',
    authorize('plain', { ...CONSENT, redirect_uri: `${REDIRECT}/x` }),
    byBrowser('invalid_request', UNREGISTERED),
  ],
  [
    'row 7: a method without challenge',
    authorize('plain', { ...CONSENT, code_challenge_method: 'S256' }),
    byBrowser('invalid_request', 'code_challenge is required when code_method is present'),
  ],
  [
    'row 7: another method',
    authorize('plain', { ...CONSENT, ...challenged, code_challenge_method: 'plain' }),
    byBrowser('invalid_request', 'code_challenge_method is not supported, must be S256'),
  ],
  [
    'row 7: a public client without challenge',
    authorize('plain', { ...CONSENT, client_id: 'phone' }),
    byBrowser('invalid_request', 'code_challenge is required for public clients'),
  ],
  [
    'row 7: a confidential client without challenge',
    authorize('strict', CONSENT),
    byBrowser('invalid_request', 'code_challenge is required for confidential clients'),
  ],
  [
    'row 7 goes before row 6, and 5, and 4',
    authorize('must', LATER),
    byBrowser('invalid_request', 'code_challenge is required for public clients'),
  ],
  [
    'row 2 goes before all that follow',
    authorize('must', without(LATER, 'provision_key')),
    failed('invalid_provision_key', 'Invalid provision_key', 'st'),
  ],
  [
    'no state',
    authorize('plain', { ...without(CONSENT, 'state'), client_id: 'x' }),
    failed('invalid_client', 'Invalid client authentication'),
  ],
  [
    'before any stand-in',
    authorize('guests', { ...CONSENT, provision_key: 'x' }),
    failed('invalid_provision_key', 'Invalid provision_key', 'st'),
  ],
].map(([sentence, ...rest]) => [`§5.7 authorize, ${sentence}`, ...rest] as unknown as Row)

const wrongMethods: Row[] = [
  ['plain', 'authorize', 'authorization', 'Bearer'],
  ['realm', 'authorize', 'authorization', 'Bearer realm="R \\"1\\""'],
  ['plain', 'token', 'token', 'Bearer'],
  ['realm', 'token', 'token', 'Bearer realm="R \\"1\\""'],
].map(([route, endpoint, name, start]) => {
  const error_description = `The HTTP method GET is invalid for the ${name} endpoint`
  const challenge = `${start} error="invalid_method" error_description="${error_description}"`
  return [
    `§5.7 GET of ${endpoint} at ${route}`,
    { target: `/${route}/oauth2/${endpoint}`, overTls: true },
    compact(405, { error: 'invalid_method', error_description }, challenge, NO_STORE),
  ]
})

// --- the token endpoint ----------------------------------------------------------------------------------------------

const CLIENT = { client_id: 'app', client_secret: 'secret' }
const OWN = { ...CLIENT, grant_type: 'client_credentials' }
const PASSWORD = { ...CLIENT, grant_type: 'password', provision_key: 'provision', authenticated_userid: 'user-1' }
const CODE = { ...CLIENT, grant_type: 'authorization_code', code: 'x' }
const REFRESH = { ...CLIENT, grant_type: 'refresh_token', refresh_token: 'renew-rich' }
const token = (route: string, fields: Record<string, string>, headers?: Ask['headers'], overTls?: boolean) =>
  form(`/${route}/oauth2/token`, fields, headers, overTls)
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const WRONG_CLIENT = failed('invalid_client', 'Invalid client authentication')
const IN_HEADER = compact(
  401,
  { error: 'invalid_client', error_description: 'Invalid client authentication' },
  'Basic realm="OAuth2.0"',
  NO_STORE,
)
const WRONG_CODE = failed('invalid_request', 'Invalid code')
const UNKNOWN_REFRESH = failed('invalid_request', 'Invalid refresh_token')
const only = (...[grant_type, more = {}]: [string, Record<string, string>?]) => ({ grant_type, ...more })

/** A code that `app`, or whoever is named, was given at that route. */
async function codeFrom(route: string, more: Record<string, string> = {}): Promise<string> {
  const answer = await answerTo(authorize(route, { ...CONSENT, ...more }))
  const { redirect_uri } = JSON.parse(answer.body.toString())
  assert.equal(statusOf(answer), 200)
  return new URL(redirect_uri).searchParams.get('code')!
}
const withCode = (route: string, at: string, fields: Record<string, string>, asked: Record<string, string> = {}) =>
  async function exchange(): Promise<Ask> {
    return token(at, { ...CODE, code: await codeFrom(route, asked), ...fields })
  }
const withVerifier = (more: object) =>
  async function exchange(): Promise<Ask> {
    return json('/plain/oauth2/token', { ...CODE, code: await codeFrom('plain', challenged), ...more })
  }

const atToken: Row[] = [
  ['plain HTTP', token('plain', OWN, HTTPS, false), failed('access_denied', 'You must use HTTPS')],
  ['two X-Forwarded-Proto', token('terminated', OWN, TWICE, false), failed('access_denied', ONLY_ONE)],
  ['no grant', token('plain', CLIENT), failed('unsupported_grant_type', 'Invalid grant_type')],
  [
    'a grant that is none',
    token('plain', { ...OWN, grant_type: 'x' }),
    failed('unsupported_grant_type', 'Invalid grant_type'),
  ],
  ['client_credentials, not enabled', token('codes-only', OWN), failed('unsupported_grant_type', 'Invalid grant_type')],
  ['password, not enabled', token('codes-only', PASSWORD), failed('unsupported_grant_type', 'Invalid grant_type')],
  ['an unknown client', token('plain', { ...CODE, client_id: 'x' }), WRONG_CLIENT],
  ['an unknown client in the header', token('plain', only('password'), basic('x:secret')), IN_HEADER],
  [
    'an unknown client in the header, for itself',
    token('plain', only('client_credentials'), basic('x:secret')),
    WRONG_CLIENT,
  ],
  ['another secret', token('plain', { ...OWN, client_secret: 'x' }), WRONG_CLIENT],
  ['another secret in the header', token('plain', only('client_credentials'), basic('app:x')), IN_HEADER],
  ['no secret', token('plain', without(OWN, 'client_secret')), WRONG_CLIENT],
  ['a client without redirect_uris', token('plain', { ...PASSWORD, client_id: 'service' }), WRONG_CLIENT],
  [
    'a client without redirect_uris in the header',
    token('plain', only('password'), basic('service:secret')),
    IN_HEADER,
  ],
  [
    'another redirect_uri',
    token('plain', { ...CODE, redirect_uri: 'https://evil.test/' }),
    failed('invalid_request', UNREGISTERED),
  ],
  [
    'a public client with a secret',
    token('plain', { ...CODE, client_id: 'phone' }),
    failed('invalid_request', 'client_secret is disallowed for public clients'),
  ],
  ['an unknown code', token('plain', CODE), WRONG_CODE],
  ['a code of another client', withCode('plain', 'plain', { client_id: 'other' }), WRONG_CODE],
  ['a code of another service', withCode('plain', 'far', {}), WRONG_CODE],
  ['a code of another plugin, global', withCode('global', 'plain', {}), WRONG_CODE],
  ['a code of a service, at a global plugin', withCode('plain', 'global', {}), WRONG_CODE],
  [
    'a code that was used',
    async () => {
      const used = token('plain', { ...CODE, code: await codeFrom('plain') })
      assert.equal(statusOf(await answerTo(used)), 200)
      return used
    },
    WRONG_CODE,
  ],
  [
    'no verifier',
    withVerifier({}),
    failed('invalid_request', 'code_verifier is required for PKCE authorization requests'),
  ],
  [
    'a list of verifiers',
    withVerifier({ code_verifier: ['v'.repeat(43)] }),
    failed('invalid_request', 'code_verifier is not a string'),
  ],
  ...[42, 129].map((length) => [
    `a verifier of ${length} characters`,
    withVerifier({ code_verifier: 'v'.repeat(length) }),
    failed('invalid_request', 'code_verifier must be between 43 and 128 characters'),
  ]),
  ['another verifier', withVerifier({ code_verifier: 'w'.repeat(43) }), failed('invalid_grant', 'Invalid code')],
  [
    'client_credentials for a user, no provision_key',
    token('plain', { ...OWN, authenticated_userid: 'u' }),
    failed('invalid_provision_key', 'Invalid provision_key'),
  ],
  [
    'password, another provision_key',
    token('plain', { ...PASSWORD, provision_key: 'x' }),
    failed('invalid_provision_key', 'Invalid provision_key'),
  ],
  [
    'password, no user',
    token('plain', without(PASSWORD, 'authenticated_userid')),
    failed('invalid_authenticated_userid', 'Missing authenticated_userid parameter'),
  ],
  ['an unknown refresh token', token('plain', { ...REFRESH, refresh_token: 'x' }), UNKNOWN_REFRESH],
  [
    'a refresh token of another service',
    token('plain', { ...REFRESH, refresh_token: 'renew-elsewhere' }),
    UNKNOWN_REFRESH,
  ],
  ['a refresh token of another client', token('plain', { ...REFRESH, client_id: 'other' }), WRONG_CLIENT],
  ['a scope that is not to be had any more', token('must', REFRESH), failed('invalid_scope', 'Scope mismatch')],
  [
    'an unknown scope, for itself',
    token('scoped', { ...OWN, scope: 'x' }),
    failed('invalid_scope', '"x" is an invalid scope'),
  ],
  [
    'an unknown scope, password',
    token('scoped', { ...PASSWORD, scope: 'x' }),
    failed('invalid_scope', '"x" is an invalid scope'),
  ],
  ['no scope, for itself', token('must', OWN), failed('invalid_scope', 'You must specify a scope')],
  ['no scope, password', token('must', PASSWORD), failed('invalid_scope', 'You must specify a scope')],
  [
    'a list of scopes',
    json('/scoped/oauth2/token', { ...OWN, scope: ['email'] }),
    failed('invalid_scope', 'scope must be a string'),
  ],
  ['state goes back', token('plain', { ...CODE, state: 'st' }), failed('invalid_request', 'Invalid code', 'st')],
  ['before any stand-in', token('guests', CODE), WRONG_CODE],
].map(([sentence, ...rest]) => [`§5.7 token, ${sentence}`, ...rest] as unknown as Row)

// --- everywhere else -------------------------------------------------------------------------------------------------

const bearer = (route: string, text: string, scheme = 'Bearer'): Ask => ({
  ...{ target: `/${route}`, headers: { authorization: `${scheme} ${text}` } },
})
const OVER = 'The access token is invalid or has expired'
const GLOBAL = "The access token is global, but the current plugin is configured without 'global_credentials'"
const MISSING = { error: 'invalid_request', error_description: 'The access token is missing' }
const invalid = (description: string, start = 'Bearer') =>
  compact(
    401,
    { error: 'invalid_token', error_description: description },
    `${start} error="invalid_token" error_description="${OVER}"`,
  )
const letIn = (more: Record<string, string> = {}, headers: Record<string, string | null> = {}) =>
  served({ ...told(partner, 'app'), ...more }, headers)
const RICH = { 'x-authenticated-scope': 'email profile', 'x-authenticated-userid': 'user-1' }
const R = 'Bearer realm="R \\"1\\""'
const jwt = signCompact('HS256', createSecretKey(Buffer.from(SECRET)), { iss: 'issuer' })

const elsewhere: Row[] = [
  ['no token', { target: '/plain' }, compact(401, MISSING, 'Bearer')],
  ['no token (realm)', { target: '/realm' }, compact(401, MISSING, R)],
  ['an unknown token', bearer('plain', 'x'), invalid(OVER)],
  ['an unknown token (realm)', bearer('realm', 'x'), invalid(OVER, R)],
  ['an unknown token as an argument', { target: '/plain?access_token=x' }, invalid(OVER)],
  ['another scheme', bearer('plain', 'good', 'Basic'), invalid(OVER)],
  ['an expired token', bearer('plain', 'over'), invalid(OVER)],
  ['an expired token (realm)', bearer('realm', 'over'), invalid(OVER, R)],
  ['another service’s token', bearer('plain', 'elsewhere'), invalid(OVER)],
  ['another service’s token, at a global plugin', bearer('global', 'elsewhere'), invalid(OVER)],
  ['a global token, plugin not global', bearer('plain', 'everywhere'), invalid(GLOBAL)],
  ['a global token, plugin not global (realm)', bearer('realm', 'everywhere'), invalid(GLOBAL, R)],
  ['OPTIONS is asked too', { target: '/plain', method: 'OPTIONS' }, compact(401, MISSING, 'Bearer')],
  ['a good token', bearer('plain', 'good'), letIn({}, { authorization: 'Bearer good' })],
  ['token in place of Bearer', bearer('plain', 'good', 'token'), letIn()],
  ['a token alone', { target: '/plain', headers: { authorization: 'good' } }, letIn()],
  ['as an argument', { target: '/plain?access_token=good' }, letIn()],
  ['in a form', form('/plain', { access_token: 'good' }, {}, false), letIn()],
  ['a global token', bearer('global', 'everywhere'), letIn()],
  ['scope and user are told', bearer('plain', 'rich'), letIn(RICH)],
  ['hidden: header', bearer('hide', 'rich'), letIn(RICH, { authorization: null })],
  [
    'hidden: argument',
    { target: '/hide?a=1&access_token=good' },
    served(told(partner, 'app'), {}, { target: '/hide?a=1' }),
  ],
  ['no token, and a stand-in', { target: '/guests' }, served(told(guest, null))],
  ['an unknown token, and a stand-in', bearer('guests', 'x'), served(told(guest, null))],
  ['an expired token, and a stand-in', bearer('guests', 'over'), served(told(guest, null))],
  ['a good token goes before the stand-in', bearer('guests', 'rich'), letIn(RICH)],
  [
    'skipped after another proof: scope and user are not told',
    { target: `/either?jwt=${jwt}&access_token=rich` },
    served(told(partner, 'issuer')),
  ],
  ['after another that failed', { target: '/either?jwt=x&access_token=rich' }, letIn(RICH)],
].map(([sentence, ...rest]) => [`§5.7 access, ${sentence}`, ...rest] as unknown as Row)

checkRows([...atAuthorize, ...wrongMethods, ...atToken, ...elsewhere])

const given: [sentence: string, ask: Ask, body: RegExp][] = [
  [
    'a code by plain HTTP that a trusted proxy says was HTTPS',
    authorize('terminated', CONSENT, HTTPS, false),
    /\?code=/,
  ],
  [
    'a code',
    authorize('plain', CONSENT),
    /^\{"redirect_uri":"https:\/\/app\.test\/cb\?code=[A-Za-z0-9]{32}&state=st"\}$/,
  ],
  [
    'a token by the browser',
    authorize('plain', { ...CONSENT, response_type: 'token' }),
    /^\{"redirect_uri":"https:\/\/app\.test\/cb#access_token=[A-Za-z0-9]{32}&expires_in=7200&state=st&token_type=bearer"\}$/,
  ],
  [
    'a token for a client',
    token('plain', OWN),
    /^\{"access_token":"[A-Za-z0-9]{32}","token_type":"bearer","expires_in":7200\}$/,
  ],
  [
    'a token for a user, to be renewed',
    token('plain', PASSWORD),
    /^\{"access_token":"[A-Za-z0-9]{32}","token_type":"bearer","expires_in":7200,"refresh_token":"[A-Za-z0-9]{32}"\}$/,
  ],
]
for (const [sentence, ask, body] of given) {
  test(`§5.7 given: ${sentence}`, async () => {
    const answer = await answerTo(ask)
    assert.equal(statusOf(answer), 200)
    assert.match(answer.body.toString(), body)
    assert.deepEqual(
      ['content-type', 'cache-control', 'pragma', 'www-authenticate'].map((name) => oneValue(answer, name)),
      ['application/json; charset=utf-8', 'no-store', 'no-cache', undefined],
    )
  })
}
