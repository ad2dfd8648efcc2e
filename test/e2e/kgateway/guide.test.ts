import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { folderWith, sallyport, startProcess } from '../cli/command-line.ts'
import { startService } from '../cli/service.ts'

const root = resolve(import.meta.dirname, '../../..')
const guide = readFileSync(join(root, 'docs/guides/kgateway.md'), 'utf8')
const manifest = (name: string) => readFileSync(join(root, 'examples/kgateway/manifests', name), 'utf8')

/** The guide's commands that begin so, as words. */
function commands(start: string): string[][] {
  const lines = [...guide.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text]) => text!.split('\n'))
  return lines
    .map((line) => /(?:^|\$\()\.\/sallyport ([^)]*)/.exec(line)?.[1])
    .filter((line) => line?.startsWith(start))
    .map((line) => line!.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'|'$/g, '')))
}

async function answer(port: number, token?: string): Promise<[status: number, body: string]> {
  const { request } = await import('node:http')
  return new Promise((done, fail) => {
    const headers = { host: 'www.example.com', ...(token && { authorization: `Bearer ${token}` }) }
    const sent = request({ host: '127.0.0.1', port, agent: false, headers }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => done([response.statusCode!, body]))
    })
    sent.on('error', fail)
    sent.end()
  })
}

test('what the guide says works, with its manifests and commands', async (t) => {
  const service = await startService(t)
  const folder = folderWith(t, {
    'app.yaml': manifest('app.yaml').replace('port: 9000', `port: ${new URL(service.url).port}`),
    'guard.yaml': manifest('guard.yaml'),
  })
  const [check] = commands('check')
  assert.equal(
    (await sallyport(t, [...check!.slice(0, -1), `kgateway:${join(root, 'examples/kgateway/manifests')}`])).code,
    0,
  )

  const off = ['proxy-https', 'status'].flatMap((name) => [`--${name}`, 'off'])
  const words = ['start', '--source', `kgateway:${folder}`, '--store', 'memory', '--proxy-http', '127.0.0.1:0']
  const running = startProcess(t, [...words, '--admin', '127.0.0.1:0', ...off])
  await running.until(({ err }) => err.includes('"serving: '))
  const { ports } = JSON.parse(
    running
      .err()
      .split('\n')
      .find((line) => line.includes('"serving: '))!,
  ) as {
    ports: { http: number; admin: number }
  }
  assert.deepEqual(await answer(ports.http), [401, 'Jwt is missing'])
  const [mint] = commands('token mint')
  const token = (await sallyport(t, mint!)).out.trim()
  assert.deepEqual(await answer(ports.http, token), [200, 'hello'])
  assert.equal(service.seen[0]!['x-team'], 'dev')
  const other = (
    await sallyport(
      t,
      mint!.map((word) => word.replace('team=dev', 'team=ops')),
    )
  ).out.trim()
  assert.deepEqual(await answer(ports.http, other), [403, 'RBAC: access denied'])

  const env = { SALLYPORT_ADMIN: `127.0.0.1:${ports.admin}` }
  const [one, all] = commands('get')
  const shown = await sallyport(t, one!, env)
  assert.match(shown.out, /reason: Valid\n +message: Policy accepted/)
  assert.match((await sallyport(t, all!, env)).out, /^app +app +ok$/m)
})

test('check says what is wrong, with file and line, and what guards nothing', async (t) => {
  const folder = folderWith(t, {
    'app.yaml': manifest('app.yaml'),
    'guard.yaml': manifest('guard.yaml')
      .replace('      name: http\n', '      name: htp\n')
      .replace("team'] ==", "team'] = ="),
  })
  const { code, err } = await sallyport(t, ['check', `kgateway:${folder}`])
  assert.equal(code, 1)
  assert.match(err, /guard\.yaml:\d+: TrafficPolicy infra\/tokens: guards nothing/)
})
