import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Gateway, startGateway } from '../../src/app.ts'

/** `session` with `storage: kong`: browsers prove themselves once, on whichever worker, and rows are what they hold on to. */
const loopback = { host: '127.0.0.1', port: 0 }

for (const workers of [1, 2]) {
  describe(`stored sessions with ${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-sessions-'))
    let gateway: Gateway

    before(async () => {
      const settings = {
        ...{ sources: [], store: `sqlite:${join(folder, 'store.db')}`, workers, trustedIps: [], accessLog: null },
        ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: null },
        ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
      }
      gateway = await startGateway(settings, { info() {}, warn() {}, error() {} })
      for (const [method, path, body] of [
        ['PUT', '/consumers/guest', {}],
        ['PUT', '/consumers/bob', {}],
        ['PUT', '/consumers/bob/key-auth/open-sesame', {}],
        ['PUT', '/services/s', { url: 'http://127.0.0.1:9' }],
        ['PUT', '/services/s/routes/r', { paths: ['/'] }],
        ['POST', '/services/s/plugins', { name: 'session', config: { storage: 'kong', cookie_secure: false } }],
        ['POST', '/services/s/plugins', { name: 'key-auth', config: { anonymous: 'guest' } }],
        ['POST', '/services/s/plugins', { name: 'request-termination', config: { status_code: 299 } }],
        ['POST', '/consumers/guest/plugins', { name: 'request-termination', config: { status_code: 401 } }],
      ] as const) {
        const answer = await admin(method, path, body)
        assert.ok(answer.ok, `${path}: ${await answer.text()}`)
      }
    })
    after(async () => {
      await gateway?.stop(1000)
      rmSync(folder, { recursive: true, force: true })
    })

    const admin = (method: string, path: string, body?: object) =>
      fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    const sessions = async () => {
      const { data } = (await (await admin('GET', '/sessions')).json()) as {
        data: { session_id: string; ttl: number }[]
      }
      return data
    }
    /** A connection of its own, so that workers take turns. */
    async function visit(headers: Record<string, string>, path = '/', method = 'GET') {
      const url = `http://127.0.0.1:${gateway.ports.http}${path}`
      const answer = await fetch(url, { method, headers: { ...headers, connection: 'close' } })
      await answer.text()
      const cookie = /^session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1]
      return { status: answer.status, cookie }
    }
    async function logIn(): Promise<{ cookie: string }> {
      const { status, cookie } = await visit({ apikey: 'open-sesame' })
      assert.equal(status, 299)
      return { cookie: `session=${cookie}` }
    }
    const statuses = async (jar: { cookie: string }) =>
      (await Promise.all([1, 2, 3, 4].map(() => visit(jar)))).map(({ status }) => status)

    it('are good on every worker from the next request on', async () => {
      assert.equal((await visit({})).status, 401)
      const jar = await logIn()
      assert.deepEqual(await statuses(jar), [299, 299, 299, 299])
      const [row] = await sessions()
      assert.ok(row!.ttl > 890 && row!.ttl <= 900)
      assert.ok(!jar.cookie.includes(row!.session_id))
      assert.equal(
        ((await (await admin('GET', `/sessions/${row!.session_id}`)).json()) as typeof row)!.session_id,
        row!.session_id,
      )
    })

    it('end for every copy when the caller logs out', async () => {
      const jar = await logIn()
      assert.equal((await visit(jar, '/?session_logout', 'POST')).status, 200)
      assert.deepEqual(await statuses(jar), [401, 401, 401, 401])
    })

    it('end when an operator deletes them', async () => {
      for (const { session_id } of await sessions()) await admin('DELETE', `/sessions/${session_id}`)
      const jar = await logIn()
      const [row] = await sessions()
      assert.equal((await admin('DELETE', `/sessions/${row!.session_id}`)).status, 204)
      assert.deepEqual(await statuses(jar), [401, 401, 401, 401])
    })

    it('end with the key that they were made with, and do not keep a row', async () => {
      const jar = await logIn()
      assert.equal((await admin('DELETE', '/consumers/bob/key-auth/open-sesame')).status, 204)
      assert.deepEqual(await statuses(jar), [401, 401, 401, 401])
      assert.deepEqual(await sessions(), [])
    })
  })
}
