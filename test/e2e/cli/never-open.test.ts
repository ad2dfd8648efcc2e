import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdminClient } from '../../../src/cli/gateway/admin-client.ts'
import { makeRoute } from '../../../src/cli/route/make-route.ts'
import { sallyport, startGateway } from './command-line.ts'
import { startService } from './service.ts'

const ROUNDS = 30

describe('while a route is being made', () => {
  it('no call without a token gets through, not for a moment', async (t) => {
    const service = await startService(t)
    const { proxy, env } = await startGateway(t)
    const client = new AdminClient(`http://${env.SALLYPORT_ADMIN}`)
    let going = true
    const statuses = new Set<number>()
    const callers = [1, 2, 3].map(async () => {
      while (going) statuses.add((await fetch(`${proxy}/app`)).status)
    })

    const wanted = {
      name: '_app',
      path: '/app',
      target: service.url,
      methods: [],
      policies: [{ name: 'jwt', config: {} }],
    }
    for (let round = 0; round < ROUNDS; round++) {
      const { route, service: made } = await makeRoute(client, wanted)
      assert.equal((await fetch(`${proxy}/app`)).status, 401)
      await client.delete(['routes', String(route['id'])])
      await client.delete(['services', String(made!['id'])])
    }
    going = false
    await Promise.all(callers)
    assert.deepEqual([...statuses].sort(), [401, 404])
    assert.equal(service.seen.length, 0)
  })

  it('a policy that is refused leaves nothing behind', async (t) => {
    const service = await startService(t)
    const { proxy, env } = await startGateway(t)
    const client = new AdminClient(`http://${env.SALLYPORT_ADMIN}`)
    const policies = [
      { name: 'jwt', config: {} },
      { name: 'no-such-policy', config: {} },
    ]
    const wanted = { name: '_app', path: '/app', target: service.url, methods: [], policies }
    await assert.rejects(makeRoute(client, wanted), /no-such-policy/)
    for (const kind of ['routes', 'services', 'plugins']) assert.deepEqual(await client.list([kind]), [], kind)
    assert.equal((await fetch(`${proxy}/app`)).status, 404)
  })
})

it('paths that differ in nothing but _ and / are two routes', async (t) => {
  const { env } = await startGateway(t)
  for (const path of ['/a/b', '/a_b']) {
    assert.equal((await sallyport(t, ['route', 'add', path, 'http://127.0.0.1:9', '--jwt'], env)).code, 0)
  }
  const { out } = await sallyport(t, ['route', 'ls', '-o', 'json'], env)
  assert.deepEqual(
    JSON.parse(out).map(({ urls }: { urls: string[] }) => urls[0]),
    ['/a/b', '/a_b'],
  )
})
