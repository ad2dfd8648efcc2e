/** Functions of a configuration in a whole gateway: off as it comes, and what they do when they are on. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import { folderWith, sallyport, startGateway } from '../cli/command-line.ts'
import { startService } from '../cli/service.ts'

const document = (url: string) => `
_format_version: '3.0'
services:
- name: app
  url: ${url}
  routes:
  - name: app
    paths: [/app]
    plugins:
    - name: key-auth
    - name: pre-function
      config:
        access:
        - "if (kong.request.get_header('x-stop')) return kong.response.exit(418, { message: 'stopped' })"
        - "if (kong.request.get_header('x-break')) nothing.there()"
    - name: post-function
      config:
        access: ["(kong) => kong.service.request.set_header('x-caller', kong.client.get_consumer().username)"]
        header_filter: ["kong.response.set_header('x-filtered', 'yes')"]
consumers:
- { username: alice, keyauth_credentials: [{ key: open }] }
`

it('functions are refused unless the gateway allows them, and then run where Kong runs them', async (t) => {
  const { url, seen } = await startService(t)
  const file = join(folderWith(t, { 'kong.yaml': document(url) }), 'kong.yaml')
  const refused = await sallyport(t, ['start', '--source', `kong:${file}`])
  assert.equal(refused.code, 1)
  assert.match(refused.err, /kong\.yaml:\d+: .*config\.access: .*--functions on/)
  assert.equal((await sallyport(t, ['check', `kong:${file}`, '--functions', 'on'])).code, 0)

  const gateway = await startGateway(t, ['--source', `kong:${file}`, '--functions', 'on'])
  const call = async (headers: Record<string, string>) => {
    const response = await fetch(`${gateway.proxy}/app`, { headers })
    return [response.status, await response.text(), response.headers.get('x-filtered')]
  }
  // before the caller is known
  assert.deepEqual(await call({ 'x-stop': '1' }), [418, '{"message":"stopped"}', 'yes'])
  assert.equal((await call({ 'x-break': '1', apikey: 'open' }))[0], 500)
  assert.equal((await call({}))[0], 401)
  assert.equal(seen.length, 0)
  // after that
  assert.deepEqual(await call({ apikey: 'open', 'x-caller': 'forged' }), [200, 'hello', 'yes'])
  assert.equal(seen[0]!['x-caller'], 'alice')
})

it('a write of a function is refused by the Admin API, and names the switch', async (t) => {
  const gateway = await startGateway(t)
  const post = async (config: object) => {
    const response = await fetch(`http://127.0.0.1:${gateway.ports.admin}/plugins`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ name: 'pre-function', config }),
    })
    return [response.status, await response.text()]
  }
  const [status, body] = await post({ access: ['kong.log.warn(1)'] })
  assert.equal(status, 400)
  assert.match(String(body), /"access":"functions of a configuration .*--functions on/)
  assert.equal((await post({}))[0], 201)
})
