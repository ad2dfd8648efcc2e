import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type AnyPolicy, definePolicy } from '../../policy/policy.ts'
import type { StoreChange } from '../../store/port.ts'
import { KongModel } from './to-model.ts'

const jwt: AnyPolicy = definePolicy({
  name: 'jwt',
  phase: 'identify',
  summary: 'For tests.',
  config: z.strictObject({ realm: z.string().default('none') }),
  reasons: {},
  entities: [
    {
      kind: 'keys',
      schema: z.strictObject({ key: z.string(), secret: z.string().nullable() }),
      lookup: 'key',
      expires: true,
    },
    { kind: 'groups', schema: z.strictObject({ group: z.string() }), lookup: null },
  ],
  compile: () => ({}),
})

const put = (kind: string, id: string, json: object, expiresAt: number | null = null): StoreChange => {
  return { op: 'put', entity: { kind, id, json: { id, ...json } }, expiresAt }
}
const remove = (kind: string, id: string): StoreChange => ({ op: 'delete', kind, id })

/** All the changes that come of these, told to one model. */
function changes(...told: StoreChange[]) {
  const model = new KongModel([jwt])
  return told.map((change) => model.changes(change)).at(-1)!
}

const service = { protocol: 'https', host: 'a.test', port: 443, enabled: true }

test('a route', () => {
  const [change] = changes(
    put('routes', 'r', {
      name: 'mine',
      protocols: ['https'],
      paths: ['/a'],
      service: { id: 's' },
      strip_path: false,
      preserve_host: true,
      https_redirect_status_code: 301,
      path_handling: 'v1',
    }),
  )
  assert.ok(change?.kind === 'route' && change.op === 'put')
  const { matches, shown, ...rest } = change.value
  assert.deepEqual([shown?.['id'], shown?.['paths']], ['r', ['/a']])
  assert.deepEqual(rest, {
    id: 'r',
    name: 'mine',
    serviceId: 's',
    protocols: ['https'],
    httpsRedirectStatus: 301,
    stripPath: false,
    pathHandling: 'v1',
    preserveHost: true,
  })
  assert.deepEqual(
    matches.map(({ path }) => path?.value),
    ['/a'],
  )
})

test('a route for streams matches nothing', () => {
  const [change] = changes(put('routes', 'r', { protocols: ['tcp'], sources: [{ port: 1 }] }))
  assert.ok(change?.kind === 'route' && change.op === 'put')
  assert.deepEqual([change.value.matches, change.value.protocols], [[], []])
})

test('a service, with what is left out as Kong fills it in', () => {
  assert.deepEqual(changes(put('services', 's', service)), [
    {
      op: 'put',
      kind: 'service',
      value: {
        id: 's',
        name: null,
        protocol: 'https',
        host: 'a.test',
        port: 443,
        path: null,
        connectTimeout: 60_000,
        writeTimeout: 60_000,
        readTimeout: 60_000,
        retries: 5,
        tls: { verify: false, ca: [], certificateId: null },
        enabled: true,
        shown: { id: 's', ...service },
      },
    },
  ])
})

test('a service of a stream protocol is no service', () => {
  assert.deepEqual(changes(put('services', 's', { ...service, protocol: 'tcp' })), [
    { op: 'delete', kind: 'service', id: 's' },
  ])
})

test('a service is told again when an authority of its own changes', () => {
  const trusting = put('services', 's', { ...service, tls_verify: true, ca_certificates: ['ca'] })
  const ca = put('ca_certificates', 'ca', { cert: 'PEM' })
  for (const told of [
    [trusting, ca],
    [ca, trusting],
  ]) {
    const [change] = changes(...told)
    assert.ok(change?.kind === 'service' && change.op === 'put')
    assert.deepEqual(change.value.tls, { verify: true, ca: ['PEM'], certificateId: null })
  }
  assert.deepEqual(changes(trusting, put('ca_certificates', 'other', { cert: 'PEM' })), [])
  assert.deepEqual(changes(trusting, remove('services', 's'), ca), [])
})

test('a plugin, with its defaults and its place', () => {
  const json = {
    name: 'jwt',
    config: {},
    route: { id: 'r' },
    service: null,
    consumer: null,
    protocols: ['http'],
    enabled: false,
  }
  assert.deepEqual(changes(put('plugins', 'p', json)), [
    {
      op: 'put',
      kind: 'use',
      value: {
        id: 'p',
        policy: 'jwt',
        config: { realm: 'none' },
        routeId: 'r',
        serviceId: null,
        consumerId: null,
        order: 1450,
        protocols: ['http'],
        enabled: false,
      },
    },
  ])
})

test('a plugin whose config does not fit is handed on, so that its routes stay closed', () => {
  const [change] = changes(put('plugins', 'p', { name: 'jwt', config: { realm: 7 } }))
  assert.ok(change?.kind === 'use' && change.op === 'put')
  assert.deepEqual([change.value.config, change.value.enabled], [{ realm: 7 }, true])
})

