import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { made, type Node, startNode } from './node.ts'
import { type PostgresServer, startPostgres } from './server.ts'

/** 10,000 and 60 are what a release is tried with, by hand. */
const WRITES = Number(process.env['SALLYPORT_PG_WRITES'] ?? 300)
const OUTAGE_MS = Number(process.env['SALLYPORT_PG_OUTAGE_SECONDS'] ?? 3) * 1000
const AT_ONCE = 8

let server: PostgresServer
let service: Server

before(async () => {
  server = await startPostgres()
  // Says what it was asked for: by that one sees which service a route leads to.
  service = createServer((request, response) =>
    response.end(`${request.url} ${request.headers['x-consumer-username']}`),
  )
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

type Write = readonly [method: string, path: string, body?: object]

const [SERVICES, ROUTES, CONSUMERS, KEYS] = [8, 24, 20, 60]
const anyOf = (count: number) => Math.floor(Math.random() * count)
const uuidOf = (route: number) => `22222222-2222-4222-8222-${String(route).padStart(12, '0')}`

/** One write of any kind. Some contradict each other, and some are refused: which ones is for the store to say. */
function randomWrite(): Write {
  const { port } = service.address() as AddressInfo
  const [s, r, c, k] = [anyOf(SERVICES), anyOf(ROUTES), anyOf(CONSUMERS), anyOf(KEYS)]
  const kinds: Write[] = [
    ['PUT', `/services/s${s}`, { host: '127.0.0.1', port, path: `/version-${anyOf(100)}` }],
    ['PUT', `/routes/r${r}`, { paths: [`/r${r}`], service: { name: `s${s}` } }],
    ['PATCH', `/routes/r${r}`, { strip_path: anyOf(2) === 0 }],
    ['DELETE', `/routes/r${r}`],
    ['PUT', `/consumers/c${c}`, { custom_id: `id-${c}-${anyOf(10)}` }],
    ['DELETE', `/consumers/c${c}`],
    ['PUT', `/consumers/c${c}/key-auth/k${k}`, {}],
    ['POST', `/consumers/c${c}/key-auth`, { key: `k${k}` }],
    ['DELETE', `/key-auths/k${k}`],
    [
      'PUT',
      `/plugins/${uuidOf(r)}`,
      { name: 'request-termination', route: { name: `r${r}` }, config: { status_code: 400 + anyOf(90) } },
    ],
    ['DELETE', `/plugins/${uuidOf(r)}`],
    ['PUT', `/consumers/c${c}/acls/gold`, {}],
  ]
  return kinds[anyOf(kinds.length)]!
}

/** What a node answers to whatever was ever written about: two that hold the same answer the same. */
async function answersOf(node: Node): Promise<string[]> {
  const { http } = node.gateway.ports
  const ask = async (path: string, key: string) => {
    const answer = await fetch(`http://127.0.0.1:${http}${path}`, { headers: { apikey: key } })
    const text = (await answer.text()).replace(/[0-9a-f]{32}/g, '')
    return `${path} ${key}: ${answer.status} ${text}`
  }
  const answers: string[] = []
  for (let r = 0; r < ROUTES; r++) answers.push(await ask(`/r${r}`, 'marker'))
  for (let k = 0; k < KEYS; k++) answers.push(await ask('/who', `k${k}`))
  return answers
}

async function prepare(node: Node): Promise<void> {
  const { port } = service.address() as AddressInfo
  await made(node.write('PUT', '/plugins/11111111-1111-4111-8111-111111111111', { name: 'key-auth' }))
  await made(node.write('PUT', '/services/who', { host: '127.0.0.1', port }))
  await made(node.write('PUT', '/services/who/routes/who', { paths: ['/who'] }))
  await made(node.write('PUT', '/consumers/marker', {}))
  await made(node.write('PUT', '/consumers/marker/key-auth/marker', {}))
}

const shares = (times: number[]) => {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`
}

describe('gateways on one PostgreSQL', () => {
  it('hold the same after random writes on all of them, also one that joined late', async (t) => {
    const nodes = [await startNode(t, server.url()), await startNode(t, server.url())]
    await prepare(nodes[0]!)
    const statuses = new Map<number, number>()
    const times: number[] = []
    let left = WRITES
    const writer = async (number: number) => {
      while (left-- > 0) {
        if (left === Math.floor(WRITES / 2)) nodes.push(await startNode(t, server.url()))
        const node = nodes[anyOf(nodes.length)]!
        const answer = await node.write(...randomWrite())
        await answer.arrayBuffer()
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        if (left % 20 !== 0) continue
        const marker = `marker-${number}-${left}`
        await made(node.write('PUT', `/consumers/marker/key-auth/${marker}`, {}))
        times.push(await nodes.find((each) => each !== node)!.until(200, '/who', marker))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => writer(number)))
    assert.equal(nodes.length, 3)
    assert.deepEqual(
      [...statuses.keys()].filter((status) => status >= 500),
      [],
      'every write was made or refused',
    )
    t.diagnostic(`${WRITES} writes, by status: ${JSON.stringify(Object.fromEntries(statuses))}`)
    t.diagnostic(`effective on another node: ${shares(times)}, of ${times.length}`)

    // Writes are followed in order: who knows the last one knows all of them.
    await made(nodes[0]!.write('PUT', '/consumers/marker/key-auth/last', {}))
    for (const node of nodes) await node.until(200, '/who', 'last')
    const fresh = await answersOf(await startNode(t, server.url()))
    assert.ok(fresh.some((answer) => answer.includes(' 200 ')) && fresh.some((answer) => answer.includes(' 401 ')))
    for (const node of nodes) assert.deepEqual(await answersOf(node), fresh)
  })

  it('serve every request while it is down, refuse writes with a reason, and catch up', async (t) => {
    const nodes = [await startNode(t, server.url()), await startNode(t, server.url())]
    await prepare(nodes[0]!)
    await nodes[1]!.until(200, '/who', 'marker')
    let loading = true
    let served = 0
    const load = nodes.flatMap((node) =>
      Array.from({ length: 4 }, async () => {
        while (loading) {
          assert.equal(await node.call('/who', 'marker'), 200)
          served++
        }
      }),
    )
    await server.stop()
    const until = performance.now() + OUTAGE_MS
    let refused = 0
    do {
      for (const node of nodes) {
        const answer = await node.write('PUT', '/consumers/marker/key-auth/late', {})
        assert.equal(answer.status, 503)
        assert.match(((await answer.json()) as { message: string }).message, /^the store is unavailable: /)
        refused++
      }
    } while (performance.now() < until)
    await server.start()
    await made(nodes[0]!.write('PUT', '/consumers/marker/key-auth/late', {}))
    for (const node of nodes) await node.until(200, '/who', 'late')
    loading = false
    await Promise.all(load)
    t.diagnostic(`down for ${OUTAGE_MS / 1000} s: ${served} requests served, none failed; ${refused} writes refused`)
  })
})
