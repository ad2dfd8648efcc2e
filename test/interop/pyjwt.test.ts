import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { folderWith, type GatewayProcess, sallyport, startGateway } from '../e2e/cli/command-line.ts'
import { startService } from '../e2e/cli/service.ts'

const run = promisify(execFile)
const INSTALL_MS = 5 * 60_000

/** What a client of the gateway would write: claims and key come from outside, the token goes out. */
const SIGN = `
import json, sys
import jwt
given = json.load(sys.stdin)
print(jwt.encode(given["claims"], given["key"], algorithm=given["algorithm"]))
`

interface Python {
  sign(algorithm: string, key: string, claims: object): Promise<string>
}

/** A Python with PyJWT, in a folder of its own. Fails where that can't be had: the point is the real library. */
async function pythonWithPyJwt(t: TestContext): Promise<Python> {
  const folder = folderWith(t, { 'sign.py': SIGN })
  const python = join(folder, 'venv', 'bin', 'python')
  await run('python3', ['-m', 'venv', join(folder, 'venv')], { timeout: INSTALL_MS })
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'PyJWT[crypto]==2.10.1']
  await run(python, install, { timeout: INSTALL_MS })
  return {
    async sign(algorithm, key, claims) {
      const signing = run(python, [join(folder, 'sign.py')], { timeout: 60_000 })
      signing.child.stdin!.end(JSON.stringify({ algorithm, key, claims }))
      return (await signing).stdout.trim()
    },
  }
}

async function statusOf({ proxy }: GatewayProcess, token: string): Promise<number> {
  return (await fetch(`${proxy}/app`, { headers: { authorization: `Bearer ${token}` } })).status
}

describe('tokens made with PyJWT', () => {
  it('are let in when they are signed with a credential of a consumer, and only then', async (t) => {
    const python = await pythonWithPyJwt(t)
    const service = await startService(t)
    const gateway = await startGateway(t)
    const { env } = gateway
    const target = ['route', 'add', '/app', service.url, '--jwt']
    assert.equal((await sallyport(t, target, env)).code, 0)
    assert.equal((await sallyport(t, ['consumer', 'add', 'my-app'], env)).code, 0)

    await t.test('HS256, as the first page shows it', async () => {
      const { out } = await sallyport(t, ['jwt', 'add', 'my-app', '-o', 'json'], env)
      const { key, secret } = JSON.parse(out) as { key: string; secret: string }
      assert.equal(await statusOf(gateway, await python.sign('HS256', secret, { some: 'payload', iss: key })), 200)
      assert.equal(service.seen.at(-1)!['x-consumer-username'], 'my-app')
      assert.equal(await statusOf(gateway, await python.sign('HS256', `${secret}x`, { iss: key })), 401)
      assert.equal(await statusOf(gateway, await python.sign('HS512', secret, { iss: key })), 401)
      assert.equal(await statusOf(gateway, await python.sign('HS256', secret, { some: 'payload' })), 401)
    })

    const folder = folderWith(t, {})
    const pairs = {
      RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
      PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      EdDSA: generateKeyPairSync('ed25519'),
    }
    for (const [algorithm, { publicKey, privateKey }] of Object.entries(pairs)) {
      await t.test(algorithm, async () => {
        const file = join(folder, `${algorithm}.pem`)
        writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }))
        const words = ['jwt', 'add', 'my-app', '--key', algorithm, '--algorithm', algorithm, '--public-key', file]
        assert.equal((await sallyport(t, words, env)).code, 0)
        const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
        assert.equal(await statusOf(gateway, await python.sign(algorithm, pem, { iss: algorithm })), 200)
        assert.equal(await statusOf(gateway, await python.sign(algorithm, pem, { iss: 'someone-else' })), 401)
      })
    }
  })
})
