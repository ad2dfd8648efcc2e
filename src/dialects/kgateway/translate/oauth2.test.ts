import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateway, httpRoute, onGateway, onRoute, service, trafficPolicy, translated } from './testkit.ts'

const object = (kind: string, name: string, spec: object, namespace = 'default') => ({
  ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind, metadata: { name, namespace }, spec },
})
const secret = (name: string, data: Record<string, string>, namespace = 'default') => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: data },
})
const backend = (name: string, host: string, port: number) =>
  object('Backend', name, { static: { hosts: [{ host, port }] } })
const ref = (name: string) => ({ group: 'gateway.kgateway.dev', kind: 'Backend', name })

const given = {
  backendRef: ref('idp'),
  tokenEndpoint: 'https://idp.test/token',
  authorizationEndpoint: 'https://idp.test/authorize',
  credentials: { clientID: 'client', clientSecretRef: { name: 'client' } },
}
const extension = (spec: object, name = 'login') => object('GatewayExtension', name, { oauth2: { ...given, ...spec } })
const base = [
  ...[gateway(), service(), httpRoute('r'), backend('idp', 'idp.test', 443), backend('plain', 'idp.internal', 8080)],
  secret('client', { 'client-secret': 'secret' }),
]
const use = (name = 'login') => ({ oauth2: { extensionRef: { name } } })
const policy = trafficPolicy('p', onRoute('r'), use())

function configOf(spec: object, ...more: object[]) {
  const seen = translated([...base, policy, extension(spec), ...more])
  return seen.use('oauth2/default/login').config as Record<string, unknown>
}

test('a login runs before tokens are checked, and rules after both', () => {
  const rules = { rbac: { policy: { matchExpressions: ['true'] } } }
  const jwt = { jwksURI: 'https://idp.test/jwks', idToken: {} }
  const seen = translated([...base, extension({ jwt }), trafficPolicy('p', onRoute('r'), { ...use(), ...rules })])
  assert.deepEqual(seen.chain('HTTPRoute/default/r'), ['oauth2-login', 'jwt-authn', 'rbac'])
})

test('logins of different extensions on Gateway and route both run; of the same one it runs once', () => {
  const chain = (wide: string) =>
    translated([
      ...[...base, extension({}), extension({}, 'other')],
      ...[trafficPolicy('wide', onGateway(), use(wide)), policy],
    ]).chain('HTTPRoute/default/r')
  assert.deepEqual(chain('other'), ['oauth2-login', 'oauth2-login'])
  assert.deepEqual(chain('login'), ['oauth2-login'])
})

test('what an extension leaves out is as kgateway has it', () => {
  const { cookieSecret, ...config } = configOf({})
  assert.match(String(cookieSecret), /^[\w+/]{43}=$/)
  assert.deepEqual(config, {
    ...{ authorizationEndpoint: given.authorizationEndpoint, tokenEndpoint: given.tokenEndpoint },
    ...{ endSessionEndpoint: null, clientId: 'client', clientSecret: 'secret', denyRedirect: [] },
    backend: { host: 'idp.test', port: 443, tls: { ca: [], serverName: 'idp.test', verify: true } },
    redirectUri: '%REQ(x-forwarded-proto)%://%REQ(:authority)%/oauth2/redirect',
    ...{ redirectPath: '/oauth2/redirect', logoutPath: '/logout', forwardAccessToken: false },
    cookies: {
      ...{ domain: null, sameSite: null, setAccessToken: true, setIdToken: true, setRefreshToken: true },
      names: Object.fromEntries(
        Object.entries({
          ...{ accessToken: 'AccessToken', idToken: 'IdToken', refreshToken: 'RefreshToken', hmac: 'OauthHMAC' },
          ...{ expires: 'OauthExpires', nonce: 'OauthNonce', codeVerifier: 'OauthCodeVerifier' },
        }).map(([key, name]) => [key, `${name}-9ca74d8bd34b2690`]),
      ),
    },
  })
})

test('cookies are named as kgateway names them', () => {
  const name = 'oauth-gateway-1'
  const seen = translated([...base, extension({}, name), trafficPolicy('p', onRoute('r'), use(name))])
  const { cookies } = seen.use(`oauth2/default/${name}`).config as {
    cookies: { names: Record<string, string> }
  }
  assert.equal(cookies.names['accessToken'], 'AccessToken-e960420e0a979e7f')
})

test('kgateway’s one secret for cookies becomes another one for each extension', () => {
  const kept = secret('oauth2-hmac-secret', { 'hmac-secret': 'HMAC secret' }, 'kgateway-system')
  const secretOf = (name: string, ...more: object[]) => {
    const seen = translated([...base, ...more, extension({}, name), trafficPolicy('p', onRoute('r'), use(name))])
    return seen.use(`oauth2/default/${name}`).config['cookieSecret']
  }
  const secrets = [secretOf('one', kept), secretOf('two', kept), secretOf('one'), 'HMAC secret']
  assert.equal(new Set(secrets).size, 4)
  assert.equal(secretOf('one', kept), secrets[0])
})

