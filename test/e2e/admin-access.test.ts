import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Agent } from 'undici'
import { type Authority, makeAuthority } from './authority.ts'
import { folderWith, jsonLines, sallyport, startGateway, startProcess } from './cli/command-line.ts'

const TOKENS = '# who may change things\nci:ci-token-1234567890\nalice:alice-token-1234567890\n'
const CI = { 'kong-admin-token': 'ci-token-1234567890' }
const JSON_BODY = { 'content-type': 'application/json' }

function audited(err: string) {
  return jsonLines(err).filter(({ message }) => message === 'a change was asked for by the Admin API')
}

async function startWithStore(t: TestContext, words: readonly string[]) {
  const off = ['proxy-http', 'proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
  const running = startProcess(t, ['start', '--admin', '127.0.0.1:0', ...off, ...words])
  await running.until(({ err }) => err.includes('"serving: '))
  const line = jsonLines(running.err()).find((each) => 'ports' in each)
  return { ...running, ports: line!['ports'] as { readonly admin: number } }
}

/** Asks until the answer has this status: a signal takes its time to arrive. */
async function untilStatus(ask: () => Promise<number>, status: number): Promise<void> {
  while ((await ask()) !== status) await new Promise((resolve) => setImmediate(resolve))
}

describe('an Admin API with tokens', () => {
  it('answers 401 to whoever has none, on every path, and tells what it takes', async (t) => {
    const folder = folderWith(t, { tokens: TOKENS })
    const gateway = await startGateway(t, ['--admin-token-file', join(folder, 'tokens')])
    const admin = `http://127.0.0.1:${gateway.ports.admin}`
    const rows: [headers: Record<string, string>, status: number, challenge: RegExp | null][] = [
      [{}, 401, /^Bearer realm="admin"$/],
      [{ 'kong-admin-token': 'ci-token-123456789' }, 401, /error="invalid_token"/],
      [{ 'kong-admin-token': 'ci:ci-token-1234567890' }, 401, /error="invalid_token"/],
      [{ authorization: 'Basic ci-token-1234567890' }, 401, /^Bearer realm="admin"$/],
      [CI, 200, null],
      [{ 'x-auth-token': 'alice-token-1234567890' }, 200, null],
      [{ authorization: 'bearer alice-token-1234567890' }, 200, null],
    ]
    for (const [headers, status, challenge] of rows) {
      const answer = await fetch(`${admin}/services`, { headers })
      assert.equal(answer.status, status, JSON.stringify(headers))
      const body = (await answer.json()) as { message?: string }
      if (challenge === null) continue
      assert.match(answer.headers.get('www-authenticate') ?? '', challenge)
      assert.match(body.message ?? '', /^the Admin API (wants a token|does not know this token)/)
    }
    for (const path of ['/', '/nowhere', '/sallyport/x', '/status', '/metrics', '/consumers/x/jwt']) {
      assert.equal((await fetch(`${admin}${path}`)).status, 401, path)
    }
    const preflight = await fetch(`${admin}/services`, { method: 'OPTIONS' })
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, '*'])
  })

  it('logs who asked for which change, without bodies, keys and tokens', async (t) => {
    const folder = folderWith(t, { tokens: TOKENS })
    const gateway = await startGateway(t, ['--admin-token-file', join(folder, 'tokens')])
    const admin = `http://127.0.0.1:${gateway.ports.admin}`
    const send = (method: string, path: string, headers: Record<string, string>, body?: object) =>
      fetch(`${admin}${path}`, {
        method,
        headers: { ...JSON_BODY, ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })
    await send('POST', '/consumers', CI, { username: 'bob' })
    await send('PUT', '/consumers/bob/key-auth/very-hidden', CI, {})
    await send(
      'POST',
      '/services',
      { authorization: 'Bearer alice-token-1234567890' },
      { host: 'very-hidden', port: 'x' },
    )
    await send('DELETE', '/consumers/bob', { 'x-auth-token': 'wrong-token' })
    await send('GET', '/consumers', CI)
    await gateway.until(({ err }) => err.includes('callers of the Admin API were refused'))
    const seen = audited(gateway.err()).map(({ caller, ip, method, path, status }) => [
      caller,
      ip,
      method,
      path,
      status,
    ])
    assert.deepEqual(seen, [
      ['ci', '127.0.0.1', 'POST', '/consumers', 201],
      ['ci', '127.0.0.1', 'PUT', '/consumers/bob/key-auth/{keyauth_credentials}', 200],
      ['alice', '127.0.0.1', 'POST', '/services', 400],
    ])
    assert.doesNotMatch(gateway.err(), /very-hidden|wrong-token|token-1234567890/)
  })

  for (const workers of ['1', '2']) {
    it(`takes tokens from the file anew on SIGHUP, and keeps the old ones where it can't, with ${workers} worker(s)`, async (t) => {
      const folder = folderWith(t, { tokens: TOKENS })
      const file = join(folder, 'tokens')
      const store = ['--store', `sqlite:${join(folder, 'store.db')}`, '--workers', workers]
      const gateway = await startWithStore(t, [...store, '--admin-token-file', file])
      const ask = async (token: string) => {
        const headers = { 'kong-admin-token': token }
        return (await fetch(`http://127.0.0.1:${gateway.ports.admin}/services`, { headers })).status
      }
      writeFileSync(file, 'new:brand-new-token\n')
      gateway.child.kill('SIGHUP')
      await untilStatus(() => ask('brand-new-token'), 200)
      assert.equal(await ask('ci-token-1234567890'), 401)
      rmSync(file)
      gateway.child.kill('SIGHUP')
      await gateway.until(({ err }) => err.includes("tokens can't be read (ENOENT)"))
      assert.equal(await ask('brand-new-token'), 200)
    })
  }

  it('lets the command line in by a variable or a file, and tells it what it lacks', async (t) => {
    const folder = folderWith(t, { tokens: TOKENS, alone: 'alice-token-1234567890\n', empty: '\n' })
    const { env } = await startGateway(t, ['--admin-token-file', join(folder, 'tokens')])
    const add = (name: string, words: string[], more: Record<string, string>) =>
      sallyport(t, ['consumer', 'add', name, ...words], { ...env, ...more })
    assert.equal((await add('a', [], { SALLYPORT_ADMIN_TOKEN: 'ci-token-1234567890' })).code, 0)
    assert.equal((await add('b', ['--admin-token-file', join(folder, 'tokens')], {})).code, 0)
    assert.equal((await add('c', [], { SALLYPORT_ADMIN_TOKEN_FILE: join(folder, 'alone') })).code, 0)
    const without = await add('d', [], {})
    assert.equal(without.code, 1)
    assert.match(without.err, /wants a token.*\. Name a token by SALLYPORT_ADMIN_TOKEN or --admin-token-file/s)
    const wrong = await add('d', [], { SALLYPORT_ADMIN_TOKEN: 'hidden' })
    assert.match(wrong.err, /^error: the Admin API does not know this token\./)
    assert.doesNotMatch(wrong.err, /hidden/)
    assert.match((await add('d', ['--admin-token-file', join(folder, 'empty')], {})).err, /holds no token/)
  })
})

