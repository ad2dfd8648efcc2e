import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { type Store, StoreUnavailable } from '../store/port.ts'
import { type AdminHarness, adminHarness } from './testkit.ts'

/** A store whose every method fails in the same way. */
function storeThatThrows(error: Error): Store {
  const fail = async () => {
    throw error
  }
  return new Proxy({} as Store, { get: () => fail })
}

const NOBODY = '99999999-9999-4999-8999-999999999999'

describe('an Admin API whose store is away', () => {
  let api: AdminHarness
  beforeEach(() => {
    api = adminHarness(storeThatThrows(new StoreUnavailable('no connection (refused)')), { time: 1_700_000_000_000 })
  })
  const calls: [method: string, path: string, body?: unknown][] = [
    ['GET', '/services'],
    ['GET', `/services/${NOBODY}`],
    ['GET', '/tags'],
    ['GET', '/'],
    ['POST', '/services', { host: 'a' }],
    ['PUT', `/services/${NOBODY}`, { host: 'a' }],
    ['PATCH', `/services/${NOBODY}`, { host: 'a' }],
    ['DELETE', `/services/${NOBODY}`],
  ]
  for (const [method, path, body] of calls) {
    it(`answers ${method} ${path} with 503 and the reason, and publishes nothing`, async () => {
      const answer = await api.send(method, path, body)
      assert.equal(answer.status, 503)
      assert.deepEqual(answer.json, { message: 'the store is unavailable: no connection (refused)' })
      assert.deepEqual([api.published, api.errors], [[], []])
    })
  }
  it('tells in its status that the database is not reachable', async () => {
    const { status, json } = await api.send('GET', '/status')
    assert.deepEqual([status, json.database], [200, { reachable: false }])
  })
  it('still says what is wrong with a body', async () => {
    assert.equal((await api.send('POST', '/services', {})).status, 400)
  })
})
