import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { DeclaredState } from '../dialects/kong/admin/config/declared-state.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { type AdminHarness, adminHarness, testPolicies } from './testkit.ts'

const clock = { time: 1_700_000_000_000 }
const ID = '99999999-9999-4999-8999-999999999999'
let api: AdminHarness
let state: DeclaredState
beforeEach(() => {
  clock.time = 1_700_000_000_000
  state = new DeclaredState()
  const store = openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } })
  api = adminHarness(store, clock, testPolicies, { declared: state })
})

const YAML = `_format_version: "3.0"
services:
- name: a
  host: a.test
  routes: [{ name: r, paths: [/a] }]
consumers:
- username: bob
  keyauth_credentials: [{ key: k1 }]
`
const yaml = { 'content-type': 'application/yaml' }
const names = async (path: string) =>
  (await api.send('GET', path)).json.data.map(
    (each: { name?: string; username?: string }) => each.name ?? each.username,
  )

describe('POST /config', () => {
  it('replaces everything in one revision, and answers with all of it', async () => {
    await api.send('POST', '/services', { name: 'before', host: 'x' })
    const answer = await api.send('POST', '/config', YAML, yaml)
    assert.equal(answer.status, 201, answer.text)
    assert.deepEqual(Object.keys(answer.json), ['services', 'routes', 'consumers', 'keyauth_credentials'])
    const [route] = Object.values(answer.json.routes) as { name: string; service: { id: string } }[]
    assert.equal(route!.name, 'r')
    assert.ok(answer.json.services[route!.service.id])
    assert.deepEqual(await names('/services'), ['a'])
    assert.equal(api.published.length, 2)
    assert.deepEqual(
      api.published[1]!.changes.map((change) =>
        change.op === 'put' ? `put ${change.entity.kind}` : `delete ${change.kind}`,
      ),
      ['delete services', 'put services', 'put routes', 'put consumers', 'put keyauth_credentials'],
    )
  })
  it('touches only what differs', async () => {
    const before = (await api.send('POST', '/config', YAML, yaml)).json
    clock.time += 60_000
    const after = (await api.send('POST', '/config', YAML.replace('/a]', '/b]'), yaml)).json
    assert.deepEqual(after.services, before.services)
    assert.deepEqual(
      api.published.at(-1)!.changes.map((change) => change.op === 'put' && change.entity.kind),
      ['routes'],
    )
  })
  it('moves a unique name from one entity to another', async () => {
    const document = (first: string, second: string) => ({
      _format_version: '3.0',
      consumers: [
        { id: ID, username: first },
        { id: ID.replaceAll('9', '8'), username: second },
      ],
    })
    await api.send('POST', '/config', document('x', 'y'))
    assert.equal((await api.send('POST', '/config', document('y', 'x'))).status, 201)
    assert.equal((await api.send('GET', '/consumers/y')).json.id, ID)
  })
  const texts: [sentence: string, send: () => ReturnType<AdminHarness['send']>][] = [
    [
      'a JSON document',
      () => api.send('POST', '/config', { _format_version: '3.0', services: [{ name: 'a', host: 'h' }] }),
    ],
    ['text in JSON', () => api.send('POST', '/config', { config: YAML })],
    ['a form', () => api.form('POST', '/config', `config=${encodeURIComponent(YAML)}`)],
    ['YAML as text/yaml', () => api.send('POST', '/config', YAML, { 'content-type': 'text/yaml; charset=utf-8' })],
    [
      'a file of a multipart form',
      () => {
        const head = '--x\r\nContent-Disposition: form-data; name="config"; filename="kong.yaml"\r\n\r\n'
        const type = { 'content-type': 'multipart/form-data; boundary=x' }
        return api.send('POST', '/config', `${head}${YAML}\r\n--x--\r\n`, type)
      },
    ],
  ]
  for (const [sentence, send] of texts) {
    it(`takes ${sentence}`, async () => {
      const answer = await send()
      assert.equal(answer.status, 201, answer.text)
      assert.deepEqual(await names('/services'), ['a'])
    })
  }
  it('says 304 to the text that is being served, until something else is written', async () => {
    const send = () => api.send('POST', '/config?check_hash=1', YAML, yaml)
    const statuses = [(await send()).status, (await send()).status]
    const hash = state.hash
    await api.send('POST', '/consumers', { username: 'late' })
    assert.notEqual(state.hash, hash)
    statuses.push((await send()).status)
    assert.deepEqual(statuses, [201, 304, 201])
    assert.equal(state.hash, hash)
    assert.deepEqual(await names('/consumers'), ['bob'])
  })
  it('changes nothing when anything is wrong, and says where', async () => {
    await api.send('POST', '/config', YAML, yaml)
    const bad = {
      _format_version: '3.0',
      services: [
        { host: 'good' },
        { name: 'x', id: ID, tags: ['t'], port: 'abc', routes: [{ name: 'r', paths: ['b'] }] },
      ],
      consumers: [{}],
      extra: 1,
    }
    const plain = await api.send('POST', '/config', bad)
    assert.deepEqual([plain.status, plain.json.code, plain.json.name], [400, 14, 'invalid declarative configuration'])
    assert.match(plain.json.message, /^declarative config is invalid: \{/)
    const path = 'should start with: / (fixed path) or ~/ (regex path)'
    const nobody = "at least one of these fields must be non-empty: 'custom_id', 'username'"
    assert.deepEqual(plain.json.fields, {
      services: [null, { host: 'required field missing', port: 'expected an integer', routes: [{ paths: [path] }] }],
      consumers: [{ '@entity': [nobody] }],
      extra: 'unknown field',
    })
    const { json } = await api.send('POST', '/config?flatten_errors=true', bad)
    assert.deepEqual(json.fields, { extra: 'unknown field' })
    const service = { name: 'x', id: ID, tags: ['t'], port: 'abc' }
    assert.deepEqual(json.flattened_errors, [
      {
        ...{ entity_type: 'route', entity_name: 'r', entity: { name: 'r', paths: ['b'], service: { id: ID } } },
        errors: [{ type: 'field', field: 'paths.1', message: path }],
      },
      {
        ...{ entity_type: 'service', entity_name: 'x', entity_id: ID, entity_tags: ['t'], entity: service },
        errors: [
          { type: 'field', field: 'host', message: 'required field missing' },
          { type: 'field', field: 'port', message: 'expected an integer' },
        ],
      },
      { entity_type: 'consumer', entity: {}, errors: [{ type: 'entity', message: nobody }] },
    ])
    assert.deepEqual(await names('/services'), ['a'])
  })
  const refused: [sentence: string, body: unknown, expected: unknown][] = [
    ['nothing', {}, { message: 'expected a declarative configuration' }],
    ['something else', { config: { a: 1 } }, { message: 'expected a declarative configuration' }],
  ]
  for (const [sentence, body, expected] of refused) {
    it(`refuses ${sentence}`, async () => {
      const { status, json } = await api.send('POST', '/config', body)
      assert.deepEqual([status, json], [400, expected])
    })
  }
  it('refuses what is no document', async () => {
    const { status, json } = await api.send('POST', '/config', 'a: b: c', yaml)
    assert.deepEqual([status, json.code, Object.keys(json.fields)], [400, 14, ['error']])
    assert.match(json.fields.error, /^failed parsing declarative configuration: /)
  })
  it('takes nothing from the variables of the process', async () => {
    const reference = '$'.concat('{{ env "DECK_HOST" }}')
    const { status } = await api.send('POST', '/config', YAML.replace('a.test', reference), yaml)
    assert.equal(status, 400)
  })
})

describe('GET /config', () => {
  it('gives a document that can be declared again', async () => {
    await api.send('POST', '/config', YAML, yaml)
    const { json } = await api.send('GET', '/config')
    assert.equal((await api.send('POST', '/config', { config: json.config })).status, 201)
    assert.deepEqual(api.published.at(-1)!.changes, [])
  })
})

it('with a database there is no /config', async () => {
  const store = openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } })
  const other = adminHarness(store, clock)
  const message = 'this endpoint is only available when Kong is configured to not use a database'
  for (const method of ['GET', 'POST']) {
    const { status, json } = await other.send(method, '/config', method === 'POST' ? {} : undefined)
    assert.deepEqual([status, json], [400, { message }])
  }
})

