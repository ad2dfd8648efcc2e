import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/**
 * A gateway is killed with SIGKILL in the middle of a stream of Admin API writes, again and again on one store. What it
 * acknowledged must be there when it comes back; the store must open every time.
 *
 * SALLYPORT_KILL_ROUNDS sets the rounds (20 unless told).
 */
const rounds = Number(process.env['SALLYPORT_KILL_ROUNDS'] ?? 20)
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'))
const store = join(folder, 'store.db')
let running: ChildProcess | null = null

after(() => {
  running?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly admin: string
}

/** Starts the gateway on the store and waits until it says where it listens. */
async function start(): Promise<Started> {
  const args = [
    'src/main.ts',
    'start',
    '--store',
    `sqlite:${store}`,
    '--proxy-http',
    '127.0.0.1:0',
    '--proxy-https',
    'off',
  ]
  args.push('--admin', '127.0.0.1:0', '--status', 'off', '--access-log', 'off')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running = child
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr! })) {
    said.push(line)
    const port = adminPort(line)
    if (port !== null) {
      child.stderr!.resume()
      return { child, admin: `http://127.0.0.1:${port}` }
    }
  }
  throw new Error(`the gateway did not open its store:\n${said.join('\n')}`)
}

function adminPort(line: string): number | null {
  try {
    const { ports } = JSON.parse(line) as { ports?: { admin?: number | null } }
    return ports?.admin ?? null
  } catch {
    return null
  }
}

/** A small generator of random numbers from a seed (mulberry32), so that a failing run can be had again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const seed = Number(process.env['SALLYPORT_SEED'] ?? Date.now() % 1e9)
const next = random(seed)

/** What the gateway acknowledged: path of the entity, and a field of it; null once its deletion was acknowledged. */
const acknowledged = new Map<string, string | null>()
let serial = 0

/** Writes one after the other until the connection breaks; counts only what was answered. */
async function writeUntilKilled(admin: string): Promise<number> {
  let answered = 0
  for (;;) {
    const name = `c${serial++}`
    const path = `/consumers/${name}`
    try {
      const made = await send(admin, 'PUT', path, { custom_id: `id-${name}` })
      if (made !== 200) throw new Error(`PUT ${path} answered ${made}`)
      acknowledged.set(path, `id-${name}`)
      answered++
      if (next() < 0.3) {
        const key = await send(admin, 'POST', `${path}/key-auth`, { key: `key-${name}` })
        if (key === 201) acknowledged.set(`${path}/key-auth/key-${name}`, `key-${name}`)
        answered++
      }
      if (next() < 0.2) {
        acknowledged.delete(path) // whether a deletion that was not answered took place is open
        acknowledged.delete(`${path}/key-auth/key-${name}`)
        if ((await send(admin, 'DELETE', path)) === 204) acknowledged.set(path, null)
        answered++
      }
    } catch (error) {
      if (error instanceof TypeError) return answered // the connection broke
      throw error
    }
  }
}

async function send(admin: string, method: string, path: string, body?: object): Promise<number> {
  const response = await fetch(admin + path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  await response.arrayBuffer()
  return response.status
}

/** Paths of what was acknowledged and is not as it was acknowledged. */
async function lost(admin: string): Promise<string[]> {
  const missing: string[] = []
  for (const [path, value] of acknowledged) {
    const response = await fetch(admin + path)
    const text = await response.text()
    if (value === null ? response.status !== 404 : !(response.status === 200 && text.includes(`"${value}"`)))
      missing.push(path)
  }
  return missing
}

test(`no acknowledged write is lost in ${rounds} kills, and the store opens every time (seed ${seed})`, async (t) => {
  let writes = 0
  for (let round = 0; round < rounds; round++) {
    const { child, admin } = await start()
    assert.deepEqual(await lost(admin), [], `after round ${round}`)
    // what is old has been seen to last; the rounds to come look at the newest
    if (acknowledged.size > 600) for (const path of [...acknowledged.keys()].slice(0, 300)) acknowledged.delete(path)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const writing = writeUntilKilled(admin)
    setTimeout(() => child.kill('SIGKILL'), 30 + next() * 400)
    writes += await writing
    await ended
  }
  const { child, admin } = await start()
  assert.deepEqual(await lost(admin), [])
  child.kill('SIGKILL')
  t.diagnostic(`${writes} acknowledged writes`)
  assert.ok(writes > rounds, 'the kills came before any write')
})
