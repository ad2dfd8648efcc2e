import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { findAccess } from './find-access.ts'
import { inClusterAccess } from './in-cluster.ts'
import { kubeconfigAccess } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
after(() => rmSync(folder, { recursive: true }))
let time = 0
const clock = { now: () => time }

let files = 0
function file(content: string, name = `file${files++}`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const config = (user: string, cluster = '', rest = '') =>
  file(`
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u, namespace: gw}}]
clusters: [{name: c, cluster: {server: 'https://k.example:6443/prefix'${cluster}}}]
users: [{name: u, user: ${user}}]
${rest}`)

describe('a kubeconfig', () => {
  test('server, authority, namespace and token', async () => {
    const data = base64('-----CA-----')
    const path = config('{token: secret}', `, certificate-authority-data: ${data}, tls-server-name: other`)
    const access = kubeconfigAccess([path], clock)
    assert.equal(access.server.href, 'https://k.example:6443/prefix')
    assert.deepEqual(
      [access.authority, access.serverName, access.isVerified, access.namespace, access.proxy],
      ['-----CA-----', 'other', true, 'gw', null],
    )
    assert.deepEqual(await access.credentials.current(), {
      authorization: 'Bearer secret',
      certificate: null,
      key: null,
    })
    assert.equal(access.words, `${path}, context 'here'`)
  })
  test('files beside it: certificates by relative path', async () => {
    file('CA', 'ca.crt')
    file('CERT', 'me.crt')
    file('KEY', 'me.key')
    const path = config('{client-certificate: me.crt, client-key: me.key}', ', certificate-authority: ca.crt')
    const access = kubeconfigAccess([path], clock)
    assert.equal(access.authority, 'CA')
    assert.deepEqual(await access.credentials.current(), { authorization: null, certificate: 'CERT', key: 'KEY' })
  })
  test('a token in a file is read again after a minute, or when it was refused', async () => {
    const token = file('first\n')
    const { credentials } = kubeconfigAccess([config(`{tokenFile: ${token}}`)], clock)
    const current = async () => (await credentials.current()).authorization
    assert.equal(await current(), 'Bearer first')
    writeFileSync(token, 'second')
    assert.equal(await current(), 'Bearer first')
    time += 61_000
    assert.equal(await current(), 'Bearer second')
    writeFileSync(token, 'third')
    credentials.refused()
    assert.equal(await current(), 'Bearer third')
  })
  test('name and password, and no proof at all', async () => {
    const named = kubeconfigAccess([config('{username: a, password: b}')], clock)
    assert.equal((await named.credentials.current()).authorization, `Basic ${base64('a:b')}`)
    const nobody = kubeconfigAccess([config('{}', ', insecure-skip-tls-verify: true')], clock)
    assert.deepEqual([nobody.isVerified, (await nobody.credentials.current()).authorization], [false, null])
  })
  test('several files: what stands first counts, one that is not there is passed over', async () => {
    const second = config('{token: second}')
    const first = file("users: [{name: u, user: {token: first}}]\ncurrent-context: ''\n")
    const access = kubeconfigAccess([join(folder, 'none'), first, second], clock)
    assert.equal((await access.credentials.current()).authorization, 'Bearer first')
  })

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['no file', join(folder, 'none'), /none: this kubeconfig can't be read: ENOENT$/],
    ['no record', file('- a'), /this is no kubeconfig$/],
    ['no current context', file('clusters: []'), /there is no current-context$/],
    ['a context that is not there', file('current-context: x'), /there is no context 'x'$/],
    [
      'a cluster that is not there',
      file('current-context: x\ncontexts: [{name: x, context: {cluster: y}}]'),
      /there is no cluster 'y'$/,
    ],
    [
      'a kind of proof that is gone',
      config('{auth-provider: {name: gcp}}'),
      /'auth-provider' is not supported; name a program/,
    ],
  ]
  for (const [sentence, path, message] of wrong) {
    test(sentence, () => assert.throws(() => kubeconfigAccess([path], clock), message))
  }
})

describe('a program that prints credentials', () => {
  /** Prints what it was asked, and how often, as the token. */
  const program = file(
    `
const { appendFileSync, readFileSync } = require('node:fs')
const [, , log, rest] = process.argv
appendFileSync(log, 'x')
const { spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
const token = [process.env.EXTRA, spec.interactive, spec.cluster?.server, readFileSync(log, 'utf8').length].join(' ')
console.log(JSON.stringify({ kind: 'ExecCredential', status: { token, ...JSON.parse(rest) } }))
`,
    'program.cjs',
  )
  const exec = (rest: string) => {
    const log = file('')
    const args = JSON.stringify([program, log, rest])
    const env = '[{name: EXTRA, value: e}]'
    return `{exec: {apiVersion: client.authentication.k8s.io/v1, command: '${process.execPath}', args: ${args}, env: ${env}, provideClusterInfo: true}}`
  }
  test('is told of the cluster, and asked again only when that runs out or is refused', async () => {
    const ends = new Date(time + 60_000).toISOString()
    const { credentials } = kubeconfigAccess([config(exec(JSON.stringify({ expirationTimestamp: ends })))], clock)
    const current = async () => (await credentials.current()).authorization
    const server = 'https://k.example:6443/prefix'
    assert.deepEqual(await Promise.all([current(), current()]), Array(2).fill(`Bearer e false ${server} 1`))
    time += 49_000
    assert.equal(await current(), `Bearer e false ${server} 1`)
    credentials.refused()
    assert.equal(await current(), `Bearer e false ${server} 2`)
    time += 2000
    assert.equal(await current(), `Bearer e false ${server} 3`)
  })
  test('may print a certificate', async () => {
    const pair = JSON.stringify({ clientCertificateData: 'CERT', clientKeyData: 'KEY' })
    const { certificate, key } = await kubeconfigAccess([config(exec(pair))], clock).credentials.current()
    assert.deepEqual([certificate, key], ['CERT', 'KEY'])
  })
  test('that fails, or prints something else, is told of without what it printed', async () => {
    const failing = `{exec: {command: '${process.execPath}', args: ['-e', 'console.log("geheim"); process.exit(3)']}}`
    await assert.rejects(kubeconfigAccess([config(failing)], clock).credentials.current(), (error: Error) => {
      assert.match(error.message, /failed: it ended with code 3$/)
      return !error.message.includes('geheim')
    })
    const odd = `{exec: {command: '${process.execPath}', args: ['-e', 'console.log("{}")']}}`
    await assert.rejects(kubeconfigAccess([config(odd)], clock).credentials.current(), /printed no ExecCredential$/)
    const absent = `{exec: {command: no-such-program}}`
    await assert.rejects(kubeconfigAccess([config(absent)], clock).credentials.current(), /failed: ENOENT$/)
  })
})

describe('where the API server is looked for', () => {
  test('in a pod', async () => {
    const pod = mkdtempSync(join(folder, 'pod-'))
    for (const [name, content] of Object.entries({ token: 't\n', 'ca.crt': 'CA', namespace: 'gw\n' })) {
      writeFileSync(join(pod, name), content)
    }
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const access = inClusterAccess(environment, clock, pod)!
    assert.deepEqual([access.server.href, access.authority, access.namespace], ['https://[fd00::1]/', 'CA', 'gw'])
    assert.equal((await access.credentials.current()).authorization, 'Bearer t')
    assert.equal(inClusterAccess({}, clock, pod), null)
    assert.equal(inClusterAccess(environment, clock, join(folder, 'none')), null)
  })
  test('KUBECONFIG goes before all else', () => {
    const path = config('{token: t}')
    assert.equal(findAccess({ KUBECONFIG: path, KUBERNETES_SERVICE_HOST: 'x' }, clock).server.hostname, 'k.example')
  })
})
