/** Policies of users' own in a whole gateway: loaded, edited while requests flow, broken, mended and taken away. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { folderWith, type GatewayProcess, sallyport, startGateway } from '../cli/command-line.ts'
import { startService } from '../cli/service.ts'

const stamp = (text: string, more = '') => `
import { definePolicy, next, record, text } from 'sallyport/policy'
import { mark } from '../_shared/mark.ts'

export default definePolicy({
  name: 'stamp',
  phase: 'shape',
  summary: 'Stamp requests.',
  priority: 1500,
  config: record({ ink: text().default('blue').describe('The color of the stamp.') }),
  reasons: {},
  compile({ ink }, { log }) {
    return {
      request(exchange) {
        exchange.setHeader('x-stamp', \`${text} \${ink} \${mark}\`)
        ${more}
        return next
      },
      dispose: () => log.warn({ stamp: '${text}' }, 'disposed of'),
    }
  },
})
`

/** A folder of policies and a file that uses one. Written as editors do: aside, then renamed. */
function policiesFolder(t: TestContext, url: string) {
  const folder = folderWith(t, {
    'kong.yaml': `
_format_version: '3.0'
services:
- name: app
  url: ${url}
  routes:
  - { name: stamped, paths: [/stamped], plugins: [{ name: stamp }] }
  - { name: plain, paths: [/plain] }
`,
  })
  for (const name of ['policies', 'policies/stamp', 'policies/_shared']) mkdirSync(join(folder, name))
  const write = (file: string, text: string) => {
    const aside = join(folder, 'aside')
    writeFileSync(aside, text)
    renameSync(aside, join(folder, 'policies', file))
  }
  write('_shared/mark.ts', "export const mark: string = 'one'\n")
  write('stamp/policy.ts', stamp('first'))
  const words = ['--source', `kong:${join(folder, 'kong.yaml')}`, '--policies', join(folder, 'policies')]
  return { folder, write, words }
}

