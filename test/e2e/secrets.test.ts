import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { folderWith, jsonLines, sallyport, startProcess } from './cli/command-line.ts'
import { startService } from './cli/service.ts'

/** A key-value engine of version 2, as far as a reader sees of it. */
async function startKv(t: TestContext, secrets: Record<string, Record<string, string>>) {
  const state = { secrets, isUp: true }
  const server = createServer((request, response) => {
    const data = state.secrets[request.url?.replace('/v1/secret/data/', '') ?? '']
    const isLetIn = request.headers['x-vault-token'] === 'the-token'
    if (!state.isUp || !isLetIn || data === undefined) {
      response.writeHead(!state.isUp ? 503 : !isLetIn ? 403 : 404).end('{"errors":[]}')
    } else response.end(JSON.stringify({ data: { data, metadata: { version: 1 } } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { state, port: (server.address() as AddressInfo).port }
}

function token(secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'app', exp: 4_000_000_000 })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const document = (service: string, kv: number) => `
_format_version: "3.0"
vaults:
  - name: hcv
    prefix: kv
    config: { port: ${kv}, kv: v2, token: "{vault://env/kv-token}", ttl: 1 }
services:
  - name: app
    url: ${service}
    routes:
      - { name: jwt, paths: [/jwt], plugins: [{ name: jwt }] }
      - { name: key, paths: [/key], plugins: [{ name: key-auth }] }
      - name: closed
        paths: [/closed]
        plugins: [{ name: session, config: { secret: "{vault://kv/nothing/here}" } }]
consumers:
  - username: app
    jwt_secrets: [{ key: app, secret: "{vault://kv/app/jwt}" }]
    keyauth_credentials: [{ key: "{vault://file/app/key}" }, { key: "{vault://env/nowhere}" }]
    basicauth_credentials: [{ username: app, password: "{vault://env/kv-token}" }]
`

async function start(t: TestContext, words: readonly string[], files: Record<string, string>, kv: number) {
  const folder = folderWith(t, files)
  const service = await startService(t)
  writeFileSync(join(folder, 'kong.yaml'), document(service.url, kv))
  const listeners = ['proxy-http', 'admin'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
  const off = ['proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
  const source = ['--source', `kong:${join(folder, 'kong.yaml')}`, '--store', `sqlite:${join(folder, 'store.db')}`]
  const env = { KV_TOKEN: 'the-token', KONG_VAULT_FILE_PREFIX: folder, SALLYPORT_VAULT_ENV_PREFIX: '' }
  const running = startProcess(t, ['start', ...listeners, ...off, ...source, ...words], env)
  await running.until(({ err }) => err.includes('"serving: '))
  const ports = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as { http: number; admin: number }
  // A connection each: they are handed to the workers in turn.
  const ask = async (path: string, given: Record<string, string> = {}, headers = { ...given, connection: 'close' }) =>
    (await fetch(`http://127.0.0.1:${ports.http}${path}`, { headers })).status
  return { running, ports, ask, folder, env }
}

for (const workers of ['1', '2']) {
  describe(`secrets in vaults, with --workers ${workers}`, () => {
    it('rotate while requests run: no restart, no failed request, and nothing of them is told', async (t) => {
      const kv = await startKv(t, { app: { jwt: 'old-secret-value' } })
      const { running, ask, ports, folder, env } = await start(
        t,
        ['--workers', workers],
        { app: 'old-key-value' },
        kv.port,
      )
      const bearer = (secret: string) => ({ authorization: `Bearer ${token(secret)}` })

      assert.equal(await ask('/jwt', bearer('old-secret-value')), 200)
      assert.equal(await ask('/jwt', bearer('{vault://kv/app/jwt}')), 401)
      assert.equal(await ask('/jwt', bearer('')), 401)
      assert.equal(await ask('/closed'), 500)
      for (const key of ['', '{vault://env/nowhere}', '{vault://file/app/key}']) {
        assert.equal(await ask('/key', { apikey: key }), 401)
      }

      // The old one is good until every worker has the new one, which then is good for ever.
      kv.state.secrets = { app: { jwt: 'new-secret-value' } }
      const strange: string[] = []
      let news = 0
      for (const until = Date.now() + 20_000; news < 40 && Date.now() < until; ) {
        const [old, next] = [
          await ask('/jwt', bearer('old-secret-value')),
          await ask('/jwt', bearer('new-secret-value')),
        ]
        if (next === 200 && old === 401) news++
        else news = 0
        for (const status of [old, next]) if (status !== 200 && status !== 401) strange.push(String(status))
        if (old === 401 && next === 401 && workers === '1') strange.push('neither was good')
      }
      assert.deepEqual([news, strange], [40, []])
      assert.equal(await ask('/jwt', bearer('old-secret-value')), 401)

      kv.state.isUp = false
      await running.until(({ err }) => err.includes('its last value stays in use'))
      assert.equal(await ask('/jwt', bearer('new-secret-value')), 200)

      const shown = await fetch(`http://127.0.0.1:${ports.admin}/`).then((answer) => answer.text())
      for (const text of [running.err(), running.out(), shown]) {
        assert.doesNotMatch(text, /old-secret-value|new-secret-value|the-token|old-key-value/)
      }
      const got = await sallyport(t, ['vault', 'get', 'file/app'], env)
      assert.deepEqual([got.code, got.out], [0, 'old-key-value\n'])
      assert.ok(folder)
    })
  })
}

describe('a vault of the Admin API', () => {
  it('supplies what is written afterwards, and its change is effective when it is answered', async (t) => {
    const kv = await startKv(t, { app: { jwt: 'one' }, other: { key: 'k1' } })
    const { ports, ask, env } = await start(t, [], {}, kv.port)
    const call = async (method: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`http://127.0.0.1:${ports.admin}${path}`, {
        method,
        headers,
        body: JSON.stringify(body),
      })
      assert.ok(answer.ok, await answer.clone().text())
      return (await answer.json()) as Record<string, unknown>
    }
    const service = await startService(t)
    await call('PUT', '/services/s', { url: service.url })
    await call('POST', '/services/s/routes', { paths: ['/stored'] })
    await call('POST', '/services/s/plugins', { name: 'key-auth' })
    await call('PUT', '/consumers/bob', {})
    const config = { port: kv.port, kv: 'v2', token: 'wrong' }
    await call('PUT', '/vaults/mine', { name: 'hcv', config })
    const made = await call('POST', '/consumers/bob/key-auth', { key: '{vault://mine/other/key}' })
    assert.equal(made['key'], '{vault://mine/other/key}')
    assert.equal(await ask('/stored', { apikey: 'k1' }), 401)
    await call('PATCH', '/vaults/mine', { config: { token: 'the-token' } })
    assert.equal(await ask('/stored', { apikey: 'k1' }), 200)
    const got = await sallyport(t, ['vault', 'get', 'mine/other/key', '--admin', `127.0.0.1:${ports.admin}`], env)
    assert.deepEqual([got.code, got.out], [0, 'k1\n'])
  })
})

describe('sallyport check', () => {
  it('says which references can’t be read and which name no vault', async (t) => {
    const text = document('http://127.0.0.1:1', 1)
      .replace('{vault://kv/nothing/here}', '{vault://nowhere/x}')
      .replace('{vault://kv/app/jwt}', '{vault://kv/%zz}')
    const folder = folderWith(t, { 'kong.yaml': text })
    const { code, err } = await sallyport(t, ['check', `kong:${join(folder, 'kong.yaml')}`])
    assert.equal(code, 1)
    assert.match(
      err,
      /kong\.yaml:\d+: services\[0\]\.routes\[2\]\.plugins\[0\]\.config\.secret: the reference \{vault:\/\/nowhere\/x\} names no vault/,
    )
    assert.match(
      err,
      /kong\.yaml:\d+: consumers\[0\]\.jwt_secrets\[0\]\.secret: the reference \{vault:\/\/kv\/%zz\} can't be read/,
    )
    assert.match(err, /error: 2 problems found/)
  })
})
