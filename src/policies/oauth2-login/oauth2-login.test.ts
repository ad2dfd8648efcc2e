import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskBackend } from '../../policy/backend-connections.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeExchange, type FakeRequest, inWords } from '../../policy/test-kit.ts'
import type { Verdict } from '../../policy/verdict.ts'
import { oauth2Login } from './handler.ts'

const START = 1_700_000_000_000
const given = {
  authorizationEndpoint: 'https://idp.test/authorize?prompt=login',
  tokenEndpoint: 'https://idp.test/token',
  backend: { host: 'idp', port: 443 },
  ...{ clientId: 'client', clientSecret: 'secret&+', cookieSecret: 'cookies', scopes: ['openid', 'email'] },
}
type Answer = { readonly status: number; readonly body: string } | Error
const tokens = (more: object = {}): Answer => ({
  status: 200,
  body: JSON.stringify({ access_token: 'AT', id_token: 'a.e30.c', refresh_token: 'RT', expires_in: 3600, ...more }),
})

/** The policy with a token endpoint that says what it is told, and a browser that keeps cookies. */
class Setting {
  now = START
  answer: Answer = tokens()
  readonly forms: Record<string, string>[] = []
  readonly cookies = new Map<string, string>()
  /** The last Set-Cookie lines. */
  lines: readonly string[] = []
  exchange = new FakeExchange()
  readonly #compiled

  constructor(config: object = {}, cookieSecret = 'cookies') {
    const all = { ...given, cookieSecret, ...config }
    const { backend, timeoutMs } = oauth2Login.config.parse(all)
    const registry = new Registry()
    const ask: AskBackend = async ({ body, ...request }) => {
      assert.deepEqual(request, {
        ...{ method: 'POST', path: '/token', timeoutMs },
        headers: [
          'host',
          'idp.test',
          'accept',
          'application/json',
          'content-type',
          'application/x-www-form-urlencoded',
        ],
      })
      this.forms.push(Object.fromEntries(new URLSearchParams(String(body))))
      if (this.answer instanceof Error) throw this.answer
      return { headers: [], ...this.answer }
    }
    registry.get(`oauth2-login ${JSON.stringify(backend)}`, () => ({ ask, close: () => {} }))
    this.#compiled = compilePolicy(oauth2Login, all, { registry })
  }

  async ask(target: string, request: FakeRequest = {}): Promise<Verdict> {
    const [path, query = ''] = target.split('?') as [string, string | undefined]
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie !== '' && { cookie }), ...request.headers }
    this.exchange = new FakeExchange({ host: 'a.test', now: this.now, ...request, path, query, headers })
    const verdict = await this.#compiled.request!(this.exchange)
    const answered = verdict.kind === 'answered' ? verdict.answer.headers : this.exchange.client.added
    this.lines = answered.filter(([name]) => name === 'set-cookie').map(([, line]) => line)
    for (const line of this.lines) {
      const [name, value] = line.split(';', 1)[0]!.split(/=(.*)/s) as [string, string]
      if (line.includes('1970')) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return verdict
  }

  /** Begins a login. @returns the arguments that the browser takes to the identity provider. */
  async begin(target = '/app/x?q=1&r=a%20b'): Promise<Record<string, string>> {
    return Object.fromEntries(new URL(locationOf(await this.ask(target))).searchParams)
  }

  async logIn(target?: string): Promise<Verdict> {
    const { state } = await this.begin(target)
    return this.ask(`/oauth2/redirect?code=CODE&state=${state}`)
  }
}

function locationOf(verdict: Verdict): string {
  assert.ok(verdict.kind === 'answered', inWords(verdict))
  assert.equal(verdict.answer.status, 302)
  return verdict.answer.headers.find(([name]) => name === 'location')![1]
}
const FAILED = '401 login-failed'

test('who is not logged in is sent to the identity provider, with PKCE', async () => {
  const setting = new Setting()
  const location = new URL(locationOf(await setting.ask('/app/x?q=1')))
  assert.equal(`${location.origin}${location.pathname}`, 'https://idp.test/authorize')
  const { state, code_challenge, ...rest } = Object.fromEntries(location.searchParams)
  assert.deepEqual(rest, {
    ...{ client_id: 'client', code_challenge_method: 'S256', prompt: 'login', response_type: 'code' },
    ...{ redirect_uri: 'http://a.test/oauth2/redirect', scope: 'openid email' },
  })
  assert.match(code_challenge!, /^[\w-]{43}$/)
  assert.ok(!Buffer.from(state!, 'base64url').toString('latin1').includes('app'), 'the state tells nothing')
  assert.match(location.search, /scope=openid%20email/)
  assert.deepEqual(
    setting.lines.map((line) => line.replace(/\.[^=]+=[^;]+/, '.FLOW=…')),
    [
      'OauthNonce.FLOW=…;path=/;Max-Age=600;secure;HttpOnly',
      'OauthCodeVerifier.FLOW=…;path=/;Max-Age=600;secure;HttpOnly',
    ],
  )
})

