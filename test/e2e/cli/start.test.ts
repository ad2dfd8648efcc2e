import assert from 'node:assert/strict'
import { existsSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { folderWith, jsonLines, sallyport, startGateway, startProcess } from './command-line.ts'
import { startService } from './service.ts'

const ONE_ROUTE = (url: string, path: string) =>
  JSON.stringify({
    _format_version: '3.0',
    services: [{ name: 's', url, routes: [{ name: 'r', paths: [path] }] }],
  })
const TWO_PROBLEMS =
  '_format_version: "3.0"\nservices:\n- name: s\n  url: http://x\n  routes:\n  - paths: [app]\n  colour: red\n'

describe('starting', () => {
  it('says what is listened on and which store it keeps, for people and for programs', async (t) => {
    const { ports, err, proxy } = await startGateway(t)
    const [line] = jsonLines(err())
    assert.equal(line!['level'], 'info')
    assert.equal(line!['store'], 'memory')
    const message = String(line!['message'])
    assert.ok(message.startsWith(`serving: proxy ${proxy} and https://127.0.0.1:${ports.https}; Admin API http://`))
    assert.ok(message.endsWith('; store memory'))
    assert.equal((await fetch(`http://127.0.0.1:${ports.status}/readyz`)).status, 200)
  })

  it('keeps its store in the data folder of the user, readable by nobody else, across restarts', async (t) => {
    const folder = folderWith(t, {})
    const off = ['proxy-http', 'proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
    for (const round of [1, 2]) {
      const running = startProcess(t, ['start', '--admin', '127.0.0.1:0', ...off], { XDG_DATA_HOME: folder })
      await running.until(({ err }) => err.includes('"serving: '))
      const { ports, store } = jsonLines(running.err())[0] as { ports: { admin: number }; store: string }
      assert.equal(store, `sqlite:${folder}/sallyport/store.db`)
      assert.ok(existsSync(`${folder}/sallyport/store.db`))
      assert.equal(statSync(`${folder}/sallyport`).mode & 0o077, 0)
      const env = { SALLYPORT_ADMIN: `127.0.0.1:${ports.admin}` }
      if (round === 1) await sallyport(t, ['consumer', 'add', 'kept'], env)
      else assert.match((await sallyport(t, ['consumer', 'ls'], env)).out, /kept/)
      running.child.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
    }
  })

  it('takes settings from sallyport.yaml of the working directory, sources beside it', async (t) => {
    const service = await startService(t)
    const folder = folderWith(t, {
      'sallyport.yaml': 'sources: [kong:kong.json]\naccess-log: off\n',
      'kong.json': ONE_ROUTE(service.url, '/app'),
    })
    const gateway = await startGateway(t, [], folder)
    assert.equal((await fetch(`${gateway.proxy}/app`)).status, 200)
    assert.match(gateway.err(), /settings from sallyport\.yaml/)
    gateway.child.kill('SIGTERM')
    assert.equal((await gateway.ended).out, '')
  })

  it('writes the access log to standard output, without tokens', async (t) => {
    const gateway = await startGateway(t)
    await fetch(`${gateway.proxy}/nowhere?jwt=hidden`, { headers: { authorization: 'Bearer hidden' } })
    gateway.child.kill('SIGTERM')
    const { out, err } = await gateway.ended
    assert.deepEqual(
      jsonLines(out).map(({ path, status }) => [path, status]),
      [['/nowhere', 404]],
    )
    assert.doesNotMatch(out + err, /hidden/)
  })

  it('with a bad source lists every problem of every source and exits with 1', async (t) => {
    const folder = folderWith(t, { 'a.yaml': TWO_PROBLEMS, 'b.yaml': '_format_version: "9.9"' })
    const words = [
      'start',
      '--store',
      'memory',
      '--source',
      `kong:${folder}/a.yaml`,
      '--source',
      `kong:${folder}/b.yaml`,
    ]
    const { code, err, out } = await sallyport(t, words)
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, /a\.yaml:\d+: services\[0\]\.routes\[0\]\.paths.*: /)
    assert.match(err, /a\.yaml:7: services\[0\].*colour/)
    assert.match(err, /b\.yaml:1: /)
  })

  it('where a port is taken says which, and leaves no process', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    t.after(() => taken.close())
    const { port } = taken.address() as AddressInfo
    const words = ['start', '--store', 'memory', '--admin', '127.0.0.1:0', '--proxy-http', `127.0.0.1:${port}`]
    const { code, err } = await sallyport(t, words)
    assert.equal(code, 1)
    assert.match(err, new RegExp(`^error: 127\\.0\\.0\\.1:${port} is taken by another process`))
  })
})

