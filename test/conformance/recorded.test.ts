import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Gateway, startGateway } from '../../src/app.ts'

/**
 * Suites that others keep: answers recorded from a real Kong, and attacks on the engine. They are not part of this
 * project; where a checkout of them is at hand, SALLYPORT_CONFORMANCE names its folder (`kong/run.mjs`,
 * `engine/run.mjs`).
 */
const suites = process.env['SALLYPORT_CONFORMANCE']

if (suites !== undefined) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-recorded-'))
  const loopback = { host: '127.0.0.1', port: 0 }
  let gateway: Gateway

  before(async () => {
    const silent = { info() {}, warn() {}, error() {} }
    const settings = {
      ...{ sources: [], store: 'memory', trustedIps: [], accessLog: null },
      ...{ proxyHttp: loopback, proxyHttps: loopback, admin: loopback, status: null },
      ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
    }
    gateway = await startGateway(settings, silent)
  })

  after(async () => {
    await gateway.stop(1000)
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (suite: string, args: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, [join(suites, suite, 'run.mjs'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
      child.on('error', reject)
      child.on('close', () => resolve(output))
    })
  const addresses = () => {
    const { http, admin } = gateway.ports
    return ['--proxy', `http://127.0.0.1:${http}`, '--admin', `http://127.0.0.1:${admin}`]
  }

  test('every attack on the engine is answered as it should be', async () => {
    const output = await run('engine', addresses())
    const failed = output.split('\n').filter((line) => line.startsWith('FAIL '))
    assert.deepEqual(failed, [])
    assert.match(output, /(\d+) of \1 hold/)
  })

  test('what differs from the recorded Kong is what the page of closed holes lists', async () => {
    const json = join(folder, 'kong.json')
    const output = await run('kong', [
      ...addresses(),
      '--proxy-ssl',
      `https://127.0.0.1:${gateway.ports.https}`,
      '--json',
      json,
    ])
    const { cases } = JSON.parse(readFileSync(json, 'utf8')) as { cases: Record<string, { holds: boolean }> }
    const differing = Object.entries(cases).flatMap(([id, { holds }]) => (holds ? [] : [id]))
    const page = readFileSync(join(root, 'docs/closed-holes.md'), 'utf8')
    const listed = page
      .slice(page.indexOf('## Recorded answers we do not repeat'))
      .match(/(?<=`)[a-z-]+\/[a-z0-9-]+(?=`)/g)
    assert.deepEqual(differing.sort(), (listed ?? []).filter((id) => id in cases).sort(), output)
    assert.ok(Object.keys(cases).length > 100)
  })
}
