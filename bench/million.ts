/**
 * What a million consumers cost: `sh tools/node.sh bench/million.ts [COUNT]`.
 *
 * Fills a store with consumers that have a JWT credential each, starts the gateway on it, and measures seconds to ready,
 * resident memory, and CPU per warm request beside a gateway with ten consumers, in turns. Then Admin API writes while
 * all that is loaded: milliseconds until the answer, which comes when the write is effective.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../src/base/clock.ts'
import { entityKinds } from '../src/dialects/kong/entities/kinds.ts'
import { toWrite } from '../src/dialects/kong/schema/entity.ts'
import { policies } from '../src/policies/index.ts'
import { openSqliteStore } from '../src/store/sqlite/store.ts'
import { startService } from './contenders.ts'
import { cpuSeconds, residentBytes } from './cpu.ts'
import { runLoad } from './load.ts'
import { installPeers } from './peers.ts'
import { type Issuer, makeToken } from './tokens.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'sallyport-million-'))

interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly http: number
  readonly admin: number
  readonly secondsToReady: number
}

const kinds = entityKinds(policies, () => Date.now())

async function fill(file: string, consumers: number): Promise<void> {
  const store = openSqliteStore({ file, clock: systemClock, durable: false })
  const now = Math.floor(Date.now() / 1000)
  for (let i = 0; i < consumers; i++) {
    const id = randomUUID()
    const consumer = {
      id,
      username: `user-${i}`,
      custom_id: `custom-${i}`,
      tags: null,
      created_at: now,
      updated_at: now,
    }
    const credential = {
      id: randomUUID(),
      consumer: { id },
      key: `issuer-${i}`,
      secret: `secret-secret-secret-secret-${i}`,
      algorithm: 'HS256',
      rsa_public_key: null,
      tags: null,
      created_at: now,
    }
    await store.insert(toWrite(kinds.get('consumers')!, consumer, null))
    await store.insert(toWrite(kinds.get('jwt_secrets')!, credential, null))
  }
  await store.close()
}

async function start(file: string): Promise<Running> {
  const args = [
    '-c',
    '0',
    'sh',
    join(root, 'tools/node.sh'),
    join(root, 'src/main.ts'),
    'start',
    '--store',
    `sqlite:${file}`,
  ]
  args.push(
    '--proxy-http',
    '127.0.0.1:0',
    '--proxy-https',
    'off',
    '--admin',
    '127.0.0.1:0',
    '--status',
    'off',
    '--access-log',
    'off',
  )
  const begun = performance.now()
  const child = spawn('taskset', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface({ input: child.stderr! })) {
    const ports = portsOf(line)
    if (ports === null) continue
    child.stderr!.resume()
    return { child, pid: child.pid!, ...ports, secondsToReady: (performance.now() - begun) / 1000 }
  }
  throw new Error('the gateway did not start')
}

function portsOf(line: string): { http: number; admin: number } | null {
  try {
    return (JSON.parse(line) as { ports?: { http: number; admin: number } }).ports ?? null
  } catch {
    return null
  }
}

async function write(gateway: Running, method: string, path: string, body: object): Promise<number> {
  const begun = performance.now()
  const response = await fetch(`http://127.0.0.1:${gateway.admin}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return performance.now() - begun
}

installPeers()
const children: { stop(): void }[] = []
try {
  const [few, many] = [join(folder, 'few.db'), join(folder, 'many.db')]
  await fill(few, 10)
  const filling = performance.now()
  await fill(many, count)
  console.log(
    `${count} consumers with a credential each written in ${((performance.now() - filling) / 1000).toFixed(0)} s (without flushing)`,
  )

  const service = await startService('1')
  children.push(service)
  const gateways = { few: await start(few), many: await start(many) }
  for (const gateway of Object.values(gateways)) children.push({ stop: () => gateway.child.kill('SIGTERM') })
  console.log(
    `seconds to ready: ${gateways.many.secondsToReady.toFixed(1)} (with ten consumers: ${gateways.few.secondsToReady.toFixed(1)})`,
  )
  const memory = (gateway: Running) => residentBytes(gateway.pid) / 1048576
  console.log(
    `resident: ${memory(gateways.many).toFixed(0)} MiB (with ten consumers: ${memory(gateways.few).toFixed(0)} MiB)`,
  )

  for (const gateway of Object.values(gateways)) {
    await write(gateway, 'PUT', '/services/s', { url: `http://127.0.0.1:${service.port}` })
    await write(gateway, 'PUT', '/services/s/routes/r', { paths: ['/'] })
    await write(gateway, 'POST', '/services/s/plugins', { name: 'jwt' })
  }
  const issuer = (i: number): Issuer => ({
    algorithm: 'HS256',
    name: `issuer-${i}`,
    verifier: `secret-secret-secret-secret-${i}`,
    signer: `secret-secret-secret-secret-${i}`,
  })
  // each gateway sees five thousand tokens: all there are, or of callers far apart
  const tokens = {
    few: Array.from({ length: 5000 }, (_, i) => makeToken(issuer(i % 10), i)),
    many: Array.from({ length: 5000 }, (_, i) => makeToken(issuer((i * 199) % count), i)),
  }
  const cost = { few: [] as number[], many: [] as number[] }
  for (let round = -1; round < 5; round++) {
    for (const name of ['few', 'many'] as const) {
      const gateway = gateways[name]
      const before = cpuSeconds(gateway.pid)
      const load = {
        url: `http://127.0.0.1:${gateway.http}/`,
        headers: {},
        tokens: tokens[name],
        seconds: 3,
        connections: 64,
        cpu: '1',
      }
      const { requests, notGood } = runLoad(load)
      if (notGood > 0) throw new Error(`${notGood} requests were refused`)
      if (round >= 0) cost[name].push(((cpuSeconds(gateway.pid) - before) * 1e6) / requests)
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  console.log(
    `CPU per warm request: ${median(cost.many).toFixed(1)} µs, with ten consumers ${median(cost.few).toFixed(1)} µs: ratio ${(median(cost.many) / median(cost.few)).toFixed(2)}`,
  )

  const times: number[] = []
  for (let i = 0; i < 500; i++)
    times.push(await write(gateways.many, 'POST', `/consumers/user-${i}/jwt`, { key: `new-${i}` }))
  times.sort((a, b) => a - b)
  console.log(
    `one more credential, flushed and effective: p50 ${times[250]!.toFixed(2)} ms, p99 ${times[495]!.toFixed(2)} ms`,
  )
} finally {
  for (const child of children.reverse()) child.stop()
  rmSync(folder, { recursive: true, force: true })
}
