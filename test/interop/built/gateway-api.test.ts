/**
 * The Gateway API's own conformance suite: profiles GATEWAY-HTTP and GATEWAY-GRPC, with the extended features that we
 * serve, against a gateway that a real API server configures. What fails is written down in `gateway-api/expected.ts`;
 * the test fails when that is not what happens.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { expectedFailures, features } from './gateway-api/expected.ts'
import { suitePrograms } from './gateway-api/suite-programs.ts'
import { installEtcd } from './kube-server.ts'

const folder = resolve(import.meta.dirname, 'gateway-api')
const root = resolve(import.meta.dirname, '../../..')
/** A network whose loopback interface is all there is, and knows the addresses of Gateways and pods. */
const NETWORK = 'ip link set lo up && ip route add local 10.244.0.0/16 dev lo && exec "$@"'

test('the conformance suite of the Gateway API', { timeout: 90 * 60_000 }, async (t) => {
  assert.ok(existsSync('/usr/bin/unshare'), 'unshare, of the package util-linux, makes the network')
  await installEtcd()
  await suitePrograms((text) => t.diagnostic(text))
  const words = ['--net', '--', 'sh', '-c', NETWORK, 'sh', 'sh', 'tools/node.sh', resolve(folder, 'inside.ts')]
  const child = spawn('unshare', [...words, features.join()], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGTERM'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk))
  let problems = ''
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk))
  await once(child, 'close')

  const results = new Map<string, string>()
  for (const [, result, name] of said.matchAll(/^ {4}--- (PASS|FAIL|SKIP): TestConformance\/(\S+) /gm)) {
    results.set(name!, result!)
  }
  const named = (result: string) => [...results].filter(([, each]) => each === result).map(([name]) => name)
  t.diagnostic(`passed ${named('PASS').length}, failed ${named('FAIL').length}, not asked for ${named('SKIP').length}`)
  assert.ok(results.size > 0, `the suite did not run: ${problems.slice(-4000)} ${said.slice(-4000)}`)
  const failed = new Set(named('FAIL'))
  const expected = new Set(Object.keys(expectedFailures))
  for (const name of failed) {
    if (!expected.has(name))
      t.diagnostic(
        said
          .split('\n')
          .filter((line) => isAbout(line, name))
          .slice(0, 20)
          .join('\n'),
      )
  }
  assert.deepEqual([...failed].sort(), [...expected].sort())
})

const isAbout = (line: string, name: string): boolean => line.includes(`TestConformance/${name}`)