test('a code becomes a session, and the browser goes where it wanted to', async () => {
  const setting = new Setting()
  const { code_challenge: challenge } = await setting.begin()
  const verifierCookie = [...setting.cookies.keys()].find((name) => name.startsWith('OauthCodeVerifier'))
  assert.ok(verifierCookie)
  const other = new Setting()
  assert.equal(locationOf(await other.logIn('/app/x?q=1&r=a%20b')), 'http://a.test/app/x?q=1&r=a%20b')
  const [form] = other.forms
  assert.deepEqual(
    { ...form, code_verifier: '' },
    {
      ...{ grant_type: 'authorization_code', code: 'CODE', client_id: 'client', client_secret: 'secret&+' },
      ...{ redirect_uri: 'http://a.test/oauth2/redirect', code_verifier: '' },
    },
  )
  assert.match(form!['code_verifier']!, /^[\w-]{43}$/)
  assert.notEqual(form!['code_verifier'], challenge)
  assert.deepEqual([...other.cookies.keys()].sort(), [
    ...['AccessToken', 'IdToken', 'OauthExpires', 'OauthHMAC', 'RefreshToken'],
  ])
  assert.deepEqual(
    other.lines.map((line) => line.replace(/=[\w.-]+/, '=…').replace(/\.[\w-]+=/, '.FLOW=')),
    [
      'OauthHMAC=…;path=/;Max-Age=3600;secure;HttpOnly',
      'OauthExpires=…;path=/;Max-Age=3600;secure;HttpOnly',
      'AccessToken=…;path=/;Max-Age=3600;secure;HttpOnly',
      'IdToken=…;path=/;Max-Age=3600;secure;HttpOnly',
      'RefreshToken=…;path=/;Max-Age=604800;secure;HttpOnly',
      'OauthNonce.FLOW=…;path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'OauthCodeVerifier.FLOW=…;path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ],
  )
  const text = JSON.stringify(other.lines)
  for (const secret of ['"AT', '=AT', 'a.e30.c', '=RT']) assert.ok(!text.includes(secret), secret)
})

test('with a session requests go on: tokens in the clear, and none of our other cookies', async () => {
  const setting = new Setting()
  await setting.logIn()
  setting.cookies.set('other', '"1"')
  assert.equal(inWords(await setting.ask('/app', { headers: { authorization: 'Basic mine' } })), 'next')
  assert.deepEqual(setting.exchange.upstream.set, { cookie: 'other="1"; IdToken=a.e30.c; AccessToken=AT' })
  assert.deepEqual(setting.exchange.upstream.droppedHeaders, [])
})

test('forwardAccessToken puts it into Authorization, and nothing of the caller’s', async () => {
  const setting = new Setting({ forwardAccessToken: true })
  await setting.logIn()
  await setting.ask('/app', { headers: { authorization: 'Basic mine' } })
  assert.equal(setting.exchange.upstream.set['authorization'], 'Bearer AT')
})

test('what is not to be kept in cookies is not', async () => {
  const setting = new Setting({ cookies: { setAccessToken: false, setIdToken: false, setRefreshToken: false } })
  await setting.logIn()
  assert.deepEqual([...setting.cookies.keys()], ['OauthHMAC', 'OauthExpires'])
  assert.equal(inWords(await setting.ask('/app')), 'next')
  assert.deepEqual(setting.exchange.upstream.droppedHeaders, ['cookie'])
})

test('domain, SameSite and names of cookies', async () => {
  const cookies = { domain: 'a.test', sameSite: 'Lax', names: { accessToken: 'at', nonce: 'n-1' } }
  const setting = new Setting({ cookies })
  await setting.begin()
  assert.match(setting.lines[0]!, /^n-1\..+;domain=a\.test;path=\/;Max-Age=600;secure;HttpOnly;SameSite=Lax$/)
  await setting.logIn()
  assert.match(setting.lines[2]!, /^at=.+;domain=a\.test;path=\/;Max-Age=3600;secure;HttpOnly;SameSite=Lax$/)
  assert.match(setting.lines.at(-1)!, /=deleted;domain=a\.test;path=\/;expires=/)
  assert.equal(inWords(await setting.ask('/app', { host: 'other.a.test' })), 'next', 'good in the whole domain')
})

