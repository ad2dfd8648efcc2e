import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { flag, list, optional, record, text } from '../../../policy/fields.ts'
import { definePolicy } from '../../../policy/policy.ts'
import { checkEntity, expandShorthands, toWrite } from '../schema/entity.ts'
import { entityKinds } from './kinds.ts'
import { normalizedPath } from './path.ts'

const guard = definePolicy({
  name: 'guard',
  phase: 'identify',
  summary: 'For tests.',
  config: record({
    on: flag().default(true),
    groups: optional(list(text())),
    inner: record({ a: text().default('x') }),
  }),
  check: (config): Record<string, string> => (config.on ? {} : { 'inner.a': 'bad when off', '@entity': 'must be on' }),
  reasons: {},
  consumerScope: false,
  entities: [
    {
      kind: 'acls',
      schema: record({ group: text() }),
      lookup: null,
      uniquePerConsumer: 'group',
      check: (fields): Record<string, string> => (fields['group'] === 'root' ? { group: 'not that one' } : {}),
    },
  ],
  compile: () => ({}),
})
const kinds = entityKinds([guard], () => 0)
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const [one, two] = [pair(), pair()]
const PEM = one.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const OTHER = two.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const JWK = JSON.stringify({ ...one.publicKey.export({ format: 'jwk' }), kid: 'k' })
const ID = '11111111-2222-4333-8444-555555555555'

function check(kind: string, input: Record<string, unknown>) {
  const found = kinds.get(kind)!
  const expanded = expandShorthands(found, input)
  return expanded.problems ? expanded : checkEntity(found, expanded.values)
}

const path = (value: string) => ({ paths: [value] })
const match = { paths: ['/'] }
const mustSet = (names: string, protocol: string) => ({
  '@entity': [`must set one of ${names} when 'protocols' is '${protocol}'`],
})

