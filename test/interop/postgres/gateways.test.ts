import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { sallyport, startProcess } from '../../e2e/cli/command-line.ts'
import { made, type Node, startNode as startNodeOn } from './node.ts'
import { PASSWORD, type PostgresServer, startPostgres } from './server.ts'

const KEY = 'open-sesame'
let server: PostgresServer
let service: Server

before(async () => {
  server = await startPostgres()
  service = createServer((_request, response) => response.end('served'))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  service.close()
  service.closeAllConnections()
  await server.remove()
})
beforeEach(async () => {
  await server.sql('DROP SCHEMA IF EXISTS sallyport CASCADE')
})

const startNode = (t: TestContext, workers = 1) => startNodeOn(t, server.url(), workers)

/** A route `/guarded` that needs a key, whose one consumer has `KEY`. Written through this node. */
async function makeGuardedRoute(node: Node): Promise<void> {
  await made(node.write('PUT', '/services/s', { host: '127.0.0.1', port: (service.address() as AddressInfo).port }))
  await made(node.write('PUT', '/plugins/11111111-1111-4111-8111-111111111111', { name: 'key-auth' }))
  await made(node.write('PUT', '/services/s/routes/r', { paths: ['/guarded'] }))
  await made(node.write('PUT', '/consumers/alice', {}))
  await made(node.write('PUT', `/consumers/alice/key-auth/${KEY}`, {}))
}

describe('two gateways on one PostgreSQL', () => {
  it('serve what was written through either', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t)]
    await makeGuardedRoute(one)
    assert.equal(await one.call('/guarded', KEY), 200)
    await other.until(200, '/guarded', KEY)
    assert.equal(await other.call('/guarded'), 401)

    const times: number[] = []
    for (let round = 0; round < 40; round++) {
      const [from, to] = round % 2 ? [one, other] : [other, one]
      const key = `key-${round}`
      await made(from.write('PUT', `/consumers/alice/key-auth/${key}`, {}))
      assert.equal(await from.call('/guarded', key), 200)
      times.push(await to.until(200, '/guarded', key))
      await made(from.write('DELETE', `/consumers/alice/key-auth/${key}`))
      assert.equal(await from.call('/guarded', key), 401)
      times.push(await to.until(401, '/guarded', key))
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1)
    t.diagnostic(`effective on the other node after ${at(0.5)} ms (median), ${at(0.95)} ms (95 %), ${at(1)} ms (worst)`)
  })
  it('lose nothing when both are written to at once', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t)]
    await makeGuardedRoute(one)
    const keys = Array.from({ length: 40 }, (_, n) => `key-${n}`)
    await Promise.all(
      keys.map((key, n) => made((n % 2 ? one : other).write('PUT', `/consumers/alice/key-auth/${key}`, {}))),
    )
    for (const node of [one, other]) for (const key of keys) await node.until(200, '/guarded', key)
  })
  it('know a name that the other just gave away', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t)]
    const [first, second] = await Promise.all([
      one.write('POST', '/consumers', { username: 'bob' }),
      other.write('POST', '/consumers', { username: 'bob' }),
    ])
    assert.deepEqual([first.status, second.status].toSorted(), [201, 409])
  })
  it('follow with several workers too', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t, 2)]
    await makeGuardedRoute(one)
    // Connections go to the workers in turn.
    for (let n = 0; n < 6; n++) await other.until(200, '/guarded', KEY)
    await made(other.write('DELETE', `/consumers/alice/key-auth/${KEY}`))
    for (let n = 0; n < 6; n++) assert.equal(await other.call('/guarded', KEY), 401)
    await one.until(401, '/guarded', KEY)
  })
})