/** Each takes a browser that began a login, and the arguments it would come back with. */
const bad: [sentence: string, change: (setting: Setting, query: URLSearchParams) => void | Promise<void>][] = [
  ['an error of the identity provider', (_, query) => query.set('error', 'access_denied')],
  ['no code', (_, query) => query.delete('code')],
  ['no state', (_, query) => query.delete('state')],
  ['a state that is garbage', (_, query) => query.set('state', '!!!')],
  [
    'a state of another gateway',
    async (_, query) => query.set('state', (await new Setting({}, 'x').begin())['state']!),
  ],
  ['another browser', (setting) => setting.cookies.clear()],
  [
    'a nonce of another login',
    async (setting) => {
      const nonce = [...setting.cookies.keys()].find((name) => name.startsWith('OauthNonce'))!
      setting.cookies.set(nonce, 'AAAAAAAAAAAAAAAAAAAAAA')
    },
  ],
  [
    'a verifier of another login',
    async (setting) => {
      const verifier = [...setting.cookies.keys()].find((name) => name.startsWith('OauthCodeVerifier'))!
      const other = new Setting()
      await other.begin()
      setting.cookies.set(
        verifier,
        other.cookies.get([...other.cookies.keys()].find((name) => name.startsWith('OauthCodeVerifier'))!)!,
      )
    },
  ],
  ['a login that took too long', (setting) => void (setting.now += 600_001)],
]
for (const [sentence, change] of bad) {
  test(`coming back with ${sentence}: ${FAILED}`, async () => {
    const setting = new Setting()
    const { state } = await setting.begin()
    const query = new URLSearchParams({ code: 'CODE', state: state! })
    await change(setting, query)
    assert.equal(inWords(await setting.ask(`/oauth2/redirect?${query}`)), FAILED)
    assert.equal(setting.forms.length, 0)
  })
}

const refusals: [sentence: string, answer: Answer][] = [
  ['a refusal', { status: 400, body: '{"error":"invalid_grant"}' }],
  ['an error', { status: 500, body: '' }],
  ['no JSON', { status: 200, body: 'AT' }],
  ['no access token', tokens({ access_token: undefined })],
  ['a token that is no text', tokens({ access_token: 7 })],
  ['a token that can’t stand in a cookie', tokens({ access_token: 'a;b' })],
  ['an ID token that can’t stand in a cookie', tokens({ id_token: 'a\r\nb' })],
  ['no end', tokens({ expires_in: undefined })],
  ['no connection', new Error('refused')],
]
for (const [sentence, answer] of refusals) {
  test(`the token endpoint answers with ${sentence}: ${FAILED}`, async () => {
    const setting = new Setting()
    setting.answer = answer
    const verdict = await setting.logIn()
    assert.equal(inWords(verdict), FAILED)
    assert.ok(verdict.kind === 'denied' && verdict.detail.log !== undefined)
    assert.doesNotMatch(verdict.detail.log, /CODE|secret&|a;b/)
    assert.ok(!setting.cookies.has('OauthHMAC'))
  })
}

test('the refusal is worded as Envoy words it', () => {
  for (const { status, message } of Object.values(oauth2Login.reasons)) {
    assert.deepEqual([status, message], [401, 'OAuth flow failed.'])
  }
})

