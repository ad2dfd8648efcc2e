import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, refusals, testRules } from '../rule-rows.ts'

const http = { name: 'http', port: 80, protocol: 'HTTP' }
const tls = { mode: 'Terminate', certificateRefs: [{ name: 'cert' }] }
const https = { name: 'https', port: 443, protocol: 'HTTPS', tls }

/** Gateways and ListenerSets have the same listeners, under the same rules. */
const rows = (around: object): RuleRow[] => {
  const listeners = (...all: object[]) => ({ ...around, listeners: all })
  return [
    [
      '.listeners',
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
      listeners({ ...http, tls }),
      listeners(http),
    ],
    [
      '.listeners',
      'tls mode must be Terminate for protocol HTTPS',
      listeners({ ...https, tls: { mode: 'Passthrough' } }),
      listeners(https),
    ],
    [
      '.listeners',
      'tls mode must be set for protocol TLS',
      listeners({ ...http, protocol: 'TLS' }),
      listeners({ ...https, protocol: 'TLS' }),
    ],
    [
      '.listeners',
      "hostname must not be specified for protocols ['TCP', 'UDP']",
      listeners({ ...http, protocol: 'TCP', hostname: 'a.example' }),
      listeners({ ...http, protocol: 'TCP' }),
    ],
    [
      '.listeners',
      'Combination of port, protocol and hostname must be unique for each listener',
      listeners(http, { ...http, name: 'again' }),
      listeners(http, { ...http, name: 'again', hostname: 'a.example' }),
    ],
    [
      '.listeners[0].tls',
      'certificateRefs or options must be specified when mode is Terminate',
      listeners({ ...https, tls: { certificateRefs: [], options: {} } }),
      listeners({ ...https, tls: { certificateRefs: [], options: { a: 'b' } } }),
    ],
    [
      '.listeners',
      'Listener name must be unique within the Gateway',
      listeners(http, { ...http, port: 81 }),
      listeners(http, https),
      ['spec.listeners[1]: Duplicate value: {"name":"http"}'],
    ],
  ]
}

const gateway = (more: object) => ({ gatewayClassName: 'kgateway', listeners: [http], ...more })
const addresses = (...all: object[]) => gateway({ addresses: all })
const perPort = (...ports: number[]) => {
  const validation = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] }
  const all = ports.map((port) => ({ port, tls: { validation } }))
  return gateway({ tls: { frontend: { default: {}, perPort: all } } })
}
const labels = (key: string) => gateway({ infrastructure: { labels: { [key]: 'v' } } })
const annotations = (key: string) => gateway({ infrastructure: { annotations: { [key]: 'v' } } })
const longPrefix = `${'a'.repeat(253)}/b`

testRules('ListenerSet', rows({ parentRef: { name: 'http' } }))
testRules('Gateway', [
  ...rows({ gatewayClassName: 'kgateway' }),
  [
    '.addresses',
    'IPAddress values must be unique',
    addresses({ value: '10.0.0.1' }, { value: '10.0.0.1' }),
    addresses({ value: '10.0.0.1' }, { value: '::1' }),
  ],
  [
    '.addresses',
    'Hostname values must be unique',
    addresses({ type: 'Hostname', value: 'a.b' }, { type: 'Hostname', value: 'a.b' }),
    addresses({ type: 'Hostname', value: 'a.b' }, { type: 'Hostname', value: 'a.c' }),
  ],
  [
    '.addresses[0]',
    'Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)',
    addresses({ type: 'Hostname', value: 'A_B' }),
    addresses({ type: 'Hostname', value: '*.a.b' }),
  ],
  [
    '.infrastructure.labels',
    'Label keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.',
    labels('a b'),
    labels('example.com/a'),
  ],
  [
    '.infrastructure.labels',
    "If specified, the label key's prefix must be a DNS subdomain not longer than 253 characters in total.",
    labels(longPrefix),
    labels(longPrefix.slice(1)),
  ],
  [
    '.infrastructure.annotations',
    'Annotation keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.',
    annotations('/a'),
    annotations('a'),
  ],
  [
    '.infrastructure.annotations',
    "If specified, the annotation key's prefix must be a DNS subdomain not longer than 253 characters in total.",
    annotations(longPrefix),
    annotations(longPrefix.slice(1)),
  ],
  [
    '.tls.frontend.perPort',
    'Port for TLS configuration must be unique within the Gateway',
    perPort(443, 443),
    perPort(443, 444),
    ['spec.tls.frontend.perPort[1]: Duplicate value: {"port":443}'],
  ],
])

describe('Gateway', () => {
  test('a listener takes routes of its own namespace, an address is one of IP, and no ListenerSet is let in', () => {
    const spec = gateway({ addresses: [{ value: '10.0.0.1' }], allowedListeners: {} })
    assert.deepEqual(kept('Gateway', spec), {
      gatewayClassName: 'kgateway',
      listeners: [{ ...http, allowedRoutes: { namespaces: { from: 'Same' } } }],
      addresses: [{ type: 'IPAddress', value: '10.0.0.1' }],
      allowedListeners: { namespaces: { from: 'None' } },
    })
  })
  test('a listener for TLS without anything about it: the rule itself breaks, and says so', () => {
    const message = 'certificateRefs or options must be specified when mode is Terminate'
    assert.deepEqual(refusals('Gateway', { gatewayClassName: 'k', listeners: [{ ...https, tls: {} }] }), [
      `spec.listeners[0].tls: Invalid value: "object": no such key: certificateRefs evaluating rule: ${message}`,
    ])
  })
  test('a port out of range, a name with a capital letter, and no listener at all', () => {
    assert.deepEqual(refusals('Gateway', { gatewayClassName: 'k', listeners: [{ ...http, port: 65536, name: 'A' }] }), [
      `spec.listeners[0].name: Invalid value: "A": spec.listeners[0].name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'`,
      'spec.listeners[0].port: Invalid value: 65536: spec.listeners[0].port in body should be less than or equal to 65535',
    ])
    assert.deepEqual(refusals('Gateway', { gatewayClassName: 'k', listeners: [] }), [
      'spec.listeners: Invalid value: 0: spec.listeners in body should have at least 1 items',
    ])
  })
  test('more listeners than a Gateway may have', () => {
    const listeners = Array.from({ length: 65 }, (_, n) => ({ ...http, name: `l${n}`, port: n + 1 }))
    assert.deepEqual(refusals('Gateway', { gatewayClassName: 'k', listeners }), [
      'spec.listeners: Too many: 65: must have at most 64 items',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ])
  })
  test('an address of IP that is none is told three times', () => {
    const place = 'spec.addresses[0]'
    assert.deepEqual(refusals('Gateway', addresses({ value: 'a.b' })).slice(0, 3), [
      `<nil>: Invalid value: "": "${place}" must validate one and only one schema (oneOf). Found none valid`,
      `<nil>: Invalid value: "": "${place}.value" must validate at least one schema (anyOf)`,
      `${place}.value: Invalid value: "a.b": ${place}.value in body must be of type ipv4: "a.b"`,
    ])
  })
})
