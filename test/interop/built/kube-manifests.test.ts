/** What `deploy/` holds: taken by a real API server, and the same by chart as by manifests. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { helmProgram } from './kube-programs.ts'
import { type KubeServer, startKubeServer } from './kube-server.ts'

const run = promisify(execFile)
const folder = (name: string) => fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url))

let server: KubeServer
let helm: string
before(
  async () => {
    helm = await helmProgram(console.log)
    server = await startKubeServer(console.log)
    await server.define()
    await server.kubectl(['create', 'namespace', 'sallyport'])
  },
  { timeout: 90 * 60_000 },
)
after(() => server?.remove())

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: unknown
  readonly spec?: Record<string, unknown>
}

const read = (text: string): Map<string, Manifest> =>
  new Map(
    parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest | null)
      .filter((each) => each !== null)
      .map((each) => [each.kind, each]),
  )

const rendered = async (...values: string[]): Promise<string> => {
  const sets = values.flatMap((value) => ['--set', value])
  const words = [
    'template',
    'sallyport',
    folder('helm/sallyport'),
    '-n',
    'sallyport',
    '--kube-version',
    '1.34.4',
    ...sets,
  ]
  return (await run(helm, words, { maxBuffer: 1 << 26 })).stdout
}

/** What the labels of a release are has to differ; the rest has not. */
function withoutRelease(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRelease)
  if (typeof value !== 'object' || value === null) return value
  const own = Object.entries(value).filter(([key]) => !/^(app\.kubernetes\.io\/instance|imagePullPolicy)$/.test(key))
  return Object.fromEntries(own.map(([key, each]) => [key, withoutRelease(each)]))
}

test('the manifests are taken', { timeout: 5 * 60_000 }, async () => {
  const told = await server.kubectl(['apply', '--dry-run=server', '--validate=strict', '-k', folder('kubernetes')])
  assert.match(told, /deployment\.apps\/sallyport created/)
})

test('what the chart makes is taken, with every value in use', { timeout: 5 * 60_000 }, async () => {
  await run(helm, ['lint', '--strict', folder('helm/sallyport')])
  for (const values of [
    [],
    [
      ...['extraArgs={--exact=hosts,--trusted-ips=10.0.0.0/8}', 'extraEnv[0].name=A', 'extraEnv[0].value=b'],
      ...['image.pullSecrets[0].name=s', 'gatewayClass.create=false', 'service.annotations.a=b', 'podAnnotations.a=b'],
      ...[
        'serviceAccount.annotations.a=b',
        'nodeSelector.a=b',
        'tolerations[0].key=a',
        'tolerations[0].operator=Exists',
      ],
    ],
  ]) {
    const text = await rendered(...values)
    await server.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], text)
    assert.equal(read(text).has('GatewayClass'), values.length === 0)
  }
})

test('chart and manifests say the same', async () => {
  const manifests = read(await server.kubectl(['kustomize', folder('kubernetes')]))
  const chart = read(await rendered())
  for (const kind of ['ClusterRole', 'Role']) assert.deepEqual(chart.get(kind)!.rules, manifests.get(kind)!.rules, kind)
  for (const kind of ['Deployment', 'Service', 'GatewayClass']) {
    assert.deepEqual(withoutRelease(chart.get(kind)!.spec), withoutRelease(manifests.get(kind)!.spec), kind)
  }
})
