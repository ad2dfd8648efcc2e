import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openPostgresStore } from '../../../src/store/postgres/store.ts'
import { type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer
let certificate: string
before(async () => {
  server = await startPostgres()
  certificate = await server.useTls()
})
after(() => server.remove())

const open = (host: string, parameters: string) => {
  const url = `${server.url().replace('127.0.0.1', host)}?${parameters}`
  return openPostgresStore({ url, clock: { now: () => 0 }, patienceMs: 0 })
}
const encrypted = async () => {
  const rows = await server.sql(`SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
    WHERE a.application_name = 'sallyport'`)
  return rows.map((row) => row['ssl'])
}

describe('a PostgreSQL store over TLS', () => {
  it('is encrypted, with a certificate that is known and names the host', async (t) => {
    const store = await open('localhost', `sslmode=verify-full&sslrootcert=${certificate}`)
    const following = store.follow!(() => {})
    t.after(() => Promise.all([following.close(), store.close()]))
    await store.get('a', '1')
    assert.deepEqual(await encrypted(), [true])
  })
  it('refuses a certificate that nobody vouches for', async () => {
    await assert.rejects(open('localhost', 'sslmode=verify-full'), /cannot open the store: .*self-signed certificate/)
  })
  it('refuses a certificate of another host', async () => {
    const parameters = `sslmode=verify-full&sslrootcert=${certificate}`
    await assert.rejects(open('127.0.0.1', parameters), /cannot open the store: .*127\.0\.0\.1/)
  })
  it('is not encrypted unless that was asked for', async (t) => {
    const store = await open('localhost', '')
    t.after(() => store.close())
    await store.get('a', '1')
    assert.deepEqual(await encrypted(), [false])
  })
})
