import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { type Gateway, startGateway } from '../../src/app.ts'

/** A gateway of several processes, and what becomes of requests and writes when one of them is killed. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-processes-'))
const loopback = { host: '127.0.0.1', port: 0 }
const problems: { fields: Record<string, unknown>; message: string }[] = []
let gateway: Gateway
let service: Server

before(async () => {
  service = createServer((_request, response) => response.end('served'))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const settings = {
    ...{ sources: [], store: `sqlite:${join(folder, 'store.db')}`, workers: 2, trustedIps: ['127.0.0.1'] },
    ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: loopback },
    ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false, accessLog: null },
  }
  const note = (fields: Record<string, unknown>, message: string) => problems.push({ fields, message })
  gateway = await startGateway(settings, { info() {}, warn: note, error: note })
  assert.equal(
    (await write('PUT', '/services/s', { port: (service.address() as AddressInfo).port, host: '127.0.0.1' })).status,
    200,
  )
  assert.equal((await write('PUT', '/services/s/routes/r', { paths: ['/app'] })).status, 200)
})

after(async () => {
  await gateway?.stop(1000)
  service.close()
  service.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

function write(method: string, path: string, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** The status that a connection of its own gets; 0 when it breaks. */
function ask(path: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(gateway.ports.http!, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => resolve(0))
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  })
}

/** Pids of the gateway's processes of that role. */
function pids(role: 'control' | 'worker'): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]).toString()
  return listed
    .split('\n')
    .filter((line) => line.includes(`sallyport ${role}`))
    .map((line) => Number(line.trim().split(' ')[0]))
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const limit = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const ready = async () =>
  (await fetch(`http://127.0.0.1:${gateway.ports.status}/readyz`).then(
    (response) => response.status,
    () => 0,
  )) === 200

/** True when there are as many workers as there should be, and the victim is none of them. */
function replaced(victim: number): boolean {
  const workers = pids('worker')
  return workers.length === 2 && !workers.includes(victim)
}

/** Requests one after the other on connections of their own until told to stop; the statuses they got. */
function load(): { stop(): Promise<number[]> } {
  let stopped = false
  const statuses: number[] = []
  const ended = (async () => {
    while (!stopped) statuses.push(await ask('/app'))
  })()
  return {
    async stop() {
      stopped = true
      await ended
      return statuses
    },
  }
}

test('a write is effective on every worker before it is answered', async () => {
  for (let i = 0; i < 20; i++) {
    const path = `/round-${i}`
    assert.equal((await write('POST', '/services/s/routes', { name: `round-${i}`, paths: [path] })).status, 201)
    // connections go to the workers in turn: four reach each of the two twice
    assert.deepEqual(await Promise.all([ask(path), ask(path), ask(path), ask(path)]), [200, 200, 200, 200])
    await fetch(`http://127.0.0.1:${gateway.ports.admin}/routes/round-${i}`, { method: 'DELETE' })
    assert.deepEqual(await Promise.all([ask(path), ask(path), ask(path), ask(path)]), [404, 404, 404, 404])
  }
})

test('killing the control process costs no request, and another takes its place', async () => {
  const [control] = pids('control')
  const loads = [load(), load(), load()]
  process.kill(control!, 'SIGKILL')
  await until('a new control process', async () => !pids('control').includes(control!) && (await ready()))
  const statuses = (await Promise.all(loads.map((each) => each.stop()))).flat()
  assert.ok(statuses.length > 10)
  assert.deepEqual([...new Set(statuses)], [200])
  assert.equal((await write('POST', '/services/s/routes', { name: 'later', paths: ['/later'] })).status, 201)
  assert.deepEqual(await Promise.all([ask('/later'), ask('/later')]), [200, 200])
})

test('without a control process no token is given, and none is left half given', async () => {
  assert.equal((await write('PUT', '/services/s/routes/tokens', { paths: ['/tokens'] })).status, 200)
  const config = { enable_client_credentials: true, accept_http_if_already_terminated: true }
  assert.equal((await write('POST', '/routes/tokens/plugins', { name: 'oauth2', config })).status, 201)
  assert.equal((await write('PUT', '/consumers/app', {})).status, 200)
  const client = { client_id: 'app', client_secret: 'secret' }
  assert.equal((await write('POST', '/consumers/app/oauth2', { name: 'app', ...client })).status, 201)
  const token = async () => {
    const answer = await fetch(`http://127.0.0.1:${gateway.ports.http}/tokens/oauth2/token`, {
      method: 'POST',
      headers: { 'x-forwarded-proto': 'https' },
      body: new URLSearchParams({ ...client, grant_type: 'client_credentials' }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  assert.equal((await token()).status, 200)
  const [control] = pids('control')
  process.kill(control!, 'SIGKILL')
  const { status, body } = await token()
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
  await until('tokens again', async () => (await token()).status === 200)
})

test('killing a worker costs its own open requests only, and another takes its place', async () => {
  const victim = pids('worker').at(-1)!
  const loads = [load(), load(), load()]
  process.kill(victim, 'SIGKILL')
  await until('a new worker', async () => replaced(victim) && (await ready()))
  const statuses = (await Promise.all(loads.map((each) => each.stop()))).flat()
  // each of the three loads has one request open at a time
  assert.ok(statuses.filter((status) => status !== 200).length <= 3, JSON.stringify(statuses.filter((s) => s !== 200)))
  assert.ok(statuses.filter((status) => status === 200).length > 10)
  assert.deepEqual(await Promise.all([ask('/app'), ask('/app'), ask('/app'), ask('/app')]), [200, 200, 200, 200])
})

test('a worker that stops answering is replaced, and the write is answered all the same', async () => {
  const victim = pids('worker').at(-1)!
  process.kill(victim, 'SIGSTOP')
  assert.equal((await write('POST', '/services/s/routes', { name: 'slow', paths: ['/slow'] })).status, 201)
  await until('a new worker', async () => replaced(victim) && (await ready()))
  assert.deepEqual(await Promise.all([ask('/slow'), ask('/slow'), ask('/slow'), ask('/slow')]), [200, 200, 200, 200])
  assert.ok(problems.some(({ message }) => message.includes('does not answer')))
})

test('a worker that is slow to tell its figures is left out of them, and left alone', async () => {
  const victim = pids('worker').at(-1)!
  process.kill(victim, 'SIGSTOP')
  const response = await fetch(`http://127.0.0.1:${gateway.ports.status}/metrics`)
  process.kill(victim, 'SIGCONT')
  assert.equal(response.status, 200)
  assert.match(await response.text(), /^sallyport_requests_total/m)
  // a write waits for every worker, so once it is answered this one would be known to be gone
  assert.equal((await write('PUT', '/consumers/after-figures', {})).status, 200)
  assert.ok(pids('worker').includes(victim))
})

test('the figures of all workers are one sum', async () => {
  const count = async () => {
    const text = await (await fetch(`http://127.0.0.1:${gateway.ports.status}/metrics`)).text()
    return Number(/^sallyport_requests_total\{route="r",service="s",status="200"\} (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  const before = await count()
  await Promise.all(Array.from({ length: 10 }, () => ask('/app')))
  assert.equal((await count()) - before, 10)
})
