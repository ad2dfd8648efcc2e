import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { ModelKind, ModelKinds } from '../../model/model.ts'
import { problemText } from '../../model/problem.ts'
import { type AnyPolicy, definePolicy } from '../../policy/policy.ts'
import { readKongFile, readKongText } from './file.ts'

const policy = (name: string, config: z.ZodObject, more: Partial<AnyPolicy> = {}): AnyPolicy =>
  definePolicy({ name, phase: 'identify', summary: 'For tests.', config, reasons: {}, compile: () => ({}), ...more })

const policies = [
  policy(
    'jwt',
    z.strictObject({ realm: z.string().nullable().default(null), anonymous: z.string().nullable().default(null) }),
    {
      consumerScope: false,
      entities: [
        {
          kind: 'jwt_secrets',
          lookup: 'key',
          schema: z.strictObject({
            key: z.string().min(1).meta({ unique: true, auto: true }),
            secret: z.string().meta({ auto: true }),
          }),
        },
      ],
    },
  ),
  policy('key-auth', z.strictObject({}), {
    entities: [
      {
        kind: 'keyauth_credentials',
        lookup: 'key',
        expires: true,
        schema: z.strictObject({ key: z.string().min(1).meta({ unique: true, auto: true }) }),
      },
    ],
  }),
  policy('basic-auth', z.strictObject({}), {
    entities: [
      {
        kind: 'basicauth_credentials',
        lookup: 'username',
        schema: z.strictObject({ username: z.string().min(1).meta({ unique: true }), password: z.string().min(1) }),
        prepare: (fields, consumerId) => ({
          ...fields,
          password: `hash of ${fields['password']} for ${consumerId.length}`,
        }),
      },
    ],
  }),
]
const V = '_format_version: "3.0"\n'
const clock = { now: () => 1_700_000_000_000 }
const read = (text: string, environment = {}) => readKongText(text, 'kong.yaml', policies, clock, environment)

/** The records of a kind that a good file comes to. */
function records<K extends ModelKind>(text: string, kind: K, environment = {}): ModelKinds[K][] {
  const { changes, problems } = read(text, environment)
  assert.deepEqual(problems.map(problemText), [])
  return changes.flatMap((change) =>
    change.kind === kind && change.op === 'put' ? [change.value as ModelKinds[K]] : [],
  )
}

const nested = `_format_version: "3.0"
_comment: ours
_ignore: [&shared { realm: kept }]
services:
  - name: orders
    url: https://orders.internal:8080/v1
    _ignore: [x]
    routes:
      - name: orders-r
        paths: ["/orders", "~/o/(?<id>\\\\d+)$"]
        plugins: [{ name: jwt, config: *shared }]
    plugins: [{ name: key-auth }]
consumers:
  - username: app1
    jwt_secrets: [{ key: issuer-1, secret: s }]
    basicauth_credentials: [{ username: app1, password: s3cret }]
    keyauth_credentials: [{ key: k1, ttl: 60 }]
upstreams: [{ name: pool, targets: [{ target: "a:80" }, { target: b }] }]
`

test('services, routes and plugins in each other', () => {
  const [service] = records(nested, 'service')
  assert.deepEqual(
    [service!.protocol, service!.host, service!.port, service!.path],
    ['https', 'orders.internal', 8080, '/v1'],
  )
  const [route] = records(nested, 'route')
  assert.equal(route!.serviceId, service!.id)
  assert.deepEqual(
    route!.matches.map(({ path }) => path),
    [
      { kind: 'prefix', value: '/orders' },
      { kind: 'regex', value: '/o/(?<id>\\d+)$' },
    ],
  )
  const uses = new Map(records(nested, 'use').map((use) => [use.policy, use]))
  assert.deepEqual([uses.get('jwt')!.routeId, uses.get('jwt')!.serviceId], [route!.id, null])
  assert.deepEqual(uses.get('jwt')!.config, { realm: 'kept', anonymous: null })
  assert.deepEqual([uses.get('key-auth')!.routeId, uses.get('key-auth')!.serviceId], [null, service!.id])
})

