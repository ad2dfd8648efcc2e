/** `oauth2-login` with a real OpenID provider and as much of a browser as it takes; `jwt-authn` reads the ID token behind it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderWith, startGateway } from '../../e2e/cli/command-line.ts'
import { startService } from '../../e2e/cli/service.ts'
import { Browser, type Page } from './browser.ts'
import { CLIENT, startLoginProvider } from './login-provider.ts'

const APP = 'http://app.test'
const REDIRECT = `${APP}/oauth2/redirect`

/** Fills in the provider's forms until it sends the browser back. */
async function fillIn(browser: Browser, page: Page): Promise<Page> {
  let at = page
  while (at.url.includes('/interaction/')) {
    const action = /action="([^"]+)"/.exec(at.body)![1]!
    const prompt = /name="prompt" value="([^"]+)"/.exec(at.body)![1]!
    at = await browser.open(new URL(action, at.url).href, { prompt, login: 'alice', password: 'any' })
  }
  return at
}

test('people log in, stay logged in, and log out', async (t) => {
  const provider = await startLoginProvider(REDIRECT, `${APP}/`)
  t.after(() => provider.stop())
  const service = await startService(t, (request, response) =>
    response.end(`${request.url} ${request.headers['x-sub']}`),
  )
  const { issuer, port } = provider
  const backend = { host: '127.0.0.1', port }
  const login = {
    authorizationEndpoint: `${issuer}/auth?prompt=consent`,
    tokenEndpoint: `${issuer}/token`,
    endSessionEndpoint: `${issuer}/session/end`,
    backend,
    ...{ clientId: CLIENT.id, clientSecret: CLIENT.secret, cookieSecret: 'of the test' },
    ...{ scopes: ['openid', 'offline_access'], redirectUri: REDIRECT },
  }
  const idToken = {
    ...{ name: 'idp', issuer, audiences: [CLIENT.id], from: [{ cookie: 'IdToken' }] },
    claimsToHeaders: [{ claim: 'sub', header: 'x-sub' }],
    keys: { remote: { url: `${issuer}/jwks`, ...backend } },
  }
  const plugins = [
    { name: 'oauth2-login', config: login },
    { name: 'jwt-authn', config: { providers: [idToken] } },
  ]
  const document = {
    _format_version: '3.0',
    services: [
      { name: 's', url: service.url, routes: [{ name: 'r', hosts: ['app.test'], strip_path: false, plugins }] },
    ],
  }
  const folder = folderWith(t, { 'kong.json': JSON.stringify(document) })
  const { proxy } = await startGateway(t, ['--source', `kong:${join(folder, 'kong.json')}`])
  const browser = new Browser({ 'app.test': Number(new URL(proxy).port) })
  const jar = browser.cookies('app.test')

  const form = await browser.open(`${APP}/reports?q=a%20b&x`)
  assert.match(form.url, /\/interaction\//, form.body)
  const page = await fillIn(browser, form)
  assert.deepEqual([page.status, page.url, page.body], [200, `${APP}/reports?q=a%20b&x`, '/reports?q=a%20b&x alice'])
  assert.deepEqual([...jar.keys()].sort(), ['AccessToken', 'IdToken', 'OauthExpires', 'OauthHMAC', 'RefreshToken'])
  const [header, payload] = service.seen.at(-1)!['cookie']!.split('IdToken=')[1]!.split('.')
  assert.equal(JSON.parse(Buffer.from(header!, 'base64url').toString()).kid, 'key-1')
  assert.equal(JSON.parse(Buffer.from(payload!, 'base64url').toString()).aud, CLIENT.id)

  const visits = browser.visited.length
  assert.equal((await browser.open(`${APP}/more`)).body, '/more alice')
  assert.equal(browser.visited.length, visits + 1, 'without asking anybody')

  const before = jar.get('RefreshToken')
  for (const name of [...jar.keys()]) if (name !== 'RefreshToken') jar.delete(name)
  assert.equal((await browser.open(`${APP}/again`)).body, '/again alice')
  assert.equal(browser.visited.length, visits + 2, 'by the refresh token')
  assert.notEqual(jar.get('RefreshToken'), before)

  const code = new URL(browser.visited.find((url) => url.startsWith(`${REDIRECT}?`))!)
  assert.equal(
    (await new Browser({ 'app.test': Number(new URL(proxy).port) }).open(code.href)).status,
    401,
    'nobody else',
  )

  const goodbye = await browser.open(`${APP}/logout`)
  assert.match(goodbye.url, /\/session\/end\?/)
  assert.equal(goodbye.status, 200)
  assert.match(goodbye.body, /logout/i)
  assert.equal(jar.size, 0)
})
