import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { kindNames } from './kinds.ts'
import { readObject, recognise } from './read-object.ts'
import type { Resource } from './resource.ts'
import { toResource } from './to-resource.ts'

const nothing = () => undefined
const place = { source: 'a.yaml', line: 1 }
const age = { generation: 1, creationTimestamp: null, order: 0 }

function read(written: Readonly<Record<string, unknown>>) {
  const found = recognise(written)
  assert.equal(found.is, 'known')
  return readObject((found as { kind: 'Service' }).kind, written, nothing)
}
const told = (written: Readonly<Record<string, unknown>>) =>
  read(written).errors.map(({ field, message }) => `${field}: ${message}`)

const core = (kind: string, rest: object, metadata: object = { name: 'x' }) => ({
  apiVersion: 'v1',
  kind,
  metadata,
  ...rest,
})

describe('recognising', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['gateway.kgateway.dev/v1alpha1', 'TrafficPolicy', 'known'],
    ['gateway.networking.k8s.io/v1beta1', 'HTTPRoute', 'known'],
    ['gateway.networking.k8s.io/v1', 'ReferenceGrant', 'known'],
    ['v1', 'Service', 'known'],
    ['gateway.networking.k8s.io/v1alpha2', 'HTTPRoute', 'other-version'],
    ['networking.istio.io/v1', 'Gateway', 'not-read'],
    ['v1', 'Gateway', 'not-read'],
    ['apps/v1', 'Deployment', 'not-read'],
    ['v1', '', 'no-object'],
    ['', 'Service', 'no-object'],
    ['v1', 'constructor', 'not-read'],
  ]
  for (const [apiVersion, kind, is] of rows) {
    test(`${apiVersion} ${kind}: ${is}`, () => assert.equal(recognise({ apiVersion, kind }).is, is))
  }
  test('what is no record', () => {
    for (const value of [null, 5, 'x', []]) assert.equal(recognise(value).is, 'no-object')
  })
})

