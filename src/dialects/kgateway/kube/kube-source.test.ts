import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError } from './api/api-error.ts'
import { FakeKubeApi } from './fake-kube-api.ts'
import { KubeSource } from './kube-source.ts'
import { settle, VirtualTime } from './virtual-time.ts'

const disable = { spec: { jwtAuth: { disable: {} } } }
const lists = ({ calls }: FakeKubeApi, plural: string) =>
  calls.filter((call) => call.startsWith('GET') && call.endsWith(`/${plural}`)).length

async function follow(fill: (api: FakeKubeApi) => void = () => undefined) {
  const api = new FakeKubeApi()
  fill(api)
  const time = new VirtualTime()
  const said: string[] = []
  const source = new KubeSource({
    api,
    source: 'kgateway:kube',
    controllerName: 'kgateway.dev/kgateway',
    namespace: 'gw',
    identity: 'me',
    say: (level, message) => said.push(`${level} ${message}`),
    wait: time.wait,
    ticks: time.ticks,
    random: () => 0,
  })
  const started = source.start()
  await settle()
  const names = () =>
    source
      .resources()
      .all('TrafficPolicy')
      .map(({ metadata }) => metadata.name)
  return { api, time, said, source, started, names }
}

describe('following an API server', () => {
  test('all kinds are listed, page by page, and then whatever changes', async () => {
    const { api, source, started, names } = await follow((api) => {
      api.pageSize = 2
      for (const name of ['a', 'b', 'c']) api.put('TrafficPolicy', 'default', name, disable)
      api.put('Secret', 'default', 's', { data: { k: 'aGVsbG8=' } })
    })
    await started
    assert.equal(source.isSynced, true)
    assert.deepEqual(names(), ['a', 'b', 'c'])
    assert.equal(lists(api, 'trafficpolicies'), 2)
    assert.equal(source.resources().get('Secret', 'default', 's')!.data.k!.revealText(), 'hello')
    api.put('TrafficPolicy', 'default', 'd', disable)
    api.remove('TrafficPolicy', 'default', 'a')
    assert.deepEqual(names(), ['b', 'c', 'd'])
    await source.close()
  })

  test('a watch that ends goes on where it was, without another list', async () => {
    const { api, time, source, names } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    await time.pass(2000)
    api.drop()
    api.put('TrafficPolicy', 'default', 'b', disable)
    await time.pass(1000)
    api.drop(new Error('connection reset'))
    api.remove('TrafficPolicy', 'default', 'a')
    await time.pass(1000)
    assert.deepEqual(names(), ['b'])
    assert.equal(lists(api, 'trafficpolicies'), 1)
    await source.close()
  })

  test('too long ago: everything is listed again, and what went in between is gone', async () => {
    const { api, time, source, names } = await follow((api) => {
      api.put('TrafficPolicy', 'default', 'a', disable)
      api.put('TrafficPolicy', 'default', 'b', disable)
    })
    api.drop()
    api.remove('TrafficPolicy', 'default', 'a')
    api.put('TrafficPolicy', 'default', 'c', disable)
    api.compact()
    await time.pass(1000)
    assert.deepEqual(names(), ['b', 'c'])
    assert.equal(lists(api, 'trafficpolicies'), 2)
    await source.close()
  })

  test('the same, said in the middle of a watch', async () => {
    const { api, time, source } = await follow()
    api.say('TrafficPolicy', { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
    await time.pass(1000)
    assert.equal(lists(api, 'trafficpolicies'), 2)
    assert.equal(lists(api, 'gateways'), 1)
    await source.close()
  })

  test('a bookmark moves on where a watch goes on from', async () => {
    const { api, time, source, names } = await follow()
    api.put('TrafficPolicy', 'default', 'a', disable)
    api.put('ConfigMap', 'default', 'other')
    api.say('TrafficPolicy', { type: 'BOOKMARK', object: { metadata: { resourceVersion: api.version } } })
    api.compact()
    api.drop()
    await time.pass(1000)
    assert.deepEqual(names(), ['a'])
    assert.equal(lists(api, 'trafficpolicies'), 1)
    await source.close()
  })

  test('a kind that the server does not know is waited for, and keeps nobody', async () => {
    const { api, time, source, started, names } = await follow((api) => api.unknown.add('TrafficPolicy'))
    await started
    assert.equal(source.isSynced, true)
    api.unknown.delete('TrafficPolicy')
    api.put('TrafficPolicy', 'default', 'a', disable)
    await time.pass(6000)
    assert.deepEqual(names(), ['a'])
    await source.close()
  })

  test('an older version is taken where the preferred one is not there', async () => {
    const { api, source } = await follow((api) => api.unknown.add('ReferenceGrant'))
    assert.ok(api.calls.includes('GET /apis/gateway.networking.k8s.io/v1beta1/referencegrants'))
    assert.ok(api.calls.includes('GET /apis/gateway.networking.k8s.io/v1/referencegrants'))
    await source.close()
  })

  test('a server that is not there yet: nothing is synced, and it is said once for each kind', async () => {
    const { api, time, said, source, started } = await follow((api) => {
      api.down = new Error('connect ECONNREFUSED')
    })
    await time.pass(60_000)
    started.catch(() => undefined)
    assert.equal(source.isSynced, false)
    assert.equal(said.filter((each) => each.startsWith('warn TrafficPolicy')).length, 1)
    assert.equal(source.troubles().get('TrafficPolicy'), 'connect ECONNREFUSED')
    api.down = null
    await time.pass(20_000)
    assert.equal(source.isSynced, true)
    assert.equal(source.troubles().size, 0)
    await source.close()
  })

  test('what may not be listed keeps everybody waiting, and is said', async () => {
    const { time, said, source, started } = await follow((api) => {
      api.down = new ApiError(403, 'Forbidden', 'trafficpolicies is forbidden')
    })
    await time.pass(1000)
    assert.ok(said.includes("warn TrafficPolicy: can't be followed: trafficpolicies is forbidden"))
    const closed = assert.rejects(started, /closed before everything was listed/)
    await source.close()
    await closed
  })

  test('a server that ends every watch at once is not asked without pause', async () => {
    const { api, time, source } = await follow()
    const watches = () => api.calls.filter((call) => call === 'WATCH /api/v1/services').length
    for (let n = 0; n < 100; n++) {
      api.drop()
      await time.pass(100)
    }
    assert.ok(watches() < 20, `${watches()} watches in ten seconds`)
    await source.close()
  })
})

describe('changes', () => {
  test('many at once are told of together; a status alone is no change', async (t) => {
    const { api, source, started } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    await started
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let told = 0
    source.onChange(() => told++)
    for (const name of ['b', 'c', 'd']) api.put('TrafficPolicy', 'default', name, disable)
    t.mock.timers.tick(300)
    assert.equal(told, 1)
    api.put('TrafficPolicy', 'default', 'a', { status: { ancestors: [] } })
    t.mock.timers.tick(300)
    assert.equal(told, 1)
    api.put('TrafficPolicy', 'default', 'a', { spec: {} })
    t.mock.timers.tick(300)
    assert.equal(told, 2)
    await source.close()
  })

  test('an object that we do not understand is a problem, and among those refused', async () => {
    const spec = { jwtAuth: {}, newThing: 1 }
    const { source, names } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', { spec }))
    assert.deepEqual(names(), [])
    assert.deepEqual(
      source.problems().map(({ severity, path, message }) => `${severity} ${path}: ${message}`),
      [
        'warning TrafficPolicy default/a: unknown field "spec.newThing"',
        'error TrafficPolicy default/a: spec.jwtAuth: Invalid value: "object": exactly one of the fields in [extensionRef disable] must be set',
      ],
    )
    assert.deepEqual(source.refused()[0]!.spec, spec)
    await source.close()
  })
})

describe('statuses', () => {
  const wanted = {
    kind: 'TrafficPolicy',
    namespace: 'default',
    name: 'a',
    observedGeneration: 1,
    ancestors: [
      {
        ancestorRef: { name: 'gw' },
        controllerName: 'kgateway.dev/kgateway',
        conditions: [{ type: 'Accepted', status: 'True', reason: 'Valid', message: 'Policy accepted' }],
      },
    ],
  } as const
  const path = '/apis/gateway.kgateway.dev/v1alpha1/namespaces/default/trafficpolicies/a'
  const patches = ({ calls }: FakeKubeApi) => calls.filter((call) => call.startsWith('PATCH')).length
  const controllers = (api: FakeKubeApi) =>
    ((api.object(path)!.status as { ancestors: { controllerName: string }[] }).ancestors ?? []).map(
      ({ controllerName }) => controllerName,
    )

  test('are written once; the same again is not', async () => {
    const { api, source } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    source.writeStatuses([wanted])
    await settle()
    assert.deepEqual(controllers(api), ['kgateway.dev/kgateway'])
    source.writeStatuses([wanted])
    await settle()
    assert.equal(patches(api), 1)
    await source.close()
  })

  test('upon a version that somebody else has changed: tried again, and what the other wrote stays', async () => {
    const { api, source } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    const other = { ancestorRef: { name: 'gw' }, controllerName: 'example.com/other', conditions: [] }
    api.beforePatch = () => {
      api.beforePatch = null
      api.put('TrafficPolicy', 'default', 'a', { status: { ancestors: [other] } })
    }
    source.writeStatuses([wanted])
    await settle()
    assert.deepEqual(controllers(api), ['example.com/other', 'kgateway.dev/kgateway'])
    assert.equal(patches(api), 2)
    await source.close()
  })

  test('of which nothing is wanted any more are taken away, others stay', async () => {
    const { api, source } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    source.writeStatuses([wanted])
    await settle()
    source.writeStatuses([])
    await settle()
    assert.deepEqual(controllers(api), [])
    await source.close()
  })

  test('an object that is gone is nobody’s trouble; one that can’t be written is tried again', async () => {
    const { api, time, said, source } = await follow((api) => api.put('TrafficPolicy', 'default', 'a', disable))
    source.writeStatuses([{ ...wanted, name: 'gone' }])
    await settle()
    assert.equal(patches(api), 0)
    api.beforePatch = () => {
      throw new ApiError(403, 'Forbidden', 'may not')
    }
    source.writeStatuses([wanted])
    await time.pass(5000)
    assert.deepEqual(
      said.filter((each) => each.startsWith('warn')),
      ['warn status of TrafficPolicy default/a: may not'],
    )
    api.beforePatch = null
    await time.pass(10_000)
    assert.deepEqual(controllers(api), ['kgateway.dev/kgateway'])
    await source.close()
  })
})