const refused: [sentence: string, kind: string, input: Record<string, unknown>, problems: unknown][] = [
  ['a service without a host', 'services', {}, { host: 'required field missing' }],
  ['a host that is none', 'services', { host: 'not a host' }, { host: 'invalid value: not a host' }],
  ['a host with a port', 'services', { host: 'e.com:80' }, { host: 'must not have a port' }],
  ['a host with a port that cannot be', 'services', { host: 'e.com:99999' }, { host: 'must not have a port' }],
  [
    'a URL that is none',
    'services',
    { url: 'not a url' },
    { host: 'required field missing', path: 'should start with: /' },
  ],
  ['a URL that is no text', 'services', { url: 1 }, { url: 'expected a string' }],
  [
    'a name with a blank',
    'services',
    { host: 'a', name: 'a b' },
    {
      name: "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~",
    },
  ],
  [
    'a path for TCP',
    'services',
    { host: 'a', protocol: 'tcp', path: '/x' },
    {
      path: 'value must be null',
      '@entity': ["failed conditional validation given value of field 'protocol'"],
    },
  ],
  [
    'TLS settings without TLS',
    'services',
    { host: 'a', tls_verify: true },
    {
      tls_verify: 'value must be null',
      '@entity': ["failed conditional validation given value of field 'protocol'"],
    },
  ],
  [
    'an upper bound',
    'services',
    { host: 'a', connect_timeout: 2 ** 31 - 1 },
    {
      connect_timeout: 'value should be between 1 and 2147483646',
    },
  ],
  ['a route that matches by nothing', 'routes', {}, mustSet("'methods', 'hosts', 'headers', 'paths', 'snis'", 'https')],
  [
    'an HTTP route that matches by nothing',
    'routes',
    { protocols: ['http'], paths: [] },
    mustSet("'methods', 'hosts', 'headers', 'paths'", 'http'),
  ],
  [
    'a gRPC route that matches by nothing',
    'routes',
    { protocols: ['grpc'] },
    mustSet("'hosts', 'headers', 'paths'", 'grpc'),
  ],
  [
    'protocols that do not go together',
    'routes',
    { ...match, protocols: ['http', 'tls'] },
    {
      protocols: "these sets are mutually exclusive: ('http', 'https'), ('tcp', 'tls', 'udp')",
    },
  ],
  ['an unknown protocol alone', 'routes', { ...match, protocols: ['x'] }, { protocols: 'unknown type: x' }],
  [
    'an unknown protocol among others',
    'routes',
    { ...match, protocols: ['http', 'x'] },
    {
      protocols: [null, 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp'],
    },
  ],
  ['a method in lower case', 'routes', { methods: ['get'] }, { methods: ['invalid value: get'] }],
  [
    'a wildcard inside',
    'routes',
    { hosts: ['a.*.b'] },
    { hosts: ['invalid wildcard: must be placed at leftmost or rightmost label'] },
  ],
  ['two wildcards', 'routes', { hosts: ['*.a.*'] }, { hosts: ['invalid wildcard: must have at most one wildcard'] }],
  ['a path without a slash', 'routes', path('a'), { paths: ['should start with: / (fixed path) or ~/ (regex path)'] }],
  ['an empty segment', 'routes', path('/a//b'), { paths: ['must not have empty segments'] }],
  ['dot segments', 'routes', path('/a/../b'), { paths: ["non-normalized path, consider use '/b' instead"] }],
  ['needless escapes', 'routes', path('/%70lain'), { paths: ["non-normalized path, consider use '/plain' instead"] }],
  ['a bad escape', 'routes', path('/a%zz'), { paths: ["invalid url-encoded value: '%zz'"] }],
  [
    'an expression that takes more than linear time',
    'routes',
    path('~/a(?=b)'),
    {
      '@entity': ["Router Expression failed validation: regex '/a(?=b)': invalid or unsupported Perl syntax: `(?=`"],
    },
  ],
  [
    'a header without values',
    'routes',
    { headers: { 'x-a': [] } },
    { '@entity': ["Router Expression failed validation: header 'x-a' has no values"] },
  ],
  [
    'a host among the headers',
    'routes',
    { headers: { Host: ['a'] } },
    {
      headers: "cannot contain 'host' header, which must be specified in the 'hosts' attribute",
    },
  ],
  [
    'server names without TLS',
    'routes',
    { ...match, protocols: ['http'], snis: ['a'] },
    {
      snis: 'length must be 0',
      '@entity': ["'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"],
    },
  ],
  [
    'stripping for gRPC',
    'routes',
    { ...match, protocols: ['grpc'], strip_path: true },
    {
      strip_path: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'",
    },
  ],
  [
    'addresses for HTTP',
    'routes',
    { ...match, sources: [{ port: 1 }] },
    {
      sources: "cannot set 'sources' when 'protocols' is 'http' or 'https'",
    },
  ],
  [
    'a range that is none',
    'routes',
    { protocols: ['tcp'], sources: [{ ip: '1.2.3.4/33' }] },
    {
      sources: [{ ip: "invalid ip or cidr range: '1.2.3.4/33'" }],
    },
  ],
  [
    'a consumer without a name',
    'consumers',
    {},
    {
      '@entity': ["at least one of these fields must be non-empty: 'custom_id', 'username'"],
    },
  ],
  ['a plugin without a name', 'plugins', {}, { name: 'required field missing' }],
  [
    'a plugin that is not there',
    'plugins',
    { name: 'x' },
    {
      name: "plugin 'x' not enabled; there are guard",
    },
  ],
  ['a plugin whose name is a number', 'plugins', { name: 1 }, { name: 'expected a string' }],
  ['a stranger in the config', 'plugins', { name: 'guard', config: { x: 1 } }, { config: { x: 'unknown field' } }],
  [
    'what the policy itself refuses',
    'plugins',
    { name: 'guard', config: { on: false } },
    {
      config: { inner: { a: 'bad when off' } },
      '@entity': ['must be on'],
    },
  ],
  [
    'a consumer where none may be',
    'plugins',
    { name: 'guard', consumer: { id: ID } },
    { consumer: 'value must be null' },
  ],
  ['what the policy refuses of its entity', 'acls', { consumer: { id: ID }, group: 'root' }, { group: 'not that one' }],
  [
    'an address as an upstream',
    'upstreams',
    { name: '1.2.3.4' },
    { name: "Invalid name ('1.2.3.4'); no ip addresses allowed" },
  ],
  ['a port in an upstream', 'upstreams', { name: 'x:80' }, { name: "Invalid name ('x:80'); no port allowed" }],
  [
    'a hash without its input',
    'upstreams',
    { name: 'x', hash_on: 'header' },
    {
      hash_on_header: 'required field missing',
      '@entity': ["failed conditional validation given value of field 'hash_on'"],
    },
  ],
  [
    'a target that is none',
    'targets',
    { target: 'a b', upstream: { id: ID } },
    {
      target: "Invalid target ('a b'); not a valid hostname or ip address",
    },
  ],
  [
    'a key without a key',
    'keys',
    { kid: 'k' },
    { '@entity': ["at least one of these fields must be non-empty: 'jwk', 'pem'"] },
  ],
  [
    'a key twice',
    'keys',
    { kid: 'k', jwk: JWK, pem: { public_key: PEM } },
    { '@entity': ["only one or none of these fields must be set: 'jwk', 'pem'"] },
  ],
  ['a JWK of another id', 'keys', { kid: 'x', jwk: JWK }, { '@entity': ['kid in jwk.kid must be equal to keys.kid'] }],
  [
    'a JWK that is no key',
    'keys',
    { kid: 'k', jwk: '{"kid":"k"}' },
    { '@entity': ['could not load JWK, likely not a valid key'] },
  ],
  ['a JWK that is no JSON', 'keys', { kid: 'k', jwk: '{' }, { '@entity': ['could not json decode jwk string'] }],
  ['PEM that is no key', 'keys', { kid: 'k', pem: { public_key: 'x' } }, { pem: 'could not load public key' }],
  [
    'PEM of two keys',
    'keys',
    { kid: 'k', pem: { public_key: PEM, private_key: OTHER } },
    {
      pem: 'public key does not match private key',
    },
  ],
  ['an SNI that is an address', 'snis', { name: '1.2.3.4', certificate: { id: ID } }, { name: 'must not be an IP' }],
]

const stored: [sentence: string, kind: string, input: Record<string, unknown>, values: Record<string, unknown>][] = [
  [
    'a URL in its parts',
    'services',
    { url: 'https://e.com/x?y#z' },
    { protocol: 'https', host: 'e.com', port: 443, path: '/x' },
  ],
  [
    'a URL over the fields beside it',
    'services',
    { url: 'http://e.com:81', host: 'o' },
    { host: 'e.com', port: 81, path: null },
  ],
  ['null where Kong keeps it', 'services', { host: 'a', retries: null }, { retries: null }],
  ['no stripping for gRPC', 'routes', { ...match, protocols: ['grpc'] }, { strip_path: false }],
  [
    'a regular expression that some engines refuse to loop',
    'routes',
    path('~/(?<id>\\d+)$'),
    { paths: ['~/(?<id>\\d+)$'] },
  ],
  ['a path with a blank', 'routes', path('/a b'), { paths: ['/a b'] }],
  ["a policy's defaults", 'plugins', { name: 'guard' }, { config: { on: true, groups: null, inner: { a: 'x' } } }],
  ['a key as JWK', 'keys', { kid: 'k', jwk: JWK }, { kid: 'k', set: null, pem: null }],
  ['a key in PEM', 'keys', { kid: 'k', pem: { public_key: PEM } }, { pem: { public_key: PEM, private_key: null } }],
  ['a hash by its algorithm', 'upstreams', { name: 'x', hash_on: 'ip' }, { algorithm: 'consistent-hashing' }],
]

describe('entities of the Kong dialect', () => {
  for (const [sentence, kind, input, problems] of refused) {
    it(`refuse ${sentence}`, () => assert.deepEqual(check(kind, input).problems, problems))
  }
  for (const [sentence, kind, input, values] of stored) {
    it(`store ${sentence}`, () => {
      const checked = check(kind, input)
      assert.ok(checked.problems === null, JSON.stringify(checked.problems))
      assert.deepEqual({ ...checked.values, ...values }, checked.values)
    })
  }
  it('tell the store what is unique, what is pointed at, and the tags', () => {
    const values = { id: ID, consumer: { id: 'c' }, group: 'g', tags: ['t'] }
    assert.deepEqual(toWrite(kinds.get('acls')!, values, null), {
      kind: 'acls',
      id: ID,
      json: values,
      uniques: [{ name: 'consumer+group', value: '[{"id":"c"},"g"]' }],
      references: [{ field: 'consumer', kind: 'consumers', id: 'c', onDelete: 'cascade' }],
      tags: ['t'],
      expiresAt: null,
    })
  })
  it('give targets a port', () => {
    assert.equal(
      kinds.get('targets')!.prepare!({ target: '::1' })['target'],
      '[0000:0000:0000:0000:0000:0000:0000:0001]:8000',
    )
    assert.equal(kinds.get('targets')!.prepare!({ target: 'a:1' })['target'], 'a:1')
  })
})

describe('normalizedPath', () => {
  const rows: [string, string][] = [
    ['/', '/'],
    ['/a%2Fb%2f', '/a%2Fb%2F'],
    ['/%7Ea%C3%A9', '/~aé'],
    ['/a/./b/', '/a/b/'],
    ['/a/..', '/'],
    ['/%0A', '/%0A'],
  ]
  for (const [given, normal] of rows) it(`of ${given} is ${normal}`, () => assert.equal(normalizedPath(given), normal))
})