describe('stopping', () => {
  it('lets requests under way end, takes no more, and exits with 0', async (t) => {
    const waiting: ServerResponse[] = []
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const service = await startService(t, (_, response) => {
      waiting.push(response)
      arrive()
    })
    const gateway = await startGateway(t)
    await sallyport(t, ['route', 'add', '/app', service.url, '--public'], gateway.env)
    const answer = fetch(`${gateway.proxy}/app`)
    await arrived
    gateway.child.kill('SIGTERM')
    await gateway.until(({ err }) => err.includes('"stopping: '))
    await assert.rejects(fetch(`${gateway.proxy}/app`))
    waiting[0]!.end('late but whole')
    assert.equal(await (await answer).text(), 'late but whole')
    assert.equal((await gateway.ended).code, 0)
  })

  it('ends at once on a second signal', async (t) => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const service = await startService(t, () => arrive())
    const gateway = await startGateway(t)
    await sallyport(t, ['route', 'add', '/app', service.url, '--public'], gateway.env)
    fetch(`${gateway.proxy}/app`).catch(() => {})
    await arrived
    gateway.child.kill('SIGINT')
    await gateway.until(({ err }) => err.includes('"stopping: '))
    gateway.child.kill('SIGINT')
    assert.equal((await gateway.ended).code, 130)
  })

  it('does not wait for a connection that says nothing', async (t) => {
    const gateway = await startGateway(t)
    const idle = connect(gateway.ports.http, '127.0.0.1').on('error', () => {})
    await new Promise((resolve) => idle.once('connect', resolve))
    gateway.child.kill('SIGTERM')
    assert.equal((await gateway.ended).code, 0)
    idle.destroy()
  })
})

describe('sources are read again', () => {
  /** A gateway that serves one file, reached by this name. */
  async function serving(t: TestContext, name: string, file: string) {
    const service = await startService(t)
    // Moved into place, so that nobody ever reads half of it.
    const replace = (text: string) => {
      writeFileSync(`${file}.next`, text)
      renameSync(`${file}.next`, file)
    }
    replace(ONE_ROUTE(service.url, '/one'))
    const gateway = await startGateway(t, ['--source', `kong:${name}`])
    const status = async (path: string) => (await fetch(`${gateway.proxy}${path}`)).status
    return { gateway, replace, status, routeAt: (path: string) => ONE_ROUTE(service.url, path) }
  }

  it('on SIGHUP; what can no longer be read stays as it was', async (t) => {
    const [folder, elsewhere] = [folderWith(t, {}), folderWith(t, {})]
    // Through a link, a change is not noticed without being told.
    symlinkSync(`${elsewhere}/kong.json`, `${folder}/kong.json`)
    const { gateway, replace, status, routeAt } = await serving(t, `${folder}/kong.json`, `${elsewhere}/kong.json`)
    assert.deepEqual([await status('/one'), await status('/two')], [200, 404])

    replace(routeAt('/two'))
    gateway.child.kill('SIGHUP')
    await gateway.until(({ err }) => err.includes('source re-read'))
    assert.deepEqual([await status('/one'), await status('/two')], [404, 200])

    replace('{')
    gateway.child.kill('SIGHUP')
    await gateway.until(({ err }) => err.includes('what was serving stays'))
    assert.equal(await status('/two'), 200)
  })

  it('when the file changes', async (t) => {
    const file = `${folderWith(t, {})}/kong.json`
    const { gateway, replace, status, routeAt } = await serving(t, file, file)
    replace(routeAt('/two'))
    await gateway.until(({ err }) => err.includes('source re-read'))
    assert.deepEqual([await status('/one'), await status('/two')], [404, 200])
  })
})

describe('checking', () => {
  it('good sources is ok', async (t) => {
    const folder = folderWith(t, { 'kong.json': ONE_ROUTE('http://x', '/app') })
    const { code, out, err } = await sallyport(t, ['check', `kong:${folder}/kong.json`])
    assert.deepEqual({ code, out, err }, { code: 0, out: `ok: kong:${folder}/kong.json\n`, err: '' })
  })
  it('bad sources lists every problem with file, line and path', async (t) => {
    const folder = folderWith(t, { 'a.yaml': TWO_PROBLEMS })
    const { code, out, err } = await sallyport(t, ['check', `kong:${folder}/a.yaml`, 'kong:/gone.yaml'])
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, /a\.yaml:\d+: services\[0\]\.routes\[0\]\.paths/)
    assert.match(err, /\/gone\.yaml: /)
    assert.match(err, /error: \d+ problems found\n$/)
  })
  it('takes the sources of the settings', async (t) => {
    const folder = folderWith(t, { 's.yaml': 'sources: kong:k.json', 'k.json': ONE_ROUTE('http://x', '/app') })
    const { code, out } = await sallyport(t, ['check', '--config', `${folder}/s.yaml`])
    assert.deepEqual({ code, out }, { code: 0, out: `ok: kong:${folder}/k.json\n` })
  })
})
