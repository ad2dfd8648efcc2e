import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { DeclaredState } from '../dialects/kong/admin/config/declared-state.ts'
import { policies } from '../policies/index.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { adminHarness } from './testkit.ts'

const clock = { time: 1_700_000_000_000 }
const harness = () => {
  const store = openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } })
  return adminHarness(store, clock, policies, { declared: new DeclaredState() })
}
const api = harness()
const answer = await api.send('GET', '/openapi.json')
const document = answer.json

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1, with references that lead somewhere', async () => {
    const validator = new Validator()
    const result = await validator.validate(structuredClone(document))
    assert.deepEqual(result.errors ?? [], [])
    assert.equal(result.valid, true)
    assert.equal(validator.version, '3.1')
    for (const [, name] of answer.text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name!], name)
    }
  })
  it('has every endpoint, and each with the methods that it allows', async () => {
    const { data } = (await api.send('GET', '/endpoints')).json
    assert.deepEqual(Object.keys(document.paths).sort(), [...data].sort())
    for (const [path, item] of Object.entries<Record<string, unknown>>(document.paths)) {
      const { headers } = await api.send('OPTIONS', path.replaceAll(/\{[^}]+\}/g, 'x'))
      const allowed = headers
        .get('allow')!
        .split(', ')
        .filter((name) => name !== 'HEAD' && name !== 'OPTIONS')
      const told = Object.keys(item).filter((name) => name !== 'parameters')
      assert.deepEqual(told.map((name) => name.toUpperCase()).sort(), allowed, path)
    }
  })
  it('names every operation once', () => {
    const ids = Array.from(answer.text.matchAll(/"operationId":"([^"]+)"/g), ([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
  })
  it('is the same for every gateway', async () => {
    assert.equal((await harness().send('GET', '/openapi.json')).text, answer.text)
  })
  it('tells types, defaults and what is required of fields', () => {
    const { services, routes, consumers_change: change } = document.components.schemas
    assert.deepEqual(services.properties.port.maximum, 65535)
    assert.equal(services.properties.retries.default, 5)
    assert.equal(services.properties.url.writeOnly, true)
    assert.deepEqual(routes.properties.path_handling.enum, ['v0', 'v1', null])
    assert.equal(change.required, undefined)
    assert.ok(document.components.schemas['config.jwt'].properties.claims_to_verify)
    assert.deepEqual(document.components.schemas.keyauth_credentials.properties.ttl.type, ['integer', 'null'])
  })
})