test('consumers with their credentials; passwords become what is stored', () => {
  const [consumer] = records(nested, 'consumer')
  const credentials = new Map(records(nested, 'credential').map((credential) => [credential.kind, credential]))
  assert.ok([...credentials.values()].every(({ consumerId }) => consumerId === consumer!.id))
  assert.equal(credentials.get('jwt_secrets')!.key, 'issuer-1')
  assert.equal(credentials.get('basicauth_credentials')!.fields['password'], 'hash of s3cret for 36')
  assert.equal(credentials.get('keyauth_credentials')!.expiresAt, clock.now() + 60_000)
})

test('an upstream comes once, with all of its targets', () => {
  assert.deepEqual(
    records(nested, 'upstream').map(({ targets }) => targets.map(({ host, port }) => `${host}:${port}`)),
    [['a:80', 'b:8000']],
  )
})

test('reading the same text again says the same', () => {
  assert.deepEqual(read(nested).changes, read(nested).changes)
})

test('the same in flat sections, with references by name or id', () => {
  const flat = `_format_version: "3.0"
routes: [{ name: r, paths: [/a], service: s }]
services: [{ name: s, host: h, id: 0b1e6a5c-58ff-4c2e-9c1d-6f0a3c5d7e91 }]
plugins: [{ name: jwt, route: r, service: 0b1e6a5c-58ff-4c2e-9c1d-6f0a3c5d7e91, config: { anonymous: null } }, { name: key-auth, service: { name: s }, consumer: null }]
consumers: [{ username: bob }]
jwt_secrets: [{ consumer: bob, key: k }]
upstreams: [{ name: u }]
targets: [{ upstream: u, target: "a:1" }]
`
  const [route] = records(flat, 'route')
  assert.equal(route!.serviceId, '0b1e6a5c-58ff-4c2e-9c1d-6f0a3c5d7e91')
  assert.deepEqual(
    records(flat, 'use').map(({ routeId, serviceId }) => [routeId, serviceId]),
    [
      [route!.id, route!.serviceId],
      [null, route!.serviceId],
    ],
  )
  assert.equal(records(flat, 'credential')[0]!.consumerId, records(flat, 'consumer')[0]!.id)
  assert.equal(records(flat, 'upstream')[0]!.targets.length, 1)
})

test('JSON is read too, also with tabs', () => {
  assert.equal(
    records('{\n\t"_format_version": "3.0",\n\t"services": [{"name": "s", "host": "h"}]\n}', 'service').length,
    1,
  )
})

test('without transformation passwords are in stored form already, and targets are put right all the same', () => {
  const text = `_format_version: "3.0"
_transform: false
consumers: [{ username: a, basicauth_credentials: [{ username: a, password: stored }] }]
upstreams: [{ name: u, targets: [{ target: a }] }]
`
  assert.equal(records(text, 'credential')[0]!.fields['password'], 'stored')
  assert.equal(records(text, 'upstream')[0]!.targets[0]!.port, 8000)
})

for (const version of ['1.1', '2.1']) {
  test(`in format ${version} a path that looks like an expression is one`, () => {
    const text = `_format_version: "${version}"\nroutes: [{ name: r, paths: [/plain, '/re/\\d+$', '/a//b/../c'] }]\n`
    assert.deepEqual(
      records(text, 'route')[0]!.matches.map(({ path }) => `${path!.kind} ${path!.value}`),
      ['prefix /plain', 'regex /re/\\d+$', 'prefix /a/c'],
    )
  })
}

test('in format 3.0 only what starts with ~ is an expression', () => {
  const text = `${V}routes: [{ name: r, paths: [/plain, '~/re/\\d+$'] }]\n`
  assert.deepEqual(
    records(text, 'route')[0]!.matches.map(({ path }) => `${path!.kind} ${path!.value}`),
    ['prefix /plain', 'regex /re/\\d+$'],
  )
})

