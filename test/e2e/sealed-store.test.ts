import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { folderWith, jsonLines, sallyport, startProcess } from './cli/command-line.ts'
import { startService } from './cli/service.ts'

const SECRETS = /my-very-own-key|my-hmac-secret|my-cookie-secret/
const key = () => randomBytes(32).toString('base64')

async function start(t: TestContext, folder: string, keys: string | null, words: readonly string[] = []) {
  const listeners = ['proxy-http', 'admin'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
  const off = ['proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
  const sealing = keys === null ? [] : ['--store-keys', join(folder, keys)]
  const store = ['--store', `sqlite:${join(folder, 'store.db')}`]
  const running = startProcess(t, ['start', ...listeners, ...off, ...store, ...sealing, ...words])
  await running.until(({ err }) => err.includes('"serving: '))
  const ports = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as { http: number; admin: number }
  return {
    running,
    ask: async (key: string) =>
      (await fetch(`http://127.0.0.1:${ports.http}/app`, { headers: { apikey: key, connection: 'close' } })).status,
    async call(method: string, path: string, body?: object) {
      const headers = { 'content-type': 'application/json' }
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
      const answer = await fetch(`http://127.0.0.1:${ports.admin}${path}`, init)
      assert.ok(answer.ok, await answer.clone().text())
      return (await answer.json()) as Record<string, unknown>
    },
    async stop() {
      running.child.kill('SIGTERM')
      await running.ended
    },
  }
}
type Gateway = Awaited<ReturnType<typeof start>>

async function fill(t: TestContext, { call }: Gateway) {
  const service = await startService(t)
  await call('PUT', '/services/s', { url: service.url })
  await call('POST', '/services/s/routes', { paths: ['/app'] })
  await call('POST', '/services/s/plugins', { name: 'key-auth' })
  await call('POST', '/plugins', { name: 'session', enabled: false, config: { secret: 'my-cookie-secret' } })
  await call('PUT', '/consumers/alice', {})
  await call('POST', '/consumers/alice/key-auth', { key: 'my-very-own-key' })
  await call('POST', '/consumers/alice/hmac-auth', { username: 'alice', secret: 'my-hmac-secret' })
}

function storedBytes(folder: string): string {
  const names = readdirSync(folder).filter((name) => name.startsWith('store.db'))
  return names.map((name) => readFileSync(join(folder, name), 'latin1')).join('')
}

describe('a store with keys', () => {
  it('holds no secret that could be read, while all workers serve by them', async (t) => {
    const folder = folderWith(t, { keys: key() })
    const gateway = await start(t, folder, 'keys', ['--workers', '2'])
    await fill(t, gateway)
    for (let n = 0; n < 4; n++) assert.equal(await gateway.ask('my-very-own-key'), 200)
    assert.equal(await gateway.ask('another'), 401)
    assert.equal((await gateway.call('GET', '/key-auths/my-very-own-key'))['key'], 'my-very-own-key')
    assert.doesNotMatch(storedBytes(folder), SECRETS)
    await gateway.stop()
    assert.doesNotMatch(storedBytes(folder), SECRETS)

    const wrong = [
      [[], /the store is encrypted: give all keys/],
      [
        ['--store-keys', join(folder, 'other')],
        /the store holds secrets sealed with the key [0-9a-f]{12}, which is not there/,
      ],
      [['--store-keys', join(folder, 'none')], /the file with the keys of the store, .*none, can't be read \(ENOENT\)/],
      [['--store-keys', key()], /a command line is seen by everyone/],
    ] as const
    writeFileSync(join(folder, 'other'), key())
    const store = ['--store', `sqlite:${join(folder, 'store.db')}`]
    for (const [words, message] of wrong) {
      const { code, err } = await sallyport(t, ['start', ...store, ...words])
      assert.match(err, message)
      assert.notEqual(code, 0)
    }
  })

  it('seals what was there before, and takes another key', async (t) => {
    const folder = folderWith(t, {})
    const plain = await start(t, folder, null)
    await fill(t, plain)
    await plain.stop()
    assert.match(storedBytes(folder), SECRETS)

    const store = ['--store', `sqlite:${join(folder, 'store.db')}`]
    const [first, second] = [key(), key()]
    const seal = async (keys: string) => {
      const { code, out, err } = await sallyport(t, ['store', 'seal', ...store], { SALLYPORT_STORE_KEYS: keys })
      assert.equal(code, 0, err)
      assert.match(out, /7 entities sealed with the newest key/)
    }
    await seal(first)
    assert.doesNotMatch(storedBytes(folder), SECRETS)
    await seal(`${second},${first}`)
    writeFileSync(join(folder, 'keys'), second)
    const gateway = await start(t, folder, 'keys')
    assert.equal(await gateway.ask('my-very-own-key'), 200)
  })
})
