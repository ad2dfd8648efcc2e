/**
 * A real API server, with Gateway API's and kgateway's definitions installed, followed by the account and under the roles
 * that `deploy/kubernetes` makes.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { findAccess } from '../../../src/dialects/kgateway/kube/access/find-access.ts'
import { HttpKubeApi } from '../../../src/dialects/kgateway/kube/api/http-kube-api.ts'
import { KubeSource } from '../../../src/dialects/kgateway/kube/kube-source.ts'
import type { Condition, ResourceStatus } from '../../../src/dialects/kgateway/resources/status.ts'
import { eventually, type KubeServer, startKubeServer } from './kube-server.ts'

const CONTROLLER = 'kgateway.dev/kgateway'
const account = { namespace: 'sallyport', name: 'sallyport' }
/** Far more than it takes: what is awaited either comes or does not. Milliseconds. */
const LONG = 30_000
const manifest = (name: string) => readFileSync(new URL(`../../../deploy/kubernetes/${name}`, import.meta.url), 'utf8')

let server: KubeServer
const open: { source: KubeSource; api: HttpKubeApi }[] = []

before(
  async () => {
    server = await startKubeServer(console.log)
    await server.kubectl(['apply', '-f', '-'], manifest('namespace.yaml'))
    await server.kubectl(['apply', '-f', '-'], manifest('access.yaml'))
  },
  { timeout: 60 * 60_000 },
)
after(async () => {
  for (const { source, api } of open) {
    await source.close()
    api.close()
  }
  await server?.remove()
})

async function follow(identity: string) {
  const access = findAccess({ KUBECONFIG: await server.kubeconfig(account) }, systemClock)
  const api = new HttpKubeApi(access)
  const said: string[] = []
  const source = new KubeSource({
    api,
    source: 'kgateway:kube',
    controllerName: CONTROLLER,
    namespace: account.namespace,
    identity,
    say: (level, message) => said.push(`${level} ${message}`),
  })
  open.push({ source, api })
  await source.start()
  return { source, said }
}

const policy = (name: string, spec: string) =>
  `apiVersion: gateway.kgateway.dev/v1alpha1\nkind: TrafficPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`
const apply = (text: string) => server.kubectl(['apply', '-f', '-'], text)
const specOf = (source: KubeSource, name: string) => source.resources().get('TrafficPolicy', 'default', name)?.spec

const accepted: Condition = { type: 'Accepted', status: 'True', reason: 'Valid', message: 'Policy accepted' }
/** What a translation would say of every policy: that all is well at one Gateway. */
const statuses = (source: KubeSource, condition = accepted): ResourceStatus[] =>
  source
    .resources()
    .all('TrafficPolicy')
    .map(({ metadata: { namespace, name, generation } }) => ({
      kind: 'TrafficPolicy',
      namespace,
      name,
      observedGeneration: generation,
      ancestors: [{ ancestorRef: { name: 'gw' }, controllerName: CONTROLLER, conditions: [condition] }],
    }))

interface Shown {
  readonly metadata: { readonly generation: number; readonly resourceVersion: string }
  readonly status?: { readonly ancestors: { controllerName: string; conditions: Record<string, unknown>[] }[] }
}
const shown = async (name: string) =>
  JSON.parse(await server.kubectl(['get', 'trafficpolicy', name, '-o', 'json'])) as Shown
/** What the first condition of the first ancestor says. */
const message = async (name: string) => (await shown(name)).status?.ancestors[0]?.conditions[0]?.message

