import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { foreignPage } from './foreign-page.ts'
import { type AdminHarness, adminHarness } from './testkit.ts'

const OURS = new Set(['admin.example.com'])

describe('who may use the Admin API by a browser', () => {
  const rows: [sentence: string, host: string | undefined, origin: string | undefined, refused: RegExp | null][] = [
    ['a client that is no browser', '127.0.0.1:8001', undefined, null],
    ['a client that sends no Host', undefined, undefined, null],
    ['localhost', 'localhost:8001', undefined, null],
    ['localhost in capitals, with a dot', 'LOCALHOST.:8001', undefined, null],
    ['an IPv6 address', '[::1]:8001', undefined, null],
    ['an address that a tunnel ends at', '10.0.0.7:8001', undefined, null],
    ['a page of this machine', '127.0.0.1:8001', 'http://localhost:8002', null],
    ['a page of this machine by IPv6', '127.0.0.1:8001', 'http://[::1]:8002', null],
    ['a name that was allowed', 'Admin.Example.com', 'https://admin.example.com', null],
    ['a rebound name', 'evil.example:8001', undefined, /Host/],
    ['a name that only begins like ours', 'localhost.evil.example:8001', undefined, /Host/],
    ['a name that only ends like ours', 'evil-localhost:8001', undefined, /Host/],
    ['a name hidden behind user information', '127.0.0.1@evil.example', undefined, /Host/],
    ['a Host that is none', 'a b', undefined, /Host/],
    ['a page of a stranger', '127.0.0.1:8001', 'https://evil.example', /Origin/],
    ['a page that lives at an address', '127.0.0.1:8001', 'http://203.0.113.9', /Origin/],
    ['a page without an origin of its own', '127.0.0.1:8001', 'null', /Origin/],
    ['a page whose name only begins like ours', '127.0.0.1:8001', 'http://127.0.0.1.evil.example', /Origin/],
    ['a file', '127.0.0.1:8001', 'file://', /Origin/],
  ]
  for (const [sentence, host, origin, refused] of rows) {
    it(`${refused ? 'refuses' : 'lets in'} ${sentence}`, () => {
      const said = foreignPage(host, origin, OURS)
      if (refused) assert.match(String(said), refused)
      else assert.equal(said, null)
    })
  }
})

describe('a page of a stranger', () => {
  const clock = { time: 1_700_000_000_000 }
  let api: AdminHarness
  beforeEach(() => {
    api = adminHarness(openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } }), clock)
  })

  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' }
  it('writes nothing by a form, which browsers send unasked', async () => {
    const got = await api.send('POST', '/consumers', 'username=mallory', form)
    assert.equal(got.status, 403)
    assert.equal((await api.send('GET', '/consumers/mallory')).status, 404)
  })
  it('is not told that it may read or write', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const got = await api.send(method, '/consumers', undefined, { origin: 'https://evil.example' })
      assert.deepEqual([got.status, got.headers.get('access-control-allow-origin')], [403, null])
    }
  })
  it('finds nothing out by a name of its own', async () => {
    for (const path of ['/', '/consumers', '/nothing', '/sallyport/x']) {
      assert.equal((await api.send('GET', path, undefined, { host: 'evil.example:8001' })).status, 403)
    }
  })
})
