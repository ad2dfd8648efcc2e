import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { policies } from '../policies/index.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { adminHarness } from './testkit.ts'

describe('vaults', () => {
  let admin: ReturnType<typeof adminHarness>
  beforeEach(() => {
    const clock = { time: 1_700_000_000_000 }
    admin = adminHarness(openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } }), clock, policies)
  })
  const ENV = { name: 'env', prefix: 'my-env', config: { prefix: 'SECURE_' } }

  it('are made, found by their prefix, changed and deleted', async () => {
    const made = await admin.send('POST', '/vaults', ENV)
    assert.equal(made.status, 201)
    const { id, created_at, updated_at, ...rest } = made.json
    assert.deepEqual(rest, { ...ENV, description: null, tags: null })
    assert.equal((await admin.send('GET', '/vaults/my-env')).json.id, id)
    const patched = await admin.send('PATCH', '/vaults/my-env', { config: { prefix: 'OTHER_' } })
    assert.deepEqual([patched.status, patched.json.config.prefix], [200, 'OTHER_'])
    assert.equal((await admin.send('PUT', '/vaults/new-env', { name: 'env' })).status, 200)
    assert.equal((await admin.send('GET', '/vaults')).json.data.length, 2)
    assert.equal((await admin.send('DELETE', '/vaults/my-env')).status, 204)
    assert.equal((await admin.send('GET', '/vaults/my-env')).status, 404)
  })

  const bad: [what: string, body: object, fields: object][] = [
    ['of a type that there is not', { name: 'x', prefix: 'my-x' }, { name: "vault 'x' is not installed" }],
    ['without a type', { prefix: 'my-x' }, { name: 'required field missing' }],
    ['without a prefix', { name: 'env' }, { prefix: 'required field missing' }],
    ['with a prefix that is none', { ...ENV, prefix: 'My_env' }, { prefix: 'invalid value: My_env' }],
    ['named like a type', { ...ENV, prefix: 'env' }, { prefix: 'must not be one of: aws, env, file, fs, hcv' }],
    ['with an unknown setting', { ...ENV, config: { colour: 'red' } }, { config: { colour: 'unknown field' } }],
    [
      'with a way to log in that is not there',
      { name: 'hcv', prefix: 'my-x', config: { auth_method: 'gcp_iam' } },
      { config: { auth_method: 'expected one of: token, approle, kubernetes' } },
    ],
  ]
  for (const [what, body, fields] of bad) {
    it(`${what} are refused`, async () => {
      const answer = await admin.send('POST', '/vaults', body)
      assert.deepEqual([answer.status, answer.json.name, answer.json.fields], [400, 'schema violation', fields])
      assert.equal((await admin.send('POST', '/schemas/vaults/validate', body)).status, 400)
    })
  }
  it('are refused a second time by the same prefix', async () => {
    await admin.send('POST', '/vaults', ENV)
    const again = await admin.send('POST', '/vaults', ENV)
    assert.deepEqual([again.status, again.json.name], [409, 'unique constraint violation'])
  })
  it('can be tried without being made', async () => {
    const answer = await admin.send('POST', '/schemas/vaults/validate', ENV)
    assert.deepEqual([answer.status, answer.json], [200, { message: 'schema validation successful' }])
    assert.deepEqual((await admin.send('GET', '/vaults')).json.data, [])
  })
  it('describe their settings', async () => {
    const { json } = await admin.send('GET', '/schemas/vaults/hcv')
    const config = json.fields[0].config.fields as Record<string, Record<string, unknown>>[]
    const field = (name: string) => config.find((each) => name in each)![name]!
    assert.deepEqual([field('port')['default'], field('kv')['one_of']], [8200, ['v1', 'v2']])
    assert.deepEqual([field('token')['referenceable'], field('token')['encrypted']], [true, true])
    const none = await admin.send('GET', '/schemas/vaults/x')
    assert.deepEqual([none.status, none.json], [404, { message: "No vault named 'x'" }])
  })

  it('are where credentials may have their secrets; what is shown is the reference', async () => {
    await admin.send('PUT', '/consumers/alice')
    const rows: [path: string, body: Record<string, string>, field: string][] = [
      ['jwt', { secret: '{vault://env/s}' }, 'secret'],
      ['jwt', { algorithm: 'RS256', rsa_public_key: '{vault://env/k}' }, 'rsa_public_key'],
      ['key-auth', { key: '{vault://env/k}' }, 'key'],
      ['hmac-auth', { username: 'h', secret: '{vault://env/s}' }, 'secret'],
      ['basic-auth', { username: 'b', password: '{vault://env/p}' }, 'password'],
    ]
    for (const [path, body, field] of rows) {
      const made = await admin.send('POST', `/consumers/alice/${path}`, body)
      assert.deepEqual([made.status, made.json[field]], [201, body[field]], path)
      const shown = await admin.send('GET', `/consumers/alice/${path}/${made.json.id}`)
      assert.equal(shown.json[field], body[field])
    }
  })
  it('are where policies may have their secrets', async () => {
    const made = await admin.send('POST', '/plugins', { name: 'session', config: { secret: '{vault://env/s}' } })
    assert.deepEqual([made.status, made.json.config.secret], [201, '{vault://env/s}'])
  })
})