/** Files of an authority and of what it signed. */
async function tlsFolder(t: TestContext, authority: Authority): Promise<string> {
  const [server, client] = [await authority.sign('CN=gateway'), await authority.sign('CN=deploy, O=Example')]
  return folderWith(t, {
    ...{ 'ca.pem': authority.cert, 'cert.pem': server.cert, 'key.pem': server.key },
    ...{ 'client.pem': client.cert, 'client.key': client.key, tokens: TOKENS },
  })
}

describe('an Admin API over TLS', () => {
  it('knows callers by their certificates, or by tokens beside these', async (t) => {
    const authority = await makeAuthority('CN=Authority')
    const folder = await tlsFolder(t, authority)
    const at = (name: string) => join(folder, name)
    const tls = ['--admin-cert', at('cert.pem'), '--admin-key', at('key.pem'), '--admin-client-ca', at('ca.pem')]
    const gateway = await startGateway(t, [...tls, '--admin-token-file', at('tokens')])
    assert.match(gateway.err(), /Admin API https:\/\/127\.0\.0\.1:/)
    const url = `https://127.0.0.1:${gateway.ports.admin}`
    const stranger = await (await makeAuthority('CN=Authority')).sign('CN=deploy, O=Example')
    const own = await authority.sign('CN=deploy, O=Example')
    const ask = async (connect: object, headers: Record<string, string> = {}) => {
      const dispatcher = new Agent({ connect: { ca: authority.cert, ...connect } })
      const { statusCode, body } = await dispatcher.request({
        ...{ origin: url, path: '/consumers', method: 'POST', headers: { ...JSON_BODY, ...headers } },
        body: JSON.stringify({ custom_id: crypto.randomUUID() }),
      })
      await body.dump()
      await dispatcher.close()
      return statusCode
    }
    assert.deepEqual(
      [await ask({}), await ask(stranger), await ask(own), await ask({}, CI), await ask(stranger, CI)],
      [401, 401, 201, 201, 201],
    )
    assert.deepEqual(
      audited(gateway.err()).map(({ caller }) => caller),
      ['CN=deploy, O=Example', 'ci', 'ci'],
    )
  })

  it('forgets certificates of authorities that are replaced, also on connections that are open', async (t) => {
    const authority = await makeAuthority('CN=Authority')
    const folder = await tlsFolder(t, authority)
    const at = (name: string) => join(folder, name)
    const tls = ['--admin-cert', at('cert.pem'), '--admin-key', at('key.pem'), '--admin-client-ca', at('ca.pem')]
    const gateway = await startGateway(t, tls)
    const own = await authority.sign('CN=deploy')
    const other = await makeAuthority('CN=Other')
    const others = await other.sign('CN=deploy')
    const agentFor = (pair: object) => new Agent({ connections: 1, connect: { ca: authority.cert, ...pair } })
    const ask = async (dispatcher: Agent) => {
      const origin = `https://127.0.0.1:${gateway.ports.admin}`
      const { statusCode, body } = await dispatcher.request({ origin, path: '/services', method: 'GET' })
      await body.dump()
      return statusCode
    }
    const [kept, fresh] = [agentFor(own), agentFor(others)]
    assert.deepEqual([await ask(kept), await ask(agentFor(others))], [200, 401])
    writeFileSync(at('ca.pem'), other.cert)
    gateway.child.kill('SIGHUP')
    await untilStatus(() => ask(kept), 401)
    assert.equal(await ask(fresh), 200)
  })

  it('is spoken to by the command line with an authority, a certificate and a key', async (t) => {
    const authority = await makeAuthority('CN=Authority')
    const folder = await tlsFolder(t, authority)
    const at = (name: string) => join(folder, name)
    const tls = ['--admin-cert', at('cert.pem'), '--admin-key', at('key.pem'), '--admin-client-ca', at('ca.pem')]
    const { ports } = await startGateway(t, tls)
    const admin = ['--admin', `https://127.0.0.1:${ports.admin}`]
    const ca = ['--admin-ca', at('ca.pem')]
    const client = ['--admin-client-cert', at('client.pem'), '--admin-client-key', at('client.key')]
    const run = (...words: string[]) => sallyport(t, ['consumer', 'ls', ...words])
    assert.equal((await run(...admin, ...ca, ...client)).code, 0)
    const unverified = await run(...admin, ...client)
    assert.equal(unverified.code, 1)
    assert.match(unverified.err, /certificate/)
    assert.match((await run(...admin, ...ca)).err, /wants a client certificate/)
    const half = await run(...admin, ...client.slice(0, 2))
    assert.equal(half.code, 2)
    assert.match(half.err, /^error: --admin-client-cert needs --admin-client-key/)
    const plain = await run('--admin', `127.0.0.1:${ports.admin}`, ...ca)
    assert.equal(plain.code, 2)
    assert.match(plain.err, /write https:\/\/ in front/)
  })

  it('takes nothing older than TLS 1.2', async (t) => {
    const authority = await makeAuthority('CN=Authority')
    const folder = await tlsFolder(t, authority)
    const at = (name: string) => join(folder, name)
    const { ports } = await startGateway(t, ['--admin-cert', at('cert.pem'), '--admin-key', at('key.pem')])
    const options = { port: ports.admin, host: '127.0.0.1', ca: authority.cert, maxVersion: 'TLSv1.1' as const }
    const failure = await new Promise<Error>((resolve) => {
      request({ ...options, minVersion: 'TLSv1' })
        .once('error', resolve)
        .end()
    })
    assert.match(String(failure), /TLS|SSL|ECONNRESET|protocol/i)
  })

  it('does not start with a certificate that its key does not fit, or with files that are not there', async (t) => {
    const authority = await makeAuthority('CN=Authority')
    const folder = await tlsFolder(t, authority)
    const at = (name: string) => join(folder, name)
    const rows: [words: string[], expected: RegExp][] = [
      [['--admin-cert', at('cert.pem'), '--admin-key', at('client.key')], /--admin-cert: .* can't be used together/],
      [['--admin-cert', at('tokens'), '--admin-key', at('key.pem')], /can't be used together/],
      [['--admin-token-file', at('nothing')], /--admin-token-file: .*nothing can't be read \(ENOENT\)/],
    ]
    for (const [words, expected] of rows) {
      const off = ['proxy-http', 'proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
      const running = startProcess(t, ['start', '--store', 'memory', '--admin', '127.0.0.1:0', ...off, ...words])
      const { code, err } = await running.ended
      assert.equal(code, 1)
      assert.match(err, expected)
    }
  })
})