test("decK's own keys that mean something here", () => {
  const text = `_format_version: "3.0"
_workspace: default
_konnect: { control_plane_name: x }
_info:
  select_tags: [team-a]
  defaults: { service: { retries: 1 }, route: { strip_path: false } }
_plugin_configs: { shared: { realm: them } }
services:
  - name: s
    host: h
    routes: [{ name: r, paths: [/] }]
    plugins: [{ name: jwt, _config: shared, config: { anonymous: bob } }]
`
  assert.equal(records(text, 'service')[0]!.retries, 1)
  assert.equal(records(text, 'route')[0]!.stripPath, false)
  assert.deepEqual(records(text, 'use')[0]!.config, { realm: 'them', anonymous: 'bob' })
  assert.ok(read(text).entities.every(({ json }) => (json['tags'] as string[]).includes('team-a')))
})

test('environment variables stand in for placeholders, except in comments', () => {
  const text = `_format_version: "3.0"
# \${{ env "DECK_UNSET" }}
services: [{ name: "\${{ env "DECK_NAME" }}", host: h, port: \${{ env "DECK_PORT" | toInt }} }]
`
  const [service] = records(text, 'service', { DECK_NAME: 'filled', DECK_PORT: '81' })
  assert.deepEqual([service!.name, service!.port], ['filled', 81])
})

const wrong: readonly (readonly [sentence: string, text: string, problems: readonly string[]])[] = [
  ['no version', 'services: []\n', ["1: _format_version: required field missing (write _format_version: '3.0')"]],
  [
    'a version without quotes',
    '_format_version: 3.0\n',
    ["1: _format_version: expected a string (write '3.0' in quotes)"],
  ],
  ['a version nobody knows', '_format_version: "9"\n', ['1: _format_version: expected one of: 1.1, 2.1, 3.0']],
  ['a list at the root', '- a\n', ['1: expected a declarative configuration: a record of sections']],
  ['an unknown section', `${V}servces: []\n`, ['2: servces: unknown field']],
  ['a section that is no list', `${V}services: { a: 1 }\n`, ['2: services: expected an array']],
  ['an entity that is no record', `${V}services: [a]\n`, ['2: services[0]: expected a record']],
  ['a section that is not served', `${V}filter_chains: [{}]\n`, ['2: filter_chains: filter_chains are not served']],
  [
    'a nested one that is not served',
    `${V}consumers:\n- username: a\n  groups: [{ name: g }]\n`,
    ['4: consumers[0].groups: groups are not served'],
  ],
  ['a field that is missing', `${V}services:\n- name: a\n`, ['3: services[0].host: required field missing']],
  [
    'an unknown field',
    `${V}services:\n- name: a\n  host: h\n  routes:\n  - name: r\n    paths: [/]\n    colour: red\n`,
    ['8: services[0].routes[0].colour: unknown field'],
  ],
  [
    'a bad element of a list',
    `${V}routes:\n- name: r\n  paths:\n  - /good\n  - bad\n`,
    ['6: routes[0].paths[1]: should start with: / (fixed path) or ~/ (regex path)'],
  ],
  [
    'a bad config',
    `${V}plugins:\n- name: jwt\n  config:\n    realm: 7\n`,
    ['5: plugins[0].config.realm: expected a string'],
  ],
  [
    'a sentence about the whole',
    `${V}consumers:\n- tags: [a]\n`,
    ["3: consumers[0]: at least one of these fields must be non-empty: 'custom_id', 'username'"],
  ],
  [
    'a plugin on a consumer that may not be there',
    `${V}consumers: [{ username: a, plugins: [{ name: jwt }] }]\n`,
    ['2: consumers[0].plugins[0].consumer: value must be null'],
  ],
  [
    'a reference to nothing',
    `${V}routes: [{ name: r, paths: [/], service: x }]\n`,
    ["2: routes[0].service: invalid reference 'service: x' (no such entry in 'services')"],
  ],
  [
    'a foreign key that nesting implies',
    `${V}services: [{ name: s, host: h, routes: [{ name: r, paths: [/], service: s }] }]\n`,
    ['2: services[0].routes[0].service: is implied by where it stands, in another entity'],
  ],
  [
    'the same name twice',
    `${V}consumers:\n- username: a\n- username: a\n  id: 0b1e6a5c-58ff-4c2e-9c1d-6f0a3c5d7e91\n`,
    ["4: consumers[1]: uniqueness violation: 'consumers' entity with username set to 'a' already declared"],
  ],
  [
    'a ttl in words',
    `${V}consumers: [{ username: a, keyauth_credentials: [{ key: k, ttl: soon }] }]\n`,
    ['2: consumers[0].keyauth_credentials[0].ttl: must be an integer between 0 and 100000000'],
  ],
  ['another workspace', `${V}_workspace: other\n`, ["2: _workspace: there is one workspace, 'default'"]],
  [
    'an unknown shared config',
    `${V}plugins: [{ name: jwt, _config: x }]\n`,
    ['2: plugins[0]._config: no such entry in _plugin_configs: x'],
  ],
  [
    'a variable that is not set',
    `${V}services: [{ name: "\${{ env "DECK_X" }}", host: h }]\n`,
    ['2: environment variable DECK_X is not set'],
  ],
  [
    'a variable of another name',
    `${V}services: [{ name: "\${{ env "HOME" }}", host: h }]\n`,
    ['2: environment variables used here must start with DECK_: HOME'],
  ],
  [
    'several problems, in the order of lines',
    `${V}services:\n- name: 7\n  host: 8\n`,
    ['3: services[0].name: expected a string', '4: services[0].host: expected a string'],
  ],
]
for (const [sentence, text, problems] of wrong) {
  test(`${sentence} is told with its line and place`, () => {
    const file = read(text)
    assert.deepEqual(
      file.problems.map(problemText),
      problems.map((problem) => `kong.yaml:${problem}`),
    )
    assert.deepEqual([file.changes, file.entities], [[], []])
  })
}