const tampered: [sentence: string, change: (cookies: Map<string, string>) => void][] = [
  ['another access token', (cookies) => cookies.set('AccessToken', 'zzzz')],
  ['the access token in place of the ID token', (cookies) => cookies.set('IdToken', cookies.get('AccessToken')!)],
  ['another end', (cookies) => cookies.set('OauthExpires', '99999999999')],
  ['no proof', (cookies) => cookies.delete('OauthHMAC')],
  ['an access token taken out', (cookies) => cookies.delete('AccessToken')],
]
for (const [sentence, change] of tampered) {
  test(`a session with ${sentence} is none`, async () => {
    const setting = new Setting({ cookies: { setRefreshToken: false } })
    await setting.logIn()
    change(setting.cookies)
    assert.match(locationOf(await setting.ask('/app')), /^https:\/\/idp\.test\//)
  })
}

test('a session is good on its own host, and with its own secret', async () => {
  const setting = new Setting({ cookies: { setRefreshToken: false } })
  await setting.logIn()
  assert.match(locationOf(await setting.ask('/app', { host: 'b.test' })), /^https:\/\/idp\.test\//)
  const other = new Setting({ cookies: { setRefreshToken: false } }, 'another')
  for (const [name, value] of setting.cookies) other.cookies.set(name, value)
  assert.match(locationOf(await other.ask('/app')), /^https:\/\/idp\.test\//)
})

test('what is over is opened again with the refresh token', async () => {
  const setting = new Setting()
  await setting.logIn()
  setting.now += 3_601_000
  setting.answer = tokens({ access_token: 'AT2', id_token: undefined, refresh_token: 'RT2', expires_in: 100 })
  assert.equal(inWords(await setting.ask('/app', { method: 'POST' })), 'next')
  assert.deepEqual(setting.forms.at(-1), {
    ...{ grant_type: 'refresh_token', refresh_token: 'RT', client_id: 'client', client_secret: 'secret&+' },
  })
  assert.equal(setting.exchange.upstream.set['cookie'], 'IdToken=a.e30.c; AccessToken=AT2', 'the ID token stays')
  const forms = setting.forms.length
  assert.equal(inWords(await setting.ask('/app')), 'next')
  assert.equal(setting.forms.length, forms, 'and the session is open again')
})

test('the refresh token alone is enough, and stays when no other is given', async () => {
  const setting = new Setting()
  await setting.logIn()
  for (const name of [...setting.cookies.keys()]) if (name !== 'RefreshToken') setting.cookies.delete(name)
  setting.answer = tokens({ id_token: undefined, refresh_token: undefined })
  assert.equal(inWords(await setting.ask('/app')), 'next')
  assert.ok(setting.cookies.has('RefreshToken'))
})

test('a refresh token that is refused means logging in again', async () => {
  const setting = new Setting()
  await setting.logIn()
  setting.now += 3_601_000
  setting.answer = { status: 400, body: '{"error":"invalid_grant"}' }
  assert.match(locationOf(await setting.ask('/app')), /^https:\/\/idp\.test\//)
})

test('ten requests with one old token refresh it once; a failure is tried again', async () => {
  const setting = new Setting()
  await setting.logIn()
  setting.now += 3_601_000
  const old = new Map(setting.cookies)
  const forms = setting.forms.length
  const restore = () => {
    setting.cookies.clear()
    for (const [name, value] of old) setting.cookies.set(name, value)
  }
  setting.answer = new Error('down')
  restore()
  await setting.ask('/app')
  setting.answer = tokens({ refresh_token: 'RT2' })
  for (let n = 0; n < 10; n++) {
    restore()
    assert.equal(inWords(await setting.ask('/app')), 'next')
  }
  assert.equal(setting.forms.length, forms + 2)
  setting.now += 10_001
  restore()
  await setting.ask('/app')
  assert.equal(setting.forms.length, forms + 3)
})

test('coming back where another tab logged in already goes on without another code', async () => {
  const setting = new Setting()
  const first = await setting.begin('/first')
  await setting.logIn('/second')
  const forms = setting.forms.length
  assert.equal(
    locationOf(await setting.ask(`/oauth2/redirect?code=CODE&state=${first['state']}`)),
    'http://a.test/first',
  )
  assert.equal(setting.forms.length, forms)
  assert.equal(inWords(await setting.ask('/oauth2/redirect?code=CODE&state=x')), FAILED)
})

test('several tabs log in at once; of many that nobody finished the oldest are forgotten', async () => {
  const setting = new Setting()
  const states: string[] = []
  for (let n = 0; n < 10; n++) {
    setting.now++
    states.push((await setting.begin(`/tab/${n}`))['state']!)
  }
  assert.equal([...setting.cookies.keys()].length, 12)
  assert.equal(inWords(await setting.ask(`/oauth2/redirect?code=CODE&state=${states[0]}`)), FAILED)
  const verdict = await setting.ask(`/oauth2/redirect?code=CODE&state=${states[5]}`)
  assert.equal(locationOf(verdict), 'http://a.test/tab/5')
})

test('logging out ends the session', async () => {
  const setting = new Setting()
  await setting.logIn()
  assert.equal(locationOf(await setting.ask('/logout?x=1')), 'http://a.test/')
  assert.deepEqual([...setting.cookies.keys()], [])
})

test('logging out at the identity provider too', async () => {
  const setting = new Setting({ endSessionEndpoint: 'https://idp.test/end?q=1' })
  assert.equal(
    locationOf(await setting.ask('/logout')),
    'https://idp.test/end?client_id=client&post_logout_redirect_uri=http%3A%2F%2Fa.test%2F&q=1',
  )
  await setting.logIn()
  assert.match(locationOf(await setting.ask('/logout')), /&id_token_hint=a\.e30\.c&/)
})

test('scripts that can’t follow a redirect are refused', async () => {
  const denyRedirect = [
    { name: 'X-Requested-With', value: 'XMLHttpRequest' },
    { name: 'accept', kind: 'regex', value: 'application/.*' },
  ]
  const setting = new Setting({ denyRedirect })
  for (const [headers, verdict] of [
    [{ 'x-requested-with': 'XMLHttpRequest' }, '401 not-logged-in'],
    [{ accept: 'application/json' }, '401 not-logged-in'],
    [{ accept: 'text/html, application/json' }, 'answered 302'],
    [{ 'x-requested-with': 'other' }, 'answered 302'],
  ] as const) {
    assert.equal(inWords(await setting.ask('/app', { headers })), verdict)
  }
})

test('a session of another use with the same secret is none here, whatever its cookies are called', async () => {
  const names = (suffix: string) => ({ hmac: `HMAC-${suffix}`, expires: `Expires-${suffix}` })
  const withoutTokens = { setAccessToken: false, setIdToken: false, setRefreshToken: false }
  const theirs = new Setting({ cookies: { ...withoutTokens, names: names('theirs') } })
  const ours = new Setting({ cookies: { names: names('ours') } })
  await theirs.logIn()
  assert.equal(inWords(await theirs.ask('/app')), 'next')
  for (const [name, value] of theirs.cookies) ours.cookies.set(name.replace('theirs', 'ours'), value)
  assert.equal(inWords(await ours.ask('/app')), 'answered 302')
})

test('only the very paths are ours', async () => {
  const setting = new Setting()
  for (const path of ['/logout/x', '/oauth2/redirect/', '/oauth2']) {
    assert.match(locationOf(await setting.ask(path)), /^https:\/\/idp\.test\//)
  }
})

test('what a trusted proxy says of the scheme is believed, and of nobody else', async () => {
  const setting = new Setting()
  const headers = { 'x-forwarded-proto': 'https' }
  const uriOf = (verdict: Verdict) => new URL(locationOf(verdict)).searchParams.get('redirect_uri')
  assert.equal(uriOf(await setting.ask('/app', { headers })), 'http://a.test/oauth2/redirect')
  assert.equal(uriOf(await setting.ask('/app', { headers, peerTrusted: true })), 'https://a.test/oauth2/redirect')
})

test('an ID token’s cookie lives as long as the token says', async () => {
  const setting = new Setting()
  const payload = Buffer.from(JSON.stringify({ exp: START / 1000 + 50 })).toString('base64url')
  setting.answer = tokens({ id_token: `a.${payload}.c` })
  await setting.logIn()
  assert.match(setting.lines.find((line) => line.startsWith('IdToken='))!, /;Max-Age=50;/)
})

test('records show no code', () => {
  assert.deepEqual(oauth2Login.credentialNames?.(oauth2Login.config.parse(given)), { query: ['code', 'state'] })
})

const problems: [config: object, problem: RegExp][] = [
  [{ authorizationEndpoint: 'idp' }, /authorizationEndpoint.*is no URL/],
  [{ tokenEndpoint: 'ftp://idp/' }, /tokenEndpoint.*is no URL/],
  [{ redirectPath: 'x' }, /redirectPath.*must start with/],
  [{ redirectUri: '%NOPE%' }, /%NOPE% is not known/],
  [{ denyRedirect: [{ name: 'a', kind: 'regex', value: '(' }] }, /denyRedirect\[0\]\.value/],
  [{ cookies: { names: { accessToken: 'IdToken' } } }, /must all differ/],
  [{ cookies: { names: { accessToken: 'a b' } } }, /is no cookie name/],
  [{ cookies: { domain: 'a.test;x' } }, /is no domain/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => {
    assert.throws(() => compilePolicy(oauth2Login, { ...given, ...config }), problem)
  })
}
