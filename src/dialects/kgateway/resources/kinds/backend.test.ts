import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, refusals, testRules } from '../rule-rows.ts'

const lambda = { functionName: 'f', accountId: '123456789012' }
const bodies: Readonly<Record<string, unknown>> = {
  aws: { lambda },
  static: { hosts: [{ host: 'a.example', port: 80 }] },
  dynamicForwardProxy: {},
  gcp: { host: 'a.run.app' },
  priorityGroups: [{ backendRefs: [{ name: 'b' }] }],
}
const typeRow = (type: string, member: string): RuleRow => {
  const other = member === 'gcp' ? 'static' : 'gcp'
  const message = `${member} backend must be specified when type is '${type}'`
  return ['', message, { type, [other]: bodies[other] }, { type, [member]: bodies[member] }]
}
const auth = (auth: object) => ({ aws: { lambda, auth } })
const role = { roleArn: 'arn:aws:iam::123456789012:role/r' }
const tags = (filter: object) => ({ aws: { ec2: { filters: [filter] } } })

testRules('Backend', [
  typeRow('AWS', 'aws'),
  typeRow('Static', 'static'),
  typeRow('DynamicForwardProxy', 'dynamicForwardProxy'),
  typeRow('GCP', 'gcp'),
  typeRow('PriorityGroups', 'priorityGroups'),
  [
    '',
    'exactly one of the fields in [aws static dynamicForwardProxy gcp priorityGroups] must be set',
    {},
    { static: bodies.static },
  ],
  [
    '.aws',
    'accountId must be specified on aws or aws.lambda for lambda backends',
    { aws: { lambda: { functionName: 'f' } } },
    { aws: { lambda: { functionName: 'f' }, accountId: '123456789012' } },
  ],
  ['.aws', 'exactly one of the fields in [lambda ec2] must be set', { aws: { lambda, ec2: {} } }, { aws: { ec2: {} } }],
  [
    '.aws.auth',
    "secretRef must be nil if the type is not 'Secret'",
    auth({ type: 'AssumeRole', assumeRole: role, secretRef: {} }),
    auth({ type: 'AssumeRole', assumeRole: role }),
  ],
  [
    '.aws.auth',
    "secretRef must be specified when type is 'Secret'",
    auth({ type: 'Secret' }),
    auth({ type: 'Secret', secretRef: { name: 's' } }),
  ],
  [
    '.aws.auth',
    "assumeRole must be nil if the type is not 'AssumeRole'",
    auth({ type: 'Secret', secretRef: {}, assumeRole: role }),
    auth({ type: 'Secret', secretRef: {} }),
  ],
  [
    '.aws.auth',
    "assumeRole must be specified when type is 'AssumeRole'",
    auth({ type: 'AssumeRole' }),
    auth({ type: 'AssumeRole', assumeRole: role }),
  ],
  [
    '.aws.ec2.filters[0]',
    'exactly one of the fields in [key keyValue] must be set',
    tags({ key: 'a', keyValue: { key: 'a', value: 'b' } }),
    tags({ keyValue: { key: 'a', value: 'b' } }),
  ],
  [
    '.priorityGroups[0].backendRefs',
    'backend reference name must not be empty',
    { priorityGroups: [{ backendRefs: [{}] }] },
    { priorityGroups: [{ backendRefs: [{ name: 'a' }, { name: 'b' }] }] },
  ],
])

describe('Backend', () => {
  test('what is put in of itself', () => {
    assert.deepEqual(kept('Backend', { aws: { lambda } }), {
      aws: {
        region: 'us-east-1',
        lambda: { ...lambda, invocationMode: 'Sync', payloadTransformMode: 'Envoy', qualifier: '$LATEST' },
      },
    })
    assert.deepEqual(kept('Backend', { aws: { ec2: {} } }), {
      aws: { region: 'us-east-1', ec2: { port: 80, addressType: 'PrivateIP' } },
    })
  })
  test('a host without a port; no hosts', () => {
    assert.equal(
      refusals('Backend', { static: { hosts: [{ host: 'a' }] } })[0],
      'spec.static.hosts[0].port: Required value',
    )
    assert.deepEqual(refusals('Backend', { static: { hosts: [] } }), [
      'spec.static.hosts: Invalid value: 0: spec.static.hosts in body should have at least 1 items',
    ])
  })
})

testRules('DirectResponse', [
  [
    '',
    'at most one of the fields in [body bodyFormat] may be set',
    { status: 200, body: 'a', bodyFormat: { text: 'b' } },
    { status: 200 },
  ],
  [
    '.bodyFormat',
    'exactly one of the fields in [json text] must be set',
    { status: 200, bodyFormat: { json: {}, text: 'b' } },
    { status: 200, bodyFormat: { json: { a: [1, { b: null }] } } },
  ],
])

describe('DirectResponse', () => {
  test('any JSON object is kept as it is, also what looks like a prototype', () => {
    const spec = { status: 200, bodyFormat: { json: JSON.parse('{"a":[1,{"b":null}],"__proto__":{"c":1}}') } }
    assert.equal(JSON.stringify(kept('DirectResponse', spec)), JSON.stringify(spec))
  })
  test('a status that is none, and none at all', () => {
    assert.deepEqual(refusals('DirectResponse', { status: 199 }), [
      'spec.status: Invalid value: 199: spec.status in body should be greater than or equal to 200',
    ])
    assert.equal(refusals('DirectResponse', {})[0], 'spec.status: Required value')
    assert.deepEqual(refusals('DirectResponse', undefined).slice(0, 1), ['spec: Required value'])
  })
})
