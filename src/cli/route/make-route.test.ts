import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdminClient } from '../gateway/admin-client.ts'
import { makeRoute } from './make-route.ts'

const wanted = {
  name: '_app',
  path: '/app',
  target: 'http://up',
  methods: ['GET'],
  policies: [{ name: 'jwt', config: {} }],
}

/** An Admin API that refuses the calls that fit, and the calls it got. */
function api(refuses: (call: string) => number | null = () => null) {
  const calls: string[] = []
  const fetchIt = async (url: string, { method, body }: { method: string; body?: string }) => {
    const call = `${method} ${new URL(url).pathname}${body === undefined ? '' : ` ${body}`}`
    calls.push(call)
    const status = refuses(call)
    if (status !== null) return new Response('{"message":"refused"}', { status })
    return new Response(JSON.stringify({ id: `id-${calls.length}` }), { status: 200 })
  }
  return { calls, client: new AdminClient('http://gw', fetchIt as unknown as typeof fetch) }
}

describe('making a route', () => {
  it('enables its service last', async () => {
    const { client, calls } = api()
    await makeRoute(client, wanted)
    assert.deepEqual(calls, [
      'POST /services {"name":"_app","url":"http://up","enabled":false}',
      'POST /routes {"name":"_app","paths":["/app"],"methods":["GET"],"service":{"id":"id-1"}}',
      'POST /routes/id-2/plugins {"name":"jwt","config":{}}',
      'PATCH /services/id-1 {"enabled":true}',
    ])
  })
  it('without a target makes no service', async () => {
    const { client, calls } = api()
    await makeRoute(client, { ...wanted, target: null, methods: [] })
    assert.deepEqual(calls, [
      'POST /routes {"name":"_app","paths":["/app"]}',
      'POST /routes/id-1/plugins {"name":"jwt","config":{}}',
    ])
  })
  for (const step of ['POST /routes ', 'POST /routes/id-2/plugins', 'PATCH /services']) {
    it(`takes back what was made when ${step.trim()} is refused`, async () => {
      const { client, calls } = api((call) => (call.startsWith(step) ? 400 : null))
      await assert.rejects(makeRoute(client, wanted), /^Error: refused$/)
      const made = calls.findIndex((call) => call.startsWith(step))
      const expected =
        step === 'POST /routes ' ? ['DELETE /services/id-1'] : ['DELETE /routes/id-2', 'DELETE /services/id-1']
      assert.deepEqual(calls.slice(made + 1), expected)
    })
  }
  it('says what could not be taken back', async () => {
    const { client } = api((call) => (call.includes('plugins') || call.startsWith('DELETE /routes') ? 500 : null))
    await assert.rejects(makeRoute(client, wanted), /refused\n.*\/routes\/id-2 is still there, though not open/)
  })
  it('changes nothing where there is one already', async () => {
    const { client, calls } = api((call) => (call.startsWith('POST /services') ? 409 : null))
    await assert.rejects(makeRoute(client, wanted), /there is a route for \/app already; nothing was changed/)
    assert.equal(calls.length, 1)
  })
})
