/** `ext-authz` with a server made with grpc-js, the library most servers in JavaScript are made with. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { folderWith, startGateway } from '../../e2e/cli/command-line.ts'
import { startService } from '../../e2e/cli/service.ts'

const PACKAGES = ['@grpc/grpc-js@1.14.7', '@grpc/proto-loader@0.8.1']
const INSTALL_MS = 5 * 60_000

/** Lets in whoever sends `x-key: good`, as the user it names; answers everybody else with what it saw. */
const SERVER = `
const grpc = require('@grpc/grpc-js')
const { loadSync } = require('@grpc/proto-loader')
const { envoy } = grpc.loadPackageDefinition(loadSync('authorization.proto', { keepCase: true }))
const header = (key, value, append) => ({ header: { key, value }, ...(append === undefined ? {} : { append: { value: append } }) })
const server = new grpc.Server()
server.addService(envoy.service.auth.v3.Authorization.service, {
  Check({ request: { attributes } }, answer) {
    const { http } = attributes.request
    if (http.path.startsWith('/app/broken')) return answer({ code: grpc.status.UNAVAILABLE })
    if (http.headers['x-key'] === 'good') {
      return answer(null, {
        status: { code: 0 },
        ok_response: {
          headers: [header('x-user', 'b\\u00e9e'), header('x-roles', 'admin', true)],
          headers_to_remove: ['x-key'],
          response_headers_to_add: [header('x-checked', 'yes')],
          query_parameters_to_remove: ['debug'],
        },
        dynamic_metadata: { fields: { team: { stringValue: 'dev' } } },
      })
    }
    answer(null, {
      status: { code: grpc.status.UNAUTHENTICATED },
      denied_response: {
        status: { code: 401 },
        headers: [header('www-authenticate', 'Key'), header('content-type', 'application/json')],
        body: JSON.stringify({ http, source: attributes.source, context: attributes.context_extensions }),
      },
    })
  },
})
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, port) => console.log(port))
`

async function startGrpcJs(t: TestContext): Promise<number> {
  const folder = folderWith(t, { 'server.cjs': SERVER, 'package.json': '{"private":true}' })
  copyFileSync(join(import.meta.dirname, 'authorization.proto'), join(folder, 'authorization.proto'))
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES]
  await promisify(execFile)('npm', install, { cwd: folder, timeout: INSTALL_MS })
  const server = spawn(process.execPath, ['server.cjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => server.kill())
  for await (const line of createInterface(server.stdout)) return Number(line)
  throw new Error('the grpc-js server did not start')
}

test('a server made with grpc-js decides, and reads what it is asked', async (t) => {
  const port = await startGrpcJs(t)
  const service = await startService(t)
  const config = {
    service: { kind: 'grpc', host: '127.0.0.1', port },
    timeoutMs: 10_000,
    statusOnError: 503,
    contextExtensions: { area: 'app' },
    body: { maxBytes: 100 },
  }
  const team = '%DYNAMIC_METADATA(envoy.filters.http.ext_authz:team)%'
  const plugins = [
    { name: 'ext-authz', config },
    { name: 'header-modifier', config: { request: { set: [{ name: 'x-team', value: team }] } } },
  ]
  const document = {
    _format_version: '3.0',
    services: [{ name: 's', url: service.url, routes: [{ name: 'r', paths: ['/app'], plugins }] }],
  }
  const folder = folderWith(t, { 'kong.json': JSON.stringify(document) })
  const { proxy } = await startGateway(t, ['--source', `kong:${join(folder, 'kong.json')}`])

  const headers = { 'x-key': 'good', 'x-roles': 'user', 'x-user': 'mallory' }
  const passed = await fetch(`${proxy}/app?debug=1&q=2`, { headers })
  assert.deepEqual([passed.status, passed.headers.get('x-checked')], [200, 'yes'])
  const seen = service.seen.at(-1)!
  assert.deepEqual(
    [seen['x-user'], seen['x-roles'], seen['x-key'], seen['x-team']],
    ['b\xc3\xa9e', 'user,admin', undefined, 'dev'],
  )

  const refused = await fetch(`${proxy}/app/x?q=1`, { method: 'POST', headers: { 'x-two': 'é' }, body: 'hé' })
  assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Key'])
  const { http, source, context } = (await refused.json()) as Record<string, Record<string, unknown>>
  assert.deepEqual(
    [http!['method'], http!['path'], http!['protocol'], http!['body'], http!['size']],
    ['POST', '/app/x?q=1', 'HTTP/1.1', 'hé', { low: 3, high: 0, unsigned: false }],
  )
  assert.equal(
    (source as { address: { socket_address: { address: string } } }).address.socket_address.address,
    '127.0.0.1',
  )
  assert.deepEqual(context, { area: 'app' })

  assert.equal((await fetch(`${proxy}/app/broken`)).status, 503)
})
