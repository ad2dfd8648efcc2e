import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import { Agent, fetch as undiciFetch } from 'undici'
import { type Gateway, startGateway } from '../../src/app.ts'

/**
 * The grants of the `oauth2` policy, driven over TLS by a client library that knows nothing of us, in one process and with
 * two workers. The login application, which the standard leaves open, is played by the test.
 */
const loopback = { host: '127.0.0.1', port: 0 }
const REDIRECT = 'https://app.example/callback'
const PROVISION = 'a secret of the login application'

// Each request is a connection of its own: with two workers they are handed out in turn.
const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, pipelining: 0 })
const tlsFetch = (url: string | URL, init: object = {}) =>
  undiciFetch(url, { ...init, dispatcher } as never) as unknown as Promise<Response>
const options = { [oauth.customFetch]: tlsFetch as never }

for (const workers of [1, 2]) {
  describe(`oauth2 with ${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-oauth2-'))
    const told: string[] = []
    let service: Server
    let gateway: Gateway
    let as: oauth.AuthorizationServer
    let heard: Record<string, unknown> = {}

    const app: oauth.Client = { client_id: 'app' }
    const appSecret = oauth.ClientSecretPost('app-secret')
    const phone: oauth.Client = { client_id: 'phone' }

    before(async () => {
      service = createServer((request, response) => {
        heard = request.headers
        response.end('served')
      })
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
      const settings = {
        ...{ sources: [], store: `sqlite:${join(folder, 'store.db')}`, workers, trustedIps: [], accessLog: null },
        ...{ proxyHttp: loopback, proxyHttps: loopback, admin: loopback, status: null },
        ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
      }
      const note = (fields: object, message: string) => told.push(`${message} ${JSON.stringify(fields)}`)
      gateway = await startGateway(settings, { info: note, warn: note, error: note })
      const port = (service.address() as AddressInfo).port
      await made('PUT', '/services/s', { url: `http://127.0.0.1:${port}` })
      await made('PUT', '/services/s/routes/r', { paths: ['/api'], strip_path: false })
      await made('POST', '/services/s/plugins', {
        name: 'oauth2',
        config: {
          ...{ enable_authorization_code: true, enable_implicit_grant: true },
          ...{ enable_client_credentials: true, enable_password_grant: true },
          ...{ provision_key: PROVISION, scopes: ['read', 'write'], introspection: true },
        },
      })
      await made('PUT', '/consumers/partner', {})
      const client = (client_id: string, more: object) =>
        made('POST', '/consumers/partner/oauth2', { name: client_id, client_id, redirect_uris: [REDIRECT], ...more })
      await client('app', { client_secret: 'app-secret' })
      await client('hashed', { client_secret: 'app-secret', hash_secret: true })
      await client('phone', { client_type: 'public' })
      const base = `https://127.0.0.1:${gateway.ports.https}/api`
      as = {
        issuer: base,
        authorization_endpoint: `${base}/oauth2/authorize`,
        token_endpoint: `${base}/oauth2/token`,
        introspection_endpoint: `${base}/oauth2/introspect`,
      }
    })
    after(async () => {
      await gateway?.stop(1000)
      service.close()
      service.closeAllConnections()
      rmSync(folder, { recursive: true, force: true })
    })

    const admin = (method: string, path: string, body?: object) =>
      fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    async function made(method: string, path: string, body: object): Promise<void> {
      const answer = await admin(method, path, body)
      assert.ok(answer.ok, await answer.text())
    }

    /** What the login application does once a user gave consent. @returns where it sends the browser. */
    async function consent(params: Record<string, string>): Promise<URL> {
      const body = new URLSearchParams({
        ...{ provision_key: PROVISION, authenticated_userid: 'user-1', scope: 'read', response_type: 'code' },
        ...params,
      })
      const answer = await tlsFetch(as.authorization_endpoint!, { method: 'POST', body })
      assert.equal(answer.status, 200)
      return new URL(((await answer.json()) as { redirect_uri: string }).redirect_uri)
    }

    /** Status of a call with that token. */
    async function call(token: string): Promise<number> {
      const answer = await tlsFetch(`${as.issuer}/orders`, { headers: { authorization: `Bearer ${token}` } })
      await answer.text()
      return answer.status
    }

    /** A code exchanged for tokens by the library, state and PKCE included. */
    async function exchanged(client = app, proof = appSecret) {
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const browser = await consent({
        ...{ client_id: client.client_id, state, code_challenge_method: 'S256' },
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      })
      const params = oauth.validateAuthResponse(as, client, browser, state)
      const exchange = () => oauth.authorizationCodeGrantRequest(as, client, proof, params, REDIRECT, verifier, options)
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, await exchange())
      return { tokens, exchange }
    }

    it('gives a token for a code, once, and the service hears for whom it speaks', async () => {
      const { tokens, exchange } = await exchanged()
      assert.deepEqual([tokens.token_type, tokens.expires_in], ['bearer', 7200])
      assert.equal(await call(tokens.access_token), 200)
      const { 'x-consumer-username': name, 'x-credential-identifier': id } = heard
      assert.deepEqual([name, id], ['partner', 'app'])
      assert.deepEqual([heard['x-authenticated-scope'], heard['x-authenticated-userid']], ['read', 'user-1'])
      const again = await exchange()
      assert.equal(again.status, 400)
      assert.deepEqual(await again.json(), { error: 'invalid_request', error_description: 'Invalid code' })
    })

    it('gives a token to a public client that proves itself by PKCE alone', async () => {
      const { tokens } = await exchanged(phone, oauth.None())
      assert.equal(await call(tokens.access_token), 200)
      assert.equal(heard['x-credential-identifier'], 'phone')
    })

    it('gives a token straight to the browser', async () => {
      const browser = await consent({ client_id: 'app', response_type: 'token', state: 'st' })
      const given = new URLSearchParams(browser.hash.slice(1))
      assert.deepEqual([given.get('state'), given.get('refresh_token')], ['st', null])
      assert.equal(await call(given.get('access_token')!), 200)
    })

    const proofs: [string, oauth.Client, oauth.ClientAuth][] = [
      ['a form', app, appSecret],
      ['the header', app, oauth.ClientSecretBasic('app-secret')],
      ['a form, against a hash', { client_id: 'hashed' }, appSecret],
    ]
    for (const [where, client, proof] of proofs) {
      it(`gives a token for a client's own credentials in ${where}`, async () => {
        const answer = await oauth.clientCredentialsGrantRequest(as, client, proof, { scope: 'read' }, options)
        const tokens = await oauth.processClientCredentialsResponse(as, client, answer)
        assert.equal(tokens.refresh_token, undefined)
        assert.equal(await call(tokens.access_token), 200)
        assert.equal(heard['x-authenticated-userid'], undefined)
      })
    }

    it('tells a client with another secret so, in the words of the standard', async () => {
      const wrong = oauth.ClientSecretBasic('x')
      const grant = new URLSearchParams({ code: 'x' })
      const answer = await oauth.genericTokenEndpointRequest(as, app, wrong, 'authorization_code', grant, options)
      const problem = await oauth.processGenericTokenEndpointResponse(as, app, answer).catch((error) => error)
      assert.ok(problem instanceof oauth.WWWAuthenticateChallengeError || problem instanceof oauth.ResponseBodyError)
      assert.equal(problem.status, 401)
    })

    it('gives a token for a user whose password was checked, and renews it, once', async () => {
      const params = { provision_key: PROVISION, authenticated_userid: 'user-2', scope: 'write' }
      const answer = await oauth.genericTokenEndpointRequest(as, app, appSecret, 'password', params, options)
      const first = await oauth.processGenericTokenEndpointResponse(as, app, answer)
      assert.equal(await call(first.access_token), 200)
      assert.equal(heard['x-authenticated-userid'], 'user-2')
      const renew = () => oauth.refreshTokenGrantRequest(as, app, appSecret, first.refresh_token!, options)
      const second = await oauth.processRefreshTokenResponse(as, app, await renew())
      assert.notEqual(second.access_token, first.access_token)
      assert.deepEqual([await call(first.access_token), await call(second.access_token)], [401, 200])
      assert.equal(heard['x-authenticated-scope'], 'write')
      assert.equal((await renew()).status, 400)
    })

    it('tells what a token is worth, and refuses one that was taken back from the next request on', async () => {
      const { tokens } = await exchanged()
      const inspect = async () => {
        const answer = await oauth.introspectionRequest(as, app, appSecret, tokens.access_token, options)
        return oauth.processIntrospectionResponse(as, app, answer)
      }
      const { active, client_id, scope, sub } = await inspect()
      assert.deepEqual(
        { active, client_id, scope, sub },
        { active: true, client_id: 'app', scope: 'read', sub: 'user-1' },
      )
      assert.equal((await admin('DELETE', `/oauth2_tokens/${tokens.access_token}`)).status, 204)
      assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => call(tokens.access_token))), [401, 401, 401, 401])
      assert.deepEqual(await inspect(), { active: false })
    })

    it('refuses the tokens of a client that was deleted', async () => {
      await made('POST', '/consumers/partner/oauth2', { name: 'x', client_id: 'leaver', client_secret: 's' })
      const leaver = { client_id: 'leaver' }
      const proof = oauth.ClientSecretPost('s')
      const answer = await oauth.clientCredentialsGrantRequest(as, leaver, proof, { scope: 'read' }, options)
      const { access_token } = await oauth.processClientCredentialsResponse(as, leaver, answer)
      assert.equal(await call(access_token), 200)
      assert.equal((await admin('DELETE', '/consumers/partner/oauth2/leaver')).status, 204)
      assert.equal(await call(access_token), 401)
      assert.equal((await admin('GET', `/oauth2_tokens/${access_token}`)).status, 404)
    })

    it('gives one token to fifty that come with one code at once', async () => {
      const code = (await consent({ client_id: 'app' })).searchParams.get('code')!
      const form = { grant_type: 'authorization_code', client_id: 'app', client_secret: 'app-secret', code }
      const before = await count()
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const answer = await tlsFetch(as.token_endpoint!, { method: 'POST', body: new URLSearchParams(form) })
          await answer.text()
          return answer.status
        }),
      )
      assert.equal(statuses.filter((status) => status === 200).length, 1)
      assert.equal(statuses.filter((status) => status === 400).length, 49)
      assert.equal((await count()) - before, 1)
    })
    const count = async () => {
      const { data } = (await (await admin('GET', '/oauth2_tokens?size=1000')).json()) as { data: unknown[] }
      return data.length
    }

    it('takes no secrets by plain HTTP', async () => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'app',
        client_secret: 'app-secret',
      })
      const url = `http://127.0.0.1:${gateway.ports.http}/api/oauth2/token`
      const answer = await fetch(url, { method: 'POST', body, headers: { 'x-forwarded-proto': 'https' } })
      assert.equal(answer.status, 400)
      assert.deepEqual(await answer.json(), { error: 'access_denied', error_description: 'You must use HTTPS' })
    })

    it('has told nobody a secret', () => {
      for (const secret of ['app-secret', PROVISION]) assert.ok(!told.some((line) => line.includes(secret)))
    })
  })
}
