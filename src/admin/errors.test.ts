import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { type AdminHarness, adminHarness } from './testkit.ts'

const clock = { time: 1_700_000_000_000 }
const NOBODY = '99999999-9999-4999-8999-999999999999'
const SERVICE = '11111111-1111-4111-8111-111111111111'
let api: AdminHarness

/** A service `s` with a route `r`, a consumer `bob` with key `k` and group `g`. */
beforeEach(async () => {
  api = adminHarness(openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } }), clock)
  await api.send('PUT', `/services/${SERVICE}`, { name: 's', host: 'a' })
  await api.send('POST', '/services/s/routes', { name: 'r', paths: ['/'] })
  await api.send('POST', '/consumers', { username: 'bob' })
  await api.send('POST', '/consumers/bob/key-auth', { key: 'k' })
  await api.send('POST', '/plugins', { name: 'cors' })
  await api.send('POST', '/upstreams', { name: 'up' })
  await api.send('POST', '/consumers/bob/basic-auth', { username: 'u1', password: 'p' })
})

const notFound = { message: 'Not found' }
const violation = (fields: unknown, message: string) => ({ code: 2, name: 'schema violation', message, fields })

const rows: [sentence: string, method: string, path: string, body: unknown, status: number, answer: unknown][] = [
  ['an unknown path', 'GET', '/nothing', undefined, 404, notFound],
  ['an unknown entity', 'GET', '/services/none', undefined, 404, notFound],
  ['an unknown parent', 'GET', '/services/none/routes', undefined, 404, notFound],
  ['an unknown parent of a new child', 'POST', '/services/none/routes', {}, 404, notFound],
  ['targets without their upstream', 'GET', '/targets', undefined, 404, notFound],
  ['a wrong method', 'PATCH', '/services', {}, 405, { message: 'Method not allowed' }],
  ['a wrong method on one', 'POST', '/services/s', {}, 405, { message: 'Method not allowed' }],
  [
    'a text where only an id will do',
    'GET',
    '/acls/gold',
    undefined,
    400,
    {
      code: 1,
      name: 'invalid primary key',
      message: 'invalid primary key: \'{id="expected a valid UUID"}\'',
      fields: { id: 'expected a valid UUID' },
    },
  ],
  [
    'a bad field',
    'POST',
    '/services',
    {},
    400,
    violation({ host: 'required field missing' }, 'schema violation (host: required field missing)'),
  ],
  [
    'a name that is a number',
    'POST',
    '/plugins',
    { name: 1 },
    400,
    violation({ name: 'expected a string' }, 'schema violation (name: expected a string)'),
  ],
  [
    'emptying a consumer',
    'PATCH',
    '/consumers/bob',
    { username: null },
    400,
    violation(
      { '@entity': ["when updating, at least one of these fields must be non-empty: 'custom_id', 'username'"] },
      "schema violation (when updating, at least one of these fields must be non-empty: 'custom_id', 'username')",
    ),
  ],
  [
    'an id that is taken',
    'POST',
    '/services',
    { id: SERVICE, host: 'a' },
    400,
    {
      code: 3,
      name: 'primary key violation',
      message: `primary key violation on key '{id="${SERVICE}"}'`,
      fields: { id: SERVICE },
    },
  ],
  [
    'a reference to nothing',
    'POST',
    '/routes',
    { paths: ['/'], service: { id: NOBODY } },
    400,
    {
      code: 4,
      name: 'foreign key violation',
      message: `the foreign key '{id="${NOBODY}"}' does not reference an existing 'services' entity.`,
      fields: { service: { id: NOBODY } },
    },
  ],
  [
    'deleting what is pointed at',
    'DELETE',
    '/services/s',
    undefined,
    400,
    {
      code: 4,
      name: 'foreign key violation',
      message: "an existing 'routes' entity references this 'services' entity",
      fields: { '@referenced_by': 'routes' },
    },
  ],
  [
    'a name that is taken',
    'POST',
    '/services',
    { name: 's', host: 'a' },
    409,
    {
      code: 5,
      name: 'unique constraint violation',
      message: 'UNIQUE violation detected on \'{name="s"}\'',
      fields: { name: 's' },
    },
  ],
  [
    'the same plugin in the same place',
    'POST',
    '/plugins',
    { name: 'cors' },
    409,
    {
      code: 5,
      name: 'unique constraint violation',
      message: 'UNIQUE violation detected on \'{consumer=null,name="cors",route=null,service=null}\'',
      fields: { consumer: null, name: 'cors', route: null, service: null },
    },
  ],
  [
    'changing an unknown name',
    'PATCH',
    '/services/none',
    { host: 1 },
    404,
    {
      code: 6,
      name: 'not found',
      message: 'could not find the entity with \'{name="none"}\'',
      fields: { name: 'none' },
    },
  ],
  [
    'changing an unknown id',
    'PATCH',
    `/services/${NOBODY}`,
    {},
    404,
    {
      code: 6,
      name: 'not found',
      message: `could not find the entity with primary key '{id="${NOBODY}"}'`,
      fields: { id: NOBODY },
    },
  ],
  [
    'an offset that is no base64',
    'GET',
    '/services?offset=*',
    undefined,
    400,
    {
      code: 7,
      name: 'invalid offset',
      message: "'*' is not a valid offset: bad base64 encoding",
    },
  ],
  [
    'an offset that is no key',
    'GET',
    '/services?offset=nonsense',
    undefined,
    400,
    {
      code: 7,
      name: 'invalid offset',
      message: "'nonsense' is not a valid offset: bad json encoding",
    },
  ],
  [
    'a size that is no number',
    'GET',
    '/services?size=x',
    undefined,
    400,
    { code: 9, name: 'invalid size', message: 'size must be a number' },
  ],
  [
    'a size out of bounds',
    'GET',
    '/services?size=1001',
    undefined,
    400,
    {
      code: 9,
      name: 'invalid size',
      message: 'size must be an integer between 1 and 1000',
    },
  ],
  [
    'a name that could not be one',
    'GET',
    '/services/a%20b',
    undefined,
    400,
    {
      code: 10,
      name: 'invalid unique name',
      message: "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~",
    },
  ],
  [
    'tags both ways',
    'GET',
    '/services?tags=a,b/c',
    undefined,
    400,
    {
      code: 11,
      name: 'invalid options',
      message: 'invalid option (tags: invalid filter syntax)',
      options: { tags: 'invalid filter syntax' },
    },
  ],
  [
    'six tags',
    'GET',
    '/services?tags=a,b,c,d,e,f',
    undefined,
    400,
    {
      code: 11,
      name: 'invalid options',
      message: 'invalid option (tags: cannot query more than 5 tags)',
      options: { tags: 'cannot query more than 5 tags' },
    },
  ],
  [
    'a time to live in words',
    'POST',
    '/consumers/bob/key-auth',
    { ttl: 'long' },
    400,
    {
      code: 11,
      name: 'invalid options',
      message: 'invalid option (ttl: must be an integer between 0 and 100000000)',
      options: { ttl: 'must be an integer between 0 and 100000000' },
    },
  ],
  [
    'a name that nobody has, in a body',
    'POST',
    '/plugins',
    { name: 'cors', route: { name: 'x' } },
    400,
    {
      code: 13,
      name: 'foreign keys unresolved',
      message:
        "foreign key unresolved (route.name: the foreign key cannot be resolved with '{name=\"x\"}' for an existing 'routes' entity)",
      fields: {
        route: { name: "the foreign key cannot be resolved with '{name=\"x\"}' for an existing 'routes' entity" },
      },
    },
  ],
  [
    'protocols that the route has not',
    'POST',
    '/plugins',
    { name: 'cors', route: { name: 'r' }, protocols: ['grpc'] },
    400,
    violation(
      { protocols: "must match the associated route's protocols" },
      "schema violation (protocols: must match the associated route's protocols)",
    ),
  ],
  [
    'protocols that no route of the service has',
    'POST',
    '/services/s/plugins',
    { name: 'cors', protocols: ['grpc'] },
    400,
    violation(
      { protocols: "must match the protocols of at least one route pointing to this Plugin's service" },
      "schema violation (protocols: must match the protocols of at least one route pointing to this Plugin's service)",
    ),
  ],
  [
    'a bad parent described in place of its id',
    'POST',
    '/routes',
    { paths: ['/'], service: { protocol: 'x', name: null } },
    400,
    violation(
      { service: { protocol: 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp' } },
      'schema violation (service.protocol: expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp)',
    ),
  ],
  [
    'a parent described, and well, in place of its id',
    'POST',
    '/routes',
    { paths: ['/'], service: { protocol: 'http' } },
    400,
    violation({ service: { id: 'missing primary key' } }, 'schema violation (service.id: missing primary key)'),
  ],
  [
    'a password without the consumer that it is hashed with',
    'POST',
    '/basic-auths',
    { username: 'u', password: 'p' },
    400,
    violation(
      {
        consumer: 'required field missing',
        '@entity': ["all or none of these fields must be set: 'password', 'consumer.id'"],
      },
      "2 schema violations (all or none of these fields must be set: 'password', 'consumer.id'; consumer: required field missing)",
    ),
  ],
  [
    'another consumer without the password that is hashed with it',
    'PATCH',
    '/basic-auths/u1',
    { consumer: { id: NOBODY } },
    400,
    violation(
      { '@entity': ["all or none of these fields must be set: 'password', 'consumer.id'"] },
      "schema violation (all or none of these fields must be set: 'password', 'consumer.id')",
    ),
  ],
  [
    'too many arguments in the query',
    'GET',
    `/services?${'a&'.repeat(1001)}`,
    undefined,
    400,
    { message: 'Too many arguments' },
  ],
  [
    'a target that is none',
    'POST',
    '/upstreams/up/targets',
    { target: 'a b', weight: -1 },
    400,
    violation(
      { target: 'Invalid target; not a valid hostname or ip address' },
      'schema violation (target: Invalid target; not a valid hostname or ip address)',
    ),
  ],
  ['an unknown server name', 'GET', '/certificates/a.com', undefined, 404, { message: 'SNI not found' }],
  [
    'a custom id without one',
    'GET',
    '/consumers?custom_id=',
    undefined,
    400,
    { message: 'custom_id must be an unempty string' },
  ],
  ['an unknown schema', 'GET', '/schemas/x', undefined, 404, { message: "No entity named 'x'" }],
  ['an unknown plugin schema', 'GET', '/schemas/plugins/x', undefined, 404, { message: "No plugin named 'x'" }],
  ['half a JSON body', 'POST', '/services', '{"a": ', 400, { message: 'Cannot parse JSON body' }],
  ['an empty JSON body', 'POST', '/services', '', 400, { message: 'Cannot parse JSON body' }],
  ['a JSON list', 'POST', '/services', '[1]', 400, { message: 'The JSON body must be an object' }],
  ['JSON text', 'POST', '/services', '"a"', 400, { message: 'The JSON body must be an object' }],
  ['JSON that nests too deep', 'POST', '/services', '['.repeat(500_000), 400, { message: 'Cannot parse JSON body' }],
]

describe('the Admin API refuses', () => {
  for (const [sentence, method, path, body, status, answer] of rows) {
    it(sentence, async () => {
      const got = await api.send(method, path, body)
      assert.deepEqual([got.status, got.json], [status, answer])
      assert.deepEqual(api.errors, [])
    })
  }
})

describe('bodies', () => {
  it('are taken as forms, with the types of the schema', async () => {
    const { json, status } = await api.form('POST', '/services', 'name=f&url=https://e.com&retries=2&tags[]=a&tags[]=b')
    assert.deepEqual([status, json.port, json.retries, json.tags], [201, 443, 2, ['a', 'b']])
  })
  it("are taken as forms with the types of the plugin's config, also when only the stored row names it", async () => {
    const made = await api.form('POST', '/routes/r/plugins', 'name=key-auth&config.key_names=a&config.hide=true')
    assert.deepEqual([made.json.config.key_names, made.json.config.hide], [['a'], true])
    const changed = await api.form('PATCH', `/plugins/${made.json.id}`, 'config.hide=false')
    assert.deepEqual([changed.json.config.key_names, changed.json.config.hide], [['a'], false])
  })
  it('are taken as multipart forms', async () => {
    const body = '--X\r\nContent-Disposition: form-data; name="host"\r\n\r\ne.com\r\n--X--\r\n'
    const got = await api.send('POST', '/services', body, { 'content-type': 'multipart/form-data; boundary=X' })
    assert.deepEqual([got.status, got.json.host], [201, 'e.com'])
  })
  it('may be left out with their type', async () => {
    assert.equal((await api.send('POST', '/consumers/bob/key-auth')).status, 201)
  })
  it('of another type, or of none, are 415 in HTML', async () => {
    for (const type of ['text/plain', '']) {
      const got = await api.send('POST', '/services', 'host=a', { 'content-type': type })
      assert.deepEqual([got.status, got.headers.get('content-type')], [415, 'text/html'])
    }
  })
  it('over 10 MiB are 413, and one of 10 MiB is read', async () => {
    const [most, more] = [10 * 1024 * 1024, 10 * 1024 * 1024 + 1].map((size) => 'a'.repeat(size))
    assert.equal((await api.send('POST', '/services', more)).status, 413)
    assert.equal((await api.send('POST', '/services', most)).status, 400)
  })
  it('of more than 1000 arguments are refused', async () => {
    const got = await api.form('POST', '/services', 'tags[]=a&'.repeat(1001))
    assert.deepEqual([got.status, got.json], [400, { message: 'Too many arguments' }])
  })
})

describe('around the entities', () => {
  it('HEAD answers as GET does, without the body', async () => {
    const [found, missing] = [await api.send('HEAD', '/services/s'), await api.send('HEAD', '/services/x')]
    assert.deepEqual([found.status, found.text, missing.status], [200, '', 404])
  })
  it('OPTIONS lists what a path is good for', async () => {
    const got = await api.send('OPTIONS', '/services', undefined, { 'access-control-request-headers': 'X-A' })
    const headers = ['allow', 'access-control-allow-methods', 'access-control-allow-headers'].map((name) =>
      got.headers.get(name),
    )
    assert.deepEqual([got.status, ...headers], [204, 'GET, HEAD, OPTIONS, POST', 'GET, HEAD, OPTIONS, POST', 'X-A'])
  })
  it('every answer says who gave it, and that browsers may read it', async () => {
    const got = await api.send('GET', '/services', undefined, { origin: 'http://localhost:8002' })
    const headers = [
      'server',
      'x-kong-admin-latency',
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'content-type',
    ]
    assert.deepEqual(
      headers.map((name) => got.headers.get(name)),
      ['kong/3.9.3', '0', 'http://localhost:8002', 'true', 'application/json; charset=utf-8'],
    )
    assert.equal((await api.send('GET', '/nothing')).headers.get('access-control-allow-origin'), '*')
  })
  it('the node tells its version, plugins with their places, and a database', async () => {
    const { json } = await api.send('GET', '/')
    assert.deepEqual(
      [json.version, json.node_id, json.configuration.database],
      ['3.9.3', '00000000-0000-4000-8000-000000000001', 'postgres'],
    )
    assert.deepEqual(json.plugins.available_on_server['key-auth'], { version: '3.9.3', priority: 1250 })
    assert.deepEqual(json.plugins.enabled_in_cluster, ['cors'])
    assert.deepEqual((await api.send('GET', '/plugins/enabled')).json, { enabled_plugins: ['cors', 'key-auth'] })
    assert.equal((await api.send('GET', '/status')).json.database.reachable, true)
  })
  it('the endpoints are listed by segment, parameters in braces', async () => {
    const { data } = (await api.send('GET', '/endpoints')).json
    assert.equal(data[0], '/')
    assert.ok(data.includes('/consumers/{consumers}/key-auth/{keyauth_credentials}'))
    assert.ok(data.indexOf('/plugins/{plugins}') > data.indexOf('/plugins/enabled'))
  })
  it('schemas can be read and tried', async () => {
    const { fields } = (await api.send('GET', '/schemas/plugins/key-auth')).json
    const config = fields.find((field: object) => 'config' in field).config.fields
    assert.deepEqual(config[0].key_names.default, ['apikey'])
    assert.deepEqual(fields[0].consumer.eq, null)
    const services = (await api.send('GET', '/schemas/services')).json
    assert.deepEqual(services.shorthand_fields, [{ url: { type: 'string' } }])
    const good = await api.send('POST', '/schemas/services/validate', { host: 'a' })
    assert.deepEqual(good.json, { message: 'schema validation successful' })
    assert.equal((await api.send('POST', '/schemas/plugins/validate', { name: 'x' })).status, 400)
  })
})