test('a consumer', () => {
  assert.deepEqual(changes(put('consumers', 'c', { username: 'bob', custom_id: null, tags: ['x'] })), [
    { op: 'put', kind: 'consumer', value: { id: 'c', username: 'bob', customId: null } },
  ])
})

test('a credential, by its lookup field', () => {
  const json = { consumer: { id: 'c' }, key: 'k', tags: null, created_at: 1 }
  assert.deepEqual(changes(put('keys', 'x', json, 5000)), [
    {
      op: 'put',
      kind: 'credential',
      value: { id: 'x', kind: 'keys', consumerId: 'c', key: 'k', fields: { key: 'k', secret: null }, expiresAt: 5000 },
    },
  ])
})

test('a credential that is only found through its consumer', () => {
  const [change] = changes(put('groups', 'x', { consumer: { id: 'c' }, group: 'gold' }))
  assert.ok(change?.kind === 'credential' && change.op === 'put')
  assert.deepEqual([change.value.key, change.value.fields], [null, { group: 'gold' }])
})

test('kinds that the model does not have are no changes', () => {
  assert.deepEqual(changes(put('key_sets', 'v', {})), [])
  assert.deepEqual(changes(remove('key_sets', 'v')), [])
})

test('a vault', () => {
  const stored = put('vaults', 'v', { prefix: 'mine', name: 'env', config: { prefix: 'A_' } })
  const value = { id: 'v', prefix: 'mine', type: 'env', config: { prefix: 'A_' } }
  assert.deepEqual(changes(stored), [{ op: 'put', kind: 'vault', value }])
  assert.deepEqual(changes(remove('vaults', 'v')), [{ op: 'delete', kind: 'vault', id: 'v' }])
})

test('a certificate with references says where they are', () => {
  const json = { cert: '{vault://env/c}', key: '{vault://env/k}' }
  const [change] = changes(put('certificates', 'c', json))
  assert.deepEqual(change?.op === 'put' && change.kind === 'certificate' && change.value.references, [
    { path: ['cert'], text: '{vault://env/c}' },
    { path: ['key'], text: '{vault://env/k}' },
  ])
})

const deletions = { routes: 'route', services: 'service', plugins: 'use', consumers: 'consumer', keys: 'credential' }
for (const [stored, kind] of Object.entries(deletions)) {
  test(`deleting of ${stored} deletes a ${kind}`, () => {
    assert.deepEqual(changes(remove(stored, 'x')), [{ op: 'delete', kind, id: 'x' }])
  })
}

const upstream = put('upstreams', 'u', { name: 'pool', host_header: 'h' })
const target = (id: string, text: string, of = 'u') =>
  put('targets', id, { target: text, weight: 10, upstream: { id: of } })
const poolOf = (...told: StoreChange[]) => {
  const [change] = changes(...told)
  assert.ok(change?.kind === 'upstream' && change.op === 'put')
  return change.value.targets.map(({ host, port, weight }) => `${host} ${port} ${weight}`)
}

test('an upstream holds its targets, whichever comes first', () => {
  assert.deepEqual(poolOf(upstream, target('1', 'a:80'), target('2', '[::1]:81')), ['a 80 10', '::1 81 10'])
  assert.deepEqual(poolOf(target('1', 'a:80'), upstream), ['a 80 10'])
  assert.deepEqual(poolOf(upstream, target('1', 'a:80'), target('1', 'b:80')), ['b 80 10'])
  assert.deepEqual(poolOf(upstream, target('1', 'a:80'), remove('targets', '1')), [])
  assert.deepEqual(changes(upstream, target('1', 'a:80'), remove('upstreams', 'u'), remove('targets', '1')), [])
})

test('a target that moves leaves its old upstream', () => {
  const other = put('upstreams', 'v', { name: 'other', host_header: null })
  const moved = changes(upstream, other, target('1', 'a:80'), target('1', 'a:80', 'v'))
  assert.deepEqual(
    moved.map(
      (change) => change.kind === 'upstream' && change.op === 'put' && [change.value.id, change.value.targets.length],
    ),
    [
      ['u', 0],
      ['v', 1],
    ],
  )
})

test('a certificate holds its server names', () => {
  const told = [
    put('certificates', 'x', { cert: 'C', key: 'K' }),
    put('snis', 'n', { name: 'a.test', certificate: { id: 'x' } }),
  ]
  const expected = { op: 'put', kind: 'certificate', value: { id: 'x', cert: 'C', key: 'K', snis: ['a.test'] } }
  assert.deepEqual(changes(...told), [expected])
  assert.deepEqual(changes(...told.toReversed()), [expected])
  assert.deepEqual(changes(...told, remove('snis', 'n')), [{ ...expected, value: { ...expected.value, snis: [] } }])
})
