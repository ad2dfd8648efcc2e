import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folderWith, jsonLines, startGateway, startProcess } from './cli/command-line.ts'

describe('the status of a node', () => {
  for (const workers of ['1', '2']) {
    it(`counts connections and requests of all processes, with ${workers} worker(s)`, async (t) => {
      const folder = folderWith(t, {})
      const listeners = ['proxy-http', 'admin', 'status'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
      const words = ['start', ...listeners, '--proxy-https', 'off', '--workers', workers]
      const running = startProcess(t, [...words, '--store', `sqlite:${join(folder, 's.db')}`])
      await running.until(({ err }) => err.includes('"serving: '))
      const ports = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as Record<string, number>
      for (let n = 0; n < 4; n++) {
        await fetch(`http://127.0.0.1:${ports['http']}/`, { headers: { connection: 'close' } })
      }
      const open = connect(ports['http']!, '127.0.0.1')
      t.after(() => open.destroy())
      open.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await new Promise((resolve) => open.once('data', resolve))
      for (const base of [`http://127.0.0.1:${ports['admin']}`, `http://127.0.0.1:${ports['status']}`]) {
        const { server, database } = (await (await fetch(`${base}/status`)).json()) as {
          server: Record<string, number>
          database: object
        }
        const { connections_accepted: accepted, connections_active: active, total_requests: requests } = server
        assert.deepEqual([accepted, active, requests], [5, 1, 5], base)
        assert.deepEqual(database, { reachable: true })
      }
      const node = (await (await fetch(`http://127.0.0.1:${ports['admin']}/`)).json()) as {
        pids: { workers: number[] }
      }
      assert.equal(new Set(node.pids.workers).size, Number(workers))
    })
  }

  it('is ready once something is declared, until it is told to drain', async (t) => {
    const { ports } = await startGateway(t)
    const url = `http://127.0.0.1:${ports.status}`
    const ready = async () => {
      const answer = await fetch(`${url}/status/ready`)
      return [answer.status, ((await answer.json()) as { message: string }).message]
    }
    const post = async (body: string) => (await fetch(`${url}/status/ready`, { method: 'POST', body })).status
    assert.deepEqual(await ready(), [503, 'no configuration available (empty configuration present)'])
    const body = JSON.stringify({ _format_version: '3.0' })
    const headers = { 'content-type': 'application/json' }
    const declared = await fetch(`http://127.0.0.1:${ports.admin}/config`, { method: 'POST', body, headers })
    assert.equal(declared.status, 201)
    assert.deepEqual(await ready(), [200, 'ready'])
    assert.deepEqual([await post('{"status":"draining"}'), await post('nonsense')], [204, 400])
    assert.deepEqual(await ready(), [503, 'draining'])
    assert.equal((await fetch(`${url}/readyz`)).status, 503)
    assert.equal(await post('status=ready'), 204)
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
  })

  it('logs more or less when the Admin API says so', async (t) => {
    const gateway = await startGateway(t)
    const admin = `http://127.0.0.1:${gateway.ports.admin}`
    const write = async (name: string) =>
      (await fetch(`${admin}/consumers`, { method: 'POST', body: new URLSearchParams({ custom_id: name }) })).status
    await fetch(`${admin}/debug/node/log-level/error`, { method: 'PUT' })
    assert.equal(await write('a'), 201)
    await fetch(`${admin}/debug/node/log-level/info?timeout=0`, { method: 'PUT' })
    assert.equal(await write('b'), 201)
    await gateway.until(({ err }) => err.includes('"path":"/consumers"'))
    assert.equal(gateway.err().split('"path":"/consumers"').length - 1, 1)
  })
})