describe('a real API server', () => {
  let source: KubeSource
  let said: string[]

  test('kinds that are not defined yet are waited for', { timeout: 5 * 60_000 }, async () => {
    ;({ source, said } = await follow('first'))
    assert.equal(source.isSynced, true)
    assert.equal(source.resources().get('Namespace', '', 'sallyport')?.metadata.name, 'sallyport')
    await server.define()
    await apply(policy('early', '{jwtAuth: {disable: {}}}'))
    await eventually(LONG, () => assert.ok(specOf(source, 'early')))
    assert.deepEqual(
      said.filter((each) => each.startsWith('warn')),
      [],
    )
  })

  test('the class that is ours can be installed', async () => {
    await apply(manifest('gateway-class.yaml'))
    await eventually(LONG, () => assert.ok(source.resources().get('GatewayClass', '', 'kgateway')))
  })

  test('created, changed and deleted with kubectl: followed', async (t) => {
    let changes = 0
    source.onChange(() => changes++)
    const times: number[] = []
    const followed = async (act: Promise<unknown>, check: () => void) => {
      await act
      const began = performance.now()
      await eventually(LONG, check)
      times.push(Math.round(performance.now() - began))
    }
    await followed(apply(policy('a', '{jwtAuth: {disable: {}}}')), () => assert.ok(specOf(source, 'a')))
    await followed(apply(policy('a', '{rbac: {policy: {matchExpressions: ["true"]}}}')), () =>
      assert.equal(specOf(source, 'a')?.rbac?.action, 'Allow'),
    )
    await followed(server.kubectl(['label', 'trafficpolicy', 'a', 'team=x']), () =>
      assert.equal(source.resources().get('TrafficPolicy', 'default', 'a')!.metadata.labels.team, 'x'),
    )
    await followed(server.kubectl(['delete', 'trafficpolicy', 'a']), () => assert.equal(specOf(source, 'a'), undefined))
    await eventually(LONG, () => assert.ok(changes >= 1))
    t.diagnostic(`seen after (ms, from when kubectl ended): ${times.join(', ')}`)
  })

  test('Secrets come as bytes, those of Helm not at all', async () => {
    await server.kubectl(['create', 'secret', 'generic', 's', '--from-literal=k=hello'])
    await server.kubectl(['create', 'secret', 'generic', 'h', '--type=helm.sh/release.v1', '--from-literal=release=x'])
    await eventually(LONG, () =>
      assert.equal(source.resources().get('Secret', 'default', 's')?.data.k?.revealText(), 'hello'),
    )
    assert.equal(source.resources().get('Secret', 'default', 'h'), undefined)
  })

  test('statuses are written, and written no more when nothing changes', async () => {
    source.writeStatuses(statuses(source))
    const first = await eventually(LONG, async () => {
      const now = await shown('early')
      assert.equal(now.status?.ancestors.length, 1)
      return now
    })
    const [condition] = first.status!.ancestors[0]!.conditions
    assert.equal(condition!.message, 'Policy accepted')
    assert.equal(condition!.observedGeneration, 1)
    assert.equal(first.metadata.generation, 1, 'a status is no new generation')
    source.writeStatuses(statuses(source))
    // Whatever was to be written has been by the time that something else is.
    source.writeStatuses(statuses(source, { ...accepted, message: 'changed' }))
    const second = await eventually(LONG, async () => {
      const now = await shown('early')
      assert.equal(now.status!.ancestors[0]!.conditions[0]!.message, 'changed')
      return now
    })
    assert.equal(second.status!.ancestors[0]!.conditions[0]!.lastTransitionTime, condition!.lastTransitionTime)
    source.writeStatuses(statuses(source, { ...accepted, message: 'changed' }))
    await apply(policy('later', '{}'))
    await eventually(LONG, () => assert.ok(specOf(source, 'later')))
    assert.equal((await shown('early')).metadata.resourceVersion, second.metadata.resourceVersion)
  })

  test('what another controller says of the same object stays', async () => {
    const ancestor = {
      ancestorRef: { name: 'gw' },
      controllerName: 'example.com/other',
      conditions: [
        { type: 'Accepted', status: 'True', reason: 'Fine', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    }
    const other = JSON.stringify({ status: { ancestors: [ancestor] } })
    await server.kubectl(['patch', 'trafficpolicy', 'early', '--subresource=status', '--type=merge', '-p', other])
    source.writeStatuses(statuses(source))
    await eventually(LONG, async () => {
      const { status } = await shown('early')
      assert.deepEqual(
        status!.ancestors.map(({ controllerName }) => controllerName),
        ['example.com/other', CONTROLLER],
      )
    })
    source.writeStatuses([])
    await eventually(LONG, async () => {
      const { status } = await shown('early')
      assert.deepEqual(
        status!.ancestors.map(({ controllerName }) => controllerName),
        ['example.com/other'],
      )
    })
  })

  test('an API server that dies and comes back: nothing is lost, nothing is missed', {
    timeout: 5 * 60_000,
  }, async () => {
    const known = source.resources().size
    await server.stop()
    await eventually(LONG, () => assert.ok(source.troubles().size > 0))
    assert.equal(source.resources().size, known)
    await server.start()
    await apply(policy('after', '{}'))
    await server.kubectl(['delete', 'trafficpolicy', 'later'])
    await eventually(LONG, () => {
      assert.ok(specOf(source, 'after'))
      assert.equal(specOf(source, 'later'), undefined)
      assert.equal(source.troubles().size, 0)
    })
  })

  test('an API server that has forgotten what happened: everything is listed again', {
    timeout: 5 * 60_000,
  }, async () => {
    await server.stop()
    await server.start()
    await apply(policy('forgotten', '{}'))
    await server.kubectl(['delete', 'trafficpolicy', 'after'])
    await server.compact()
    await server.stop()
    await server.start()
    await eventually(LONG, () => {
      assert.ok(specOf(source, 'forgotten'))
      assert.equal(specOf(source, 'after'), undefined)
    })
  })

  test('of two replicas one writes; when it leaves, the other does', { timeout: 5 * 60_000 }, async () => {
    const second = await follow('second')
    await eventually(LONG, () => assert.equal(source.leads, true))
    assert.equal(second.source.leads, false)
    second.source.writeStatuses(statuses(second.source, { ...accepted, message: 'by the second' }))
    source.writeStatuses(statuses(source, { ...accepted, message: 'by the first' }))
    await eventually(LONG, async () => assert.equal(await message('forgotten'), 'by the first'))
    await source.close()
    await eventually(LONG, async () => assert.equal(await message('forgotten'), 'by the second'))
    assert.equal(second.source.leads, true)
  })
})