describe('the node', () => {
  it('tells figures, and where there is no database the hash of what was declared', async () => {
    const { json } = await api.send('GET', '/status?unit=k&scale=0')
    assert.match(json.memory.workers_lua_vms[0].http_allocated_gc, /^\d+ KiB$/)
    assert.deepEqual(json.server, {
      ...{ connections_accepted: 9, connections_active: 4, connections_handled: 9, connections_reading: 0 },
      ...{ connections_waiting: 3, connections_writing: 1, total_requests: 20 },
    })
    assert.deepEqual([json.configuration_hash, json.database], ['0'.repeat(32), undefined])
    const node = (await api.send('GET', '/')).json
    assert.equal(node.configuration.database, 'off')
    assert.deepEqual(node.pids, { master: 1, workers: [2, 3] })
  })
  it('changes how much it logs, for a time', async () => {
    const changes: [string, number][] = []
    const logLevel = {
      names: ['notice', 'debug'],
      current: () => changes.at(-1)?.[0] ?? 'notice',
      change: (name: string, seconds: number) => void changes.push([name, seconds]),
    }
    const store = openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } })
    const { send } = adminHarness(store, clock, testPolicies, { logLevel })
    const rows: [method: string, path: string, status: number, message: string][] = [
      ['GET', '/debug/node/log-level', 200, 'log level: notice'],
      ['PUT', '/debug/node/log-level/loud', 400, 'unknown log level: loud'],
      ['PUT', '/debug/node/log-level/debug?timeout=-1', 400, 'timeout must be greater than or equal to 0'],
      ['PUT', '/debug/node/log-level/debug', 200, 'log level changed'],
      ['PUT', '/debug/node/log-level/debug', 200, 'log level is already debug'],
      ['PUT', '/debug/node/log-level/notice?timeout=1.2', 200, 'log level changed'],
    ]
    for (const [method, path, status, message] of rows) {
      const answer = await send(method, path)
      assert.deepEqual([answer.status, answer.json], [status, { message }], path)
    }
    assert.deepEqual(changes, [
      ['debug', 60],
      ['notice', 2],
    ])
  })
  const rows: [method: string, path: string, status: number][] = [
    ['GET', '/cache/x', 404],
    ['DELETE', '/cache/x', 204],
    ['DELETE', '/cache', 204],
    ['GET', '/timers', 200],
    ['GET', '/status/dns', 501],
    ['GET', '/clustering/data-planes', 400],
    ['GET', '/clustering/status', 400],
    ['GET', '/filter-chains', 400],
    ['POST', '/routes/r/filter-chains', 400],
    ['PUT', '/services/s/filter-chains/f', 400],
    ['GET', '/filter-chains/f/route', 400],
  ]
  for (const [method, path, status] of rows) {
    it(`answers ${status} to ${method} ${path}`, async () =>
      assert.equal((await api.send(method, path)).status, status))
  }
})