describe('metadata', () => {
  const label =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  const name =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
  const rows: readonly (readonly [string, object, readonly string[]])[] = [
    ['no name', {}, ['metadata.name: Required value: name or generateName is required']],
    ['a namespace with a dot', { name: 'x', namespace: 'a.b' }, [`metadata.namespace: Invalid value: "a.b": ${label}`]],
    [
      'the key of a label with two slashes',
      { name: 'x', labels: { 'a/b/c': 'v' } },
      [
        `metadata.labels: Invalid value: "a/b/c": a qualified name ${name} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
    [
      'a value of a label that is too long',
      { name: 'x', labels: { a: 'v'.repeat(64) } },
      [`metadata.labels: Invalid value: "${'v'.repeat(64)}": must be no more than 63 characters`],
    ],
    [
      'the key of an annotation that is empty',
      { name: 'x', annotations: { '': 'v' } },
      [
        'metadata.annotations: Invalid value: "": name part must be non-empty',
        `metadata.annotations: Invalid value: "": name part ${name}`,
      ],
    ],
    ['a capital letter before the slash of an annotation', { name: 'x', annotations: { 'Example.com/a': 'v' } }, []],
    [
      'annotations that are too large',
      { name: 'x', annotations: { a: 'v'.repeat(256 * 1024) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'a number as a label',
      { name: 'x', labels: { a: 5 } },
      ['metadata.labels.a: Invalid value: "integer": metadata.labels.a in body must be of type string: "integer"'],
    ],
    [
      'a time that is none',
      { name: 'x', creationTimestamp: '2026-01-01' },
      ['metadata.creationTimestamp: Invalid value: "2026-01-01": must be a time as of RFC 3339'],
    ],
  ]
  for (const [sentence, metadata, errors] of rows) {
    test(sentence, () => assert.deepEqual(told(core('ConfigMap', {}, metadata)), errors))
  }
  test('a name as most kinds want it', () => {
    const [error] = told(core('ConfigMap', {}, { name: 'A_b' }))
    assert.match(error!, /^metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of/)
  })
  test('a Service is named more strictly', () => {
    const service = { spec: { ports: [{ port: 80 }] } }
    assert.match(told(core('Service', service, { name: '1a' }))[0]!, /"1a": a DNS-1035 label must consist of/)
    assert.deepEqual(told(core('ConfigMap', {}, { name: '1a.b' })), [])
  })
  test('no metadata at all', () => {
    assert.deepEqual(told({ apiVersion: 'v1', kind: 'ConfigMap' }), [
      'metadata.name: Required value: name or generateName is required',
    ])
  })
  test('the namespace is `default` unless said, and none where the kind has none', () => {
    assert.equal(read(core('ConfigMap', {})).namespace, 'default')
    assert.equal(read(core('Namespace', {}, { name: 'x', namespace: 'y' })).namespace, '')
  })
  test('an unknown field', () => {
    assert.deepEqual(
      read(core('ConfigMap', { nope: 1 }, { name: 'x', lables: {} })).unknown.map(({ field }) => field),
      ['metadata.lables', 'nope'],
    )
  })
})

describe('core kinds', () => {
  test('a Service: ports lead to the same one unless they say otherwise', () => {
    const ports = [
      { port: 80, name: 'a' },
      { port: 81, name: 'b', targetPort: 'web', protocol: 'UDP' },
    ]
    const service = toResource(read(core('Service', { spec: { ports } })), place, age) as Resource<'Service'>
    assert.equal(service.spec.type, 'ClusterIP')
    assert.deepEqual(service.spec.ports, [
      { port: 80, name: 'a', targetPort: 80, protocol: 'TCP' },
      { port: 81, name: 'b', targetPort: 'web', protocol: 'UDP' },
    ])
  })
  const serviceRows: readonly (readonly [string, object, readonly string[]])[] = [
    ['no ports', {}, ['spec.ports: Required value']],
    ['no ports, and no address of its own', { clusterIP: 'None' }, []],
    ['another name', { type: 'ExternalName', externalName: 'a.example' }, []],
    ['another name, which is not said', { type: 'ExternalName' }, ['spec.externalName: Required value']],
    [
      'two ports without names, of one number',
      { ports: [{ port: 80 }, { port: 80 }] },
      [
        'spec.ports[0].name: Required value',
        'spec.ports[1].name: Required value',
        'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
      ],
    ],
    [
      'two ports of one name',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      },
      ['spec.ports[1].name: Duplicate value: "a"'],
    ],
  ]
  for (const [sentence, spec, errors] of serviceRows) {
    test(`a Service: ${sentence}`, () => assert.deepEqual(told(core('Service', { spec })), errors))
  }

  test('a Secret: bytes out of base64 or text, text going first, and none of it printed anywhere', () => {
    const written = { data: { a: 'aGVsbG8=', b: 'AP8=' }, stringData: { a: 'höher' } }
    const secret = toResource(read(core('Secret', written)), place, age) as Resource<'Secret'>
    assert.equal(secret.type, 'Opaque')
    assert.equal(secret.data.a!.revealText(), 'höher')
    assert.deepEqual([...secret.data.b!.reveal()], [0, 255])
    for (const text of [inspect(secret, { depth: 9 }), JSON.stringify(secret), String(secret.data.a)]) {
      assert.doesNotMatch(text, /höher|aGVsbG8|hello/)
    }
    assert.ok(!('stringData' in secret))
  })
  const secretRows: readonly (readonly [string, object, readonly string[]])[] = [
    [
      'no base64, and nothing of it is shown',
      { data: { a: 'geheim!' } },
      ['data[a]: Invalid value: illegal base64 data'],
    ],
    ['lines in base64', { data: { a: 'aGVs\nbG8=\n' } }, []],
    [
      'a certificate without its key',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
      ['data[tls.key]: Required value'],
    ],
    [
      'a number in place of text',
      { stringData: { a: 5 } },
      ['stringData.a: Invalid value: "integer": stringData.a in body must be of type string: "integer"'],
    ],
    [
      'more than a Secret holds',
      { stringData: { a: 'x'.repeat(1024 * 1024 + 1) } },
      ['data: Too long: may not be more than 1048576 bytes'],
    ],
  ]
  for (const [sentence, rest, errors] of secretRows) {
    test(`a Secret: ${sentence}`, () => assert.deepEqual(told(core('Secret', rest)), errors))
  }
  test('keys that are no names of files', () => {
    const [space, dots] = told(core('ConfigMap', { data: { 'a b': '', '..a': '' } }))
    assert.match(space!, /^data\[a b\]: Invalid value: "a b": a valid config key must consist of/)
    assert.equal(dots, `data[..a]: Invalid value: "..a": must not start with '..'`)
    assert.deepEqual(told(core('ConfigMap', { data: { a: '' }, binaryData: { a: '' } })), [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ])
  })
  test('an EndpointSlice', () => {
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'x' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
      ports: [{ port: 8080 }],
    }
    const resource = toResource(read(slice), place, age) as Resource<'EndpointSlice'>
    assert.deepEqual(resource.ports, [{ name: '', port: 8080, protocol: 'TCP' }])
    assert.deepEqual(told({ ...slice, endpoints: [{ addresses: [] }] }), [
      'endpoints[0].addresses: Invalid value: 0: endpoints[0].addresses in body should have at least 1 items',
    ])
  })
})

test('every kind has its definition', () => assert.equal(kindNames.length, 16))

test('what a GatewayClass is cared for by never changes', () => {
  const written = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'x' } }
  const read = (controllerName: string, old: unknown) =>
    readObject('GatewayClass', { ...written, spec: { controllerName } }, () => old)
  const first = read('kgateway.dev/kgateway', undefined)
  assert.deepEqual(first.errors, [])
  assert.deepEqual(read('kgateway.dev/kgateway', first.body).errors, [])
  assert.deepEqual(
    read('example.com/other', first.body).errors.map(({ field, message }) => `${field}: ${message}`),
    ['spec.controllerName: Invalid value: "string": Value is immutable'],
  )
})
