import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { request } from 'node:https'
import { describe, it } from 'node:test'
import { signCompact } from '../../../src/identity/jose/sign-compact.ts'
import { sallyport, startGateway } from './command-line.ts'
import { startService } from './service.ts'

// The credential and the token of the page that users come from, character by character.
const KEY = 'YyXIAIlmFf1Fa4sLg2wJGBwH5ESsovBy'
const SECRET = 'o2eQQg2xF5FITEz17VatRlqrZzQMpMZg'
const TOKEN = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJzb21lIjoicGF5bG9hZCIsImlzcyI6Ill5WElBSWxtRmYxRmE0c0xnMndKR0J3SDVFU3NvdkJ5In0',
  'lkxltveJ2ZQjrdQ7D41UWknNgKCAEfeaqO-8K3z2jHk',
].join('.')

/** As `curl -k`. */
function call(url: string, token?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const sent = request(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('the first protected route, by the words of the page', () => {
  it('refuses without a token and lets in with one', async (t) => {
    const service = await startService(t)
    const { env } = await startGateway(t)
    const withTarget = { ...env, SALLYPORT_DEFAULT_TARGET: service.url }

    assert.equal((await sallyport(t, ['route', 'add', '/app', '--jwt'], withTarget)).code, 0)
    const endpoint = `https://${(await sallyport(t, ['infra', 'endpoint'], env)).out.trim()}`
    assert.deepEqual(await call(`${endpoint}/app`), { status: 401, body: '{"message":"Unauthorized"}' })

    assert.equal((await sallyport(t, ['consumer', 'add', 'my-app'], env)).code, 0)
    const added = await sallyport(t, ['jwt', 'add', 'my-app'], env)
    const [, row] = /^ALGORITHM +SECRET +ISS\n(.+)\n$/.exec(added.out)!
    const [algorithm, secret, iss] = row!.split(/ +/)
    assert.equal(algorithm, 'HS256')
    assert.match(`${secret} ${iss}`, /^[A-Za-z0-9]{32} [A-Za-z0-9]{32}$/)

    const token = signCompact('HS256', createSecretKey(Buffer.from(secret!)), { some: 'payload', iss })
    assert.deepEqual(await call(`${endpoint}/app`, token), { status: 200, body: 'hello' })
    assert.equal(service.seen.length, 1)
    assert.equal(service.seen[0]!['x-consumer-username'], 'my-app')

    const listed = await sallyport(t, ['jwt', 'ls', 'my-app', '--reveal'], env)
    assert.equal(listed.out, added.out)
  })

  it("lets in the page's own token once its credential exists", async (t) => {
    const service = await startService(t)
    const { env, ports } = await startGateway(t)
    const url = `https://127.0.0.1:${ports.https}/app`
    await sallyport(t, ['route', 'add', '/app', service.url, '--jwt'], env)
    await sallyport(t, ['consumer', 'add', 'my-app'], env)
    assert.equal((await call(url, TOKEN)).status, 401)

    const { out } = await sallyport(t, ['jwt', 'add', 'my-app', '--key', KEY, '--secret', SECRET], env)
    assert.equal(out, `ALGORITHM   SECRET                             ISS\nHS256       ${SECRET}   ${KEY}\n`)
    assert.deepEqual(await call(url, TOKEN), { status: 200, body: 'hello' })

    await sallyport(t, ['jwt', 'delete', 'my-app', KEY], env)
    assert.equal((await call(url, TOKEN)).status, 401)
  })

  it('guards a route that has no target yet, and says how to give it one', async (t) => {
    const service = await startService(t)
    const { env, ports } = await startGateway(t)
    const url = `https://127.0.0.1:${ports.https}/app`
    const { code, err } = await sallyport(t, ['route', 'add', '/app', '--jwt'], env)
    assert.equal(code, 0)
    assert.match(err, /\/app has no target yet.*503.*\n {2}sallyport route target \/app http:\/\/HOST:PORT\n/)
    await sallyport(t, ['consumer', 'add', 'my-app'], env)
    await sallyport(t, ['jwt', 'add', 'my-app', '--key', KEY, '--secret-file', '-'], env, `${SECRET}\n`)
    assert.equal((await call(url)).status, 401)
    assert.equal((await call(url, TOKEN)).status, 503)

    assert.equal((await sallyport(t, ['route', 'target', '/app', service.url], env)).code, 0)
    assert.equal((await call(url)).status, 401)
    assert.equal((await call(url, TOKEN)).status, 200)
  })
})