test('text that is no YAML is told with its line', () => {
  const [problem] = read(`${V}services: [\n`).problems
  assert.equal(problem!.line, 3)
  assert.match(read(`${V}a: 1\na: 2\n`).problems[0]!.message, /unique/)
})

test('aliases that blow up are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let n = 1; n < 10; n++) lines.push(`a${n}: &a${n} [${Array(9).fill(`*a${n - 1}`)}]`)
  assert.match(read(lines.join('\n')).problems[0]!.message, /alias/i)
})

test('nothing at all is a problem without a line', () => {
  assert.deepEqual(read('').problems.map(problemText), [
    'kong.yaml: expected a declarative configuration: a record of sections',
  ])
})

test('a file that can not be opened is a problem', () => {
  assert.match(readKongFile('/nowhere/kong.yaml', policies, clock).problems[0]!.message, /^there is no such file$/)
  assert.match(readKongFile('/', policies, clock).problems[0]!.message, /^this is a folder/)
})

test('keys and secrets that a file leaves out are the same in every process, and nobody else can tell them', () => {
  const text = `${V}consumers:\n- username: a\n  jwt_secrets: [{}]\n- username: b\n  jwt_secrets: [{}]\n`
  const made = (seed?: string) => {
    const { entities } = readKongText(text, 'kong.yaml', policies, clock, {}, seed)
    return entities.filter(({ kind }) => kind === 'jwt_secrets').map(({ json }) => [json['key'], json['secret']])
  }
  assert.deepEqual(made('seed'), made('seed'))
  for (const value of made('seed').flat()) assert.match(String(value), /^[A-Za-z0-9]{32}$/)
  assert.equal(new Set([...made('seed'), ...made('other'), ...made(), ...made()].flat()).size, 16)
})