/** Asks until the service is told this; every request on the way must have been served. */
async function untilStamped(gateway: GatewayProcess, seen: { 'x-stamp'?: string }[], text: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${gateway.proxy}/stamped`, { headers: { connection: 'close' } })
    await response.text()
    assert.equal(response.status, 200)
    if (seen.at(-1)!['x-stamp'] === text) return
  }
}

for (const workers of [1, 2]) {
  describe(`custom policies with ${workers} worker(s)`, () => {
    it('an edit takes effect without a lost request, a broken one changes nothing', async (t) => {
      const { url, seen } = await startService(t)
      const { folder, write, words } = policiesFolder(t, url)
      const store = workers === 1 ? [] : ['--store', `sqlite:${join(folder, 'store.db')}`, '--workers', '2']
      const gateway = await startGateway(t, [...words, ...store])
      const told = seen as { 'x-stamp'?: string }[]
      await untilStamped(gateway, told, 'first blue one')

      // requests flow all the while; each is answered, by the old form or by the new one
      let editing = true
      const statuses = new Set<number>()
      const flow = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (editing) {
            const response = await fetch(`${gateway.proxy}/stamped`)
            await response.text()
            statuses.add(response.status)
          }
        }),
      )
      write('stamp/policy.ts', stamp('second'))
      await gateway.until(({ err }) => countOf(err, 'custom policies taken over') === (workers === 1 ? 1 : 3))
      await untilStamped(gateway, told, 'second blue one')
      write('_shared/mark.ts', "export const mark: string = 'two'\n")
      await untilStamped(gateway, told, 'second blue two')
      await gateway.until(({ err }) => err.includes('"stamp":"first"'))

      write('stamp/policy.ts', stamp('broken', 'let'))
      await gateway.until(({ err }) => countOf(err, 'what was serving stays') >= (workers === 1 ? 1 : 3))
      await untilStamped(gateway, told, 'second blue two')
      assert.match(gateway.err(), /stamp\/policy\.ts: it can't be loaded: SyntaxError/)
      write('stamp/policy.ts', stamp('third'))
      await untilStamped(gateway, told, 'third blue two')
      await gateway.until(({ err }) => countOf(err, 'custom policies taken over') === (workers === 1 ? 3 : 9))
      editing = false
      await flow
      assert.deepEqual([...statuses], [200])
      for (const { 'x-stamp': text } of told) assert.match(text!, /^(?:first|second|third) blue (?:one|two)$/)
    })
  })
}

describe('custom policies', () => {
  it('routes of a policy that is gone are closed, others stay open; and it may come back', async (t) => {
    const { url } = await startService(t)
    const { folder, write, words } = policiesFolder(t, url)
    const gateway = await startGateway(t, words)
    const statusOf = async (path: string) => (await fetch(`${gateway.proxy}${path}`)).status
    assert.equal(await statusOf('/stamped'), 200)
    rmSync(join(folder, 'policies/stamp'), { recursive: true })
    await gateway.until(({ err }) => err.includes('"gone":["stamp"]'))
    assert.equal(await statusOf('/stamped'), 500)
    assert.equal(await statusOf('/plain'), 200)
    mkdirSync(join(folder, 'policies/stamp'))
    write('stamp/policy.ts', stamp('again'))
    await gateway.until(({ err }) => err.includes('"policies":["stamp"]'))
    assert.equal(await statusOf('/stamped'), 200)
  })

  it('the Admin API knows them as it knows any policy, and what they say anew', async (t) => {
    const { url, seen } = await startService(t)
    const { write, words } = policiesFolder(t, url)
    const gateway = await startGateway(t, words)
    const admin = async (path: string, body?: object) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const response = await fetch(`http://127.0.0.1:${gateway.ports.admin}${path}`, body === undefined ? {} : init)
      // biome-ignore lint/suspicious/noExplicitAny: whatever the Admin API says; asserted on below
      return { status: response.status, json: (await response.json()) as Record<string, any> }
    }
    assert.ok((await admin('/plugins/enabled')).json['enabled_plugins'].includes('stamp'))
    const information = await admin('/')
    assert.equal(information.json['plugins']['available_on_server']['stamp']['priority'], 1500)
    assert.match(JSON.stringify((await admin('/schemas/plugins/stamp')).json), /"ink":\{.*"default":"blue"/)
    const refused = await admin('/plugins', { name: 'stamp', config: { inc: 'red' } })
    assert.equal(refused.status, 400)
    assert.deepEqual(refused.json['fields'], { config: { inc: 'unknown field' } })

    await admin('/services', { name: 'stored', url })
    await admin('/services/stored/routes', { name: 'stored', paths: ['/stored'] })
    assert.equal((await admin('/routes/stored/plugins', { name: 'stamp', config: { ink: 'red' } })).status, 201)
    await (await fetch(`${gateway.proxy}/stored`)).text()
    assert.equal(seen.at(-1)!['x-stamp'], 'first red one')
    write('stamp/policy.ts', stamp('second').replaceAll('ink', 'color').replace('blue', 'green'))
    await gateway.until(({ err }) => err.includes('"policies":["stamp"]'))
    assert.match(JSON.stringify((await admin('/schemas/plugins/stamp')).json), /"color":\{.*"default":"green"/)
    // a config that the new form can't read goes on with the form that could
    assert.match(gateway.err(), /"source":"store",.*config\.: Unrecognized key.*stays what it was/)
    await (await fetch(`${gateway.proxy}/stored`)).text()
    assert.equal(seen.at(-1)!['x-stamp'], 'first red one')
  })

  it('rows that they own are credentials as any', async (t) => {
    const { url } = await startService(t)
    const folder = folderWith(t, {
      'kong.yaml': `
_format_version: '3.0'
services:
- { name: app, url: '${url}', routes: [{ name: r, paths: [/], plugins: [{ name: badge }] }] }
consumers:
- { username: alice, badge_credentials: [{ badge: '42' }] }
`,
    })
    mkdirSync(join(folder, 'policies/badge'), { recursive: true })
    writeFileSync(
      join(folder, 'policies/badge/policy.ts'),
      readFileSync(join(import.meta.dirname, 'badge-policy.ts.txt'), 'utf8'),
    )
    const words = ['--source', `kong:${join(folder, 'kong.yaml')}`, '--policies', join(folder, 'policies')]
    const gateway = await startGateway(t, words)
    const statusOf = async (badge: string) => (await fetch(gateway.proxy, { headers: { 'x-badge': badge } })).status
    assert.equal(await statusOf('42'), 200)
    assert.equal(await statusOf('43'), 401)
  })

  it('what breaks in a request closes the door, what breaks later harms nobody', async (t) => {
    const { url } = await startService(t)
    const { write, words } = policiesFolder(t, url)
    const steps = `{
      request: (exchange) => {
        if (exchange.path.endsWith('/throw')) throw new Error('request broke')
        if (exchange.path.endsWith('/late')) return Promise.resolve()
        if (exchange.path.endsWith('/nothing')) return
        return next
      },
      async response() { throw new Error('response broke') },
      record() { throw new Error('record broke') },
    }`
    write('stamp/policy.ts', stamp('x').replace(/return \{\n[\s\S]*?\n {4}\}/, `return ${steps} as never`))
    const gateway = await startGateway(t, words)
    const statuses: number[] = []
    for (const path of ['', '/throw', '/late', '/nothing']) {
      statuses.push((await fetch(`${gateway.proxy}/stamped${path}`)).status)
    }
    assert.deepEqual(statuses, [200, 500, 500, 500])
    for (const step of ['response', 'record']) {
      await gateway.until(({ err }) => err.includes(`"policy":"stamp","step":"${step}"`))
    }
  })

  it('start and check name what is wrong with one, and nothing starts', async (t) => {
    const { folder, write, words } = policiesFolder(t, 'http://127.0.0.1:9')
    write('stamp/policy.ts', stamp('x').replace("'shape'", "'sharp'"))
    const expected = 'stamp/policy.ts: phase: expected one of guard, identify, authorize, shape, record\n'
    for (const command of ['start', 'check']) {
      const { code, err } = await sallyport(t, [command, ...words])
      assert.equal(code, 1)
      assert.ok(err.includes(expected), err)
    }
    write('stamp/policy.ts', stamp('x'))
    const good = await sallyport(t, ['check', '--policies', join(folder, 'policies')])
    assert.deepEqual([good.code, good.err], [0, ''])
  })
})

function countOf(text: string, part: string): number {
  return text.split(part).length - 1
}