describe('a gateway whose PostgreSQL goes away', () => {
  it('goes on serving, refuses changes with a reason, and catches up afterwards', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t)]
    await makeGuardedRoute(one)
    await other.until(200, '/guarded', KEY)
    await server.stop()
    for (const node of [one, other]) {
      assert.deepEqual([await node.call('/guarded', KEY), await node.call('/guarded')], [200, 401])
      const refused = await node.write('PUT', '/consumers/bob', {})
      const { message } = (await refused.json()) as { message: string }
      assert.equal(refused.status, 503)
      assert.match(message, /^the store is unavailable: /)
      assert.ok(!message.includes(PASSWORD))
      assert.equal((await node.write('GET', '/consumers')).status, 503)
      const status = (await (await node.write('GET', '/status')).json()) as { database: object }
      assert.deepEqual(status.database, { reachable: false })
    }
    await one.log.until((message) => message.startsWith('the store is lost'))
    await server.start()
    await made(one.write('PUT', '/consumers/alice/key-auth/later', {}))
    assert.equal(await one.call('/guarded', 'later'), 200)
    await other.until(200, '/guarded', 'later')
    await one.log.until((message) => message === 'the store is back')
  })
  it('keeps all its workers', async (t) => {
    const node = await startNode(t, 2)
    await makeGuardedRoute(node)
    await server.stop()
    await node.log.until((message) => message.startsWith('the store is lost'))
    for (let n = 0; n < 6; n++) assert.equal(await node.call('/guarded', KEY), 200)
    assert.equal((await node.write('PUT', '/consumers/bob', {})).status, 503)
    await server.start()
    await made(node.write('DELETE', `/consumers/alice/key-auth/${KEY}`))
    for (let n = 0; n < 6; n++) assert.equal(await node.call('/guarded', KEY), 401)
    assert.deepEqual(
      node.log.all.filter((message) => /process ended|replaced/.test(message)),
      [],
    )
  })
  it('catches up with what was written while it could not hear', async (t) => {
    const [one, other] = [await startNode(t), await startNode(t)]
    await makeGuardedRoute(one)
    await other.until(200, '/guarded', KEY)
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await made(one.write('DELETE', `/consumers/alice/key-auth/${KEY}`))
    await other.until(401, '/guarded', KEY)
  })
})

describe('starting on a PostgreSQL', () => {
  const words = (store: string) => {
    const listeners = ['proxy-http', 'proxy-https', 'admin', 'status'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
    return ['start', '--store', store, ...listeners]
  }
  const hasPassword = (text: string) => text.includes(PASSWORD) || text.includes(encodeURIComponent(PASSWORD))

  it('names the store without its password', async (t) => {
    const running = startProcess(t, words(server.url()))
    await running.until(({ err }) => err.includes('"serving: '))
    assert.match(running.err(), /store postgres:\/\/127\.0\.0\.1:\d+\/postgres/)
    running.child.kill('SIGTERM')
    const { code, out, err } = await running.ended
    assert.deepEqual([code, hasPassword(out + err)], [0, false])
  })
  it('waits for one that is down, says so, and starts when it is up', async (t) => {
    await server.stop()
    const running = startProcess(t, words(server.url()))
    await running.until(({ err }) => /cannot be reached yet; trying again/.test(err) && /ECONNREFUSED/.test(err))
    await server.start()
    await running.until(({ err }) => err.includes('"serving: '))
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
  })
  it('can be told to stop while it waits', async (t) => {
    const running = startProcess(t, words('postgres://gate@127.0.0.1:1/gateway'))
    await running.until(({ err }) => err.includes('trying again'))
    running.child.kill('SIGTERM')
    const { code, err } = await running.ended
    assert.equal(code, 0)
    assert.match(err, /stopped before anything was served/)
  })
  it('ends with 1 and the reason when the database does not let it in', async (t) => {
    const url = server.url().replace('gate:', 'gate:not-')
    const { code, out, err } = await sallyport(t, words(url))
    assert.equal(code, 1)
    assert.match(err, /cannot open the store: the database does not let this user in/)
    assert.equal(hasPassword(out + err), false)
  })
  it('ends with 1 and the reason when it stays down', async (t) => {
    const { code, err } = await sallyport(t, words('postgres://gate@127.0.0.1:1/gateway'))
    assert.equal(code, 1)
    assert.match(err, /cannot open the store: no connection to the database \(connect ECONNREFUSED 127\.0\.0\.1:1\)/)
  })
})