test('everything that an extension may say', () => {
  const kept = secret('oauth2-hmac-secret', { 'hmac-secret': 'HMAC secret' }, 'kgateway-system')
  const config = configOf(
    {
      ...{ issuerURI: 'https://idp.test/realm', endSessionEndpoint: 'https://idp.test/end', scopes: ['openid'] },
      ...{
        redirectURI: 'https://app.test/callback',
        logoutPath: '/bye',
        forwardAccessToken: true,
        backendRef: ref('plain'),
      },
      cookies: {
        ...{ domain: 'app.test', sameSite: 'Strict', names: { accessToken: 'at', idToken: 'it' } },
        ...{ disableAccessTokenSetCookie: true, disableIDTokenSetCookie: true, disableRefreshTokenSetCookie: true },
      },
      denyRedirect: {
        headers: [
          { name: 'x-a', value: 'b' },
          { name: 'x-c', value: 'd.*', type: 'RegularExpression' },
        ],
      },
    },
    kept,
  )
  const { cookies, ...rest } = config as { cookies: Record<string, unknown> } & Record<string, unknown>
  assert.deepEqual(
    [
      rest['authorizationEndpoint'],
      rest['endSessionEndpoint'],
      rest['scopes'],
      rest['redirectUri'],
      rest['redirectPath'],
    ],
    ['https://idp.test/authorize', 'https://idp.test/end', ['openid'], 'https://app.test/callback', '/callback'],
  )
  assert.deepEqual(
    [rest['logoutPath'], rest['forwardAccessToken'], rest['backend']],
    ['/bye', true, { host: 'idp.internal', port: 8080, tls: null }],
  )
  assert.deepEqual(rest['denyRedirect'], [
    { name: 'x-a', value: 'b', kind: 'exact' },
    { name: 'x-c', value: 'd.*', kind: 'regex' },
  ])
  const { names, ...how } = cookies as { names: Record<string, string> }
  assert.deepEqual([names['accessToken'], names['idToken']], ['at', 'it'])
  assert.deepEqual(how, {
    ...{ domain: 'app.test', sameSite: 'Strict', setAccessToken: false, setIdToken: false, setRefreshToken: false },
  })
})

const ID_TOKEN = { audiences: ['client'], claimsToHeaders: [{ name: 'sub', header: 'x-sub' }] }
test('tokens are looked into where the login keeps them, with keys from where they are said to be', () => {
  const jwt = { jwksURI: 'https://keys.test/jwks', jwksBackendRef: ref('plain'), accessToken: {}, idToken: ID_TOKEN }
  const seen = translated([...base, policy, extension({ jwt })])
  const keys = { remote: { url: 'https://keys.test/jwks', host: 'idp.internal', port: 8080, tls: null } }
  const provider = (name: string, cookie: string) => ({
    ...{
      name,
      from: [{ cookie: `${cookie}-9ca74d8bd34b2690` }],
      forwardToken: true,
      metadataKey: name,
      keys,
    },
  })
  assert.deepEqual(seen.use('oauth2/jwt/default/login').config, {
    ...{ requireAll: true, matchAgain: true },
    providers: [
      { ...provider('accessToken', 'AccessToken'), audiences: [], claimsToHeaders: [] },
      {
        ...provider('idToken', 'IdToken'),
        audiences: ['client'],
        claimsToHeaders: [{ claim: 'sub', header: 'x-sub' }],
      },
    ],
  })
})

test('what an extension leaves out is what the issuer’s document names', () => {
  const open = { authorizationEndpoint: undefined, tokenEndpoint: undefined, issuerURI: 'https://idp.test' }
  const config = configOf(open)
  assert.deepEqual(
    [config['authorizationEndpoint'], config['tokenEndpoint']],
    ['https://idp.test/authorize', 'https://idp.test/token'],
  )
  const seen = translated([...base, policy, extension({ issuerURI: 'https://idp.test', jwt: { idToken: {} } })])
  const { providers } = seen.use('oauth2/jwt/default/login').config as { providers: { keys: { remote: object } }[] }
  assert.deepEqual(providers[0]!.keys.remote, {
    ...{ url: 'https://idp.test/jwks', host: 'idp.test', port: 443 },
    tls: { ca: [], serverName: 'idp.test', verify: true },
  })
})

test('no scopes are kgateway’s one', () => {
  assert.equal(configOf({ scopes: [] })['scopes'], undefined)
})

const wrong: [sentence: string, spec: object, says: string][] = [
  [
    'a backend that is not there',
    { backendRef: ref('none') },
    'error resolving oauth2 backend: Backend default/none not found',
  ],
  [
    'a secret that is not there',
    { credentials: { clientID: 'c', clientSecretRef: { name: 'none' } } },
    'Secret default/none not found',
  ],
  [
    'a secret without its key',
    { credentials: { clientID: 'c', clientSecretRef: { name: 'empty' } } },
    'client-secret not found or empty in secret default/empty referenced by GatewayExtension default/login',
  ],
  ['no scheme', { redirectURI: '/x' }, 'invalid redirectURI: invalid redirect URI: /x; missing scheme'],
  [
    'no path',
    { redirectURI: 'https://a.test/' },
    'invalid redirectURI: invalid redirect URI: https://a.test/; missing path',
  ],
]
for (const [sentence, spec, says] of wrong) {
  test(`${sentence}: the policy is invalid, and its route closed`, () => {
    const seen = translated([...base, policy, extension(spec), secret('empty', { other: 'x' })])
    assert.deepEqual(seen.conditions('TrafficPolicy', 'p').slice(0, 1), [
      `Accepted=False Invalid: extauth: error building OAuth2 config: ${says}`,
    ])
    assert.deepEqual(seen.chain('HTTPRoute/default/r'), ['direct-response'])
  })
}
