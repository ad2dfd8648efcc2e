import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { folderWith, startGateway } from '../../e2e/cli/command-line.ts'
import { startService } from '../../e2e/cli/service.ts'
import { type OpenBao, startOpenBao } from './openbao.ts'

/** How a gateway logs in, and the engine it reads: the way in is made on the server first. */
const ways = {
  'version 2 with a token': async (bao: OpenBao) => ({ kv: 'v2', mount: 'secret', token: bao.rootToken }),
  'version 1 with AppRole': async (bao: OpenBao) => {
    await bao.call('POST', 'sys/mounts/one', { type: 'kv', options: { version: '1' } })
    await bao.call('POST', 'sys/auth/approle', { type: 'approle' })
    await bao.call('PUT', 'sys/policies/acl/gate', { policy: 'path "one/app" { capabilities = ["read"] }' })
    // A token that ends within the test: it has to log in again.
    const role = { token_policies: ['gate'], token_ttl: '3s', token_max_ttl: '3s' }
    await bao.call('POST', 'auth/approle/role/gate', role)
    const { data: id } = (await bao.call('GET', 'auth/approle/role/gate/role-id')) as { data: { role_id: string } }
    const made = await bao.call('POST', 'auth/approle/role/gate/secret-id')
    const { secret_id } = made['data'] as { secret_id: string }
    const method = { auth_method: 'approle', approle_role_id: id.role_id, approle_secret_id: secret_id }
    return { kv: 'v1', mount: 'one', ...method }
  },
}

const write = (bao: OpenBao, { kv, mount }: { kv: string; mount: string }, values: object) =>
  kv === 'v2' ? bao.call('POST', `${mount}/data/app`, { data: values }) : bao.call('POST', `${mount}/app`, values)

function token(secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'app' })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** A gateway that keeps `jwt` of one consumer in the vault. Kong's JSON is YAML too. */
async function gatewayWith(t: TestContext, bao: OpenBao, config: object) {
  const service = await startService(t)
  const routes = [{ name: 'app', paths: ['/app'], plugins: [{ name: 'jwt' }] }]
  const document = {
    _format_version: '3.0',
    vaults: [{ name: 'hcv', prefix: 'bao', config: { port: bao.port, ttl: 1, ...config } }],
    services: [{ name: 'app', url: service.url, routes }],
    consumers: [{ username: 'app', jwt_secrets: [{ key: 'app', secret: '{vault://bao/app/jwt}' }] }],
  }
  const folder = folderWith(t, {})
  writeFileSync(join(folder, 'kong.yaml'), JSON.stringify(document))
  return startGateway(t, ['--source', `kong:${join(folder, 'kong.yaml')}`])
}

describe('secrets in a real OpenBao', () => {
  for (const [way, prepare] of Object.entries(ways)) {
    it(`${way}: a JWT secret rotates under load, without a restart or a failed request`, async (t) => {
      const bao = await startOpenBao(t)
      const config = await prepare(bao)
      await write(bao, config, { jwt: 'old-secret' })
      const gateway = await gatewayWith(t, bao, config)
      const ask = async (secret: string) =>
        (await fetch(`${gateway.proxy}/app`, { headers: { authorization: `Bearer ${token(secret)}` } })).status

      assert.deepEqual([await ask('old-secret'), await ask('new-secret')], [200, 401])
      let isOver = false
      const seen = { old: [] as number[], next: [] as number[] }
      const load = ['old-secret', 'new-secret'].flatMap((secret) =>
        [1, 2, 3].map(async () => {
          while (!isOver) seen[secret === 'old-secret' ? 'old' : 'next'].push(await ask(secret))
        }),
      )
      await write(bao, config, { jwt: 'new-secret' })
      await gateway.until(({ err }) => err.includes('a secret has a new value'))
      assert.deepEqual([await ask('old-secret'), await ask('new-secret')], [401, 200])
      // And once more, by when a token of three seconds is over.
      await write(bao, config, { jwt: 'newest-secret' })
      await gateway.until(({ err }) => err.split('a secret has a new value').length > 2)
      isOver = true
      await Promise.all(load)
      assert.equal(await ask('newest-secret'), 200)
      assert.deepEqual(new Set([...seen.old, ...seen.next]), new Set([200, 401]))
      t.diagnostic(`${seen.old.length + seen.next.length} requests, none failed`)
      assert.doesNotMatch(gateway.err(), /old-secret|new-secret|newest-secret|root-token/)
    })
  }

  it('a sealed server takes nothing down', async (t) => {
    const bao = await startOpenBao(t)
    const config = await ways['version 2 with a token'](bao)
    await write(bao, config, { jwt: 'kept-secret' })
    const gateway = await gatewayWith(t, bao, config)
    const headers = { authorization: `Bearer ${token('kept-secret')}` }
    await bao.call('PUT', 'sys/seal')
    await gateway.until(({ err }) => err.includes('its last value stays in use'))
    assert.equal((await fetch(`${gateway.proxy}/app`, { headers })).status, 200)
  })
})
