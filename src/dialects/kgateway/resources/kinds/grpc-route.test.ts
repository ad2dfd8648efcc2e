import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, testRules } from '../rule-rows.ts'

const route = (rule: object) => ({ rules: [rule] })
const method = (method: object) => route({ matches: [{ method }] })
const filters = (...all: object[]) => route({ filters: all })
const to = { name: 'svc', port: 80 }
const change = { add: [{ name: 'a', value: 'b' }] }
const mirror = (more: object) => filters({ type: 'RequestMirror', requestMirror: { backendRef: to, ...more } })
const parents = (...sections: (string | undefined)[]) => ({
  parentRefs: sections.map((sectionName) => ({ name: 'gw', ...(sectionName && { sectionName }) })),
})
const twice = 'when parentRefs includes 2 or more references to the same parent'

const members: readonly (readonly [string, string, object])[] = [
  ['requestHeaderModifier', 'RequestHeaderModifier', change],
  ['responseHeaderModifier', 'ResponseHeaderModifier', change],
  ['requestMirror', 'RequestMirror', { backendRef: to }],
  ['extensionRef', 'ExtensionRef', { group: 'gateway.kgateway.dev', kind: 'TrafficPolicy', name: 'p' }],
]
const other = (type: string) =>
  type === 'RequestMirror'
    ? { type: 'RequestHeaderModifier', requestHeaderModifier: change }
    : { type: 'RequestMirror', requestMirror: { backendRef: to } }

testRules('GRPCRoute', [
  ['.parentRefs', `sectionName must be specified ${twice}`, parents('a', undefined), parents('a', 'b')],
  ['.parentRefs', `sectionName must be unique ${twice}`, parents(undefined, undefined), parents(undefined)],
  [
    '.rules',
    'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
    { rules: [{}, ...[64, 64, 1].map((count) => ({ matches: Array(count).fill({}) }))] },
    { rules: [{}, ...[64, 64].map((count) => ({ matches: Array(count).fill({}) }))] },
  ],
  [
    '.rules[0].matches[0].method',
    "One or both of 'service' or 'method' must be specified",
    method({}),
    method({ method: 'Get' }),
  ],
  [
    '.rules[0].matches[0].method',
    'service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)',
    method({ service: 'a/b' }),
    method({ service: 'a/b', type: 'RegularExpression' }),
  ],
  [
    '.rules[0].matches[0].method',
    'method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)',
    method({ method: 'a.b' }),
    method({ method: 'Get_1', service: 'Foo.bar.Baz' }),
  ],
  ...members.slice(0, 2).map(([member, type, value]): RuleRow => {
    const filter = { type, [member]: value }
    return ['.rules[0].filters', `${type} filter cannot be repeated`, filters(filter, filter), filters(filter)]
  }),
  ...members.flatMap(([member, type, value]): RuleRow[] => [
    [
      '.rules[0].filters[0]',
      `filter.${member} must be nil if the filter.type is not ${type}`,
      filters({ ...other(type), [member]: value }),
      filters({ type, [member]: value }),
    ],
    [
      '.rules[0].filters[0]',
      `filter.${member} must be specified for ${type} filter.type`,
      filters({ type }),
      filters({ type, [member]: value }),
    ],
  ]),
  [
    '.rules[0].filters[0].requestMirror',
    'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
    mirror({ percent: 0, fraction: { numerator: 0 } }),
    mirror({ fraction: { numerator: 0 } }),
  ],
  [
    '.rules[0].filters[0].requestMirror.backendRef',
    'Must have port for Service reference',
    mirror({ backendRef: { name: 'svc' } }),
    mirror({ backendRef: { name: 'b', group: 'gateway.kgateway.dev', kind: 'Backend' } }),
  ],
  [
    '.rules[0].filters[0].requestMirror.fraction',
    'numerator must be less than or equal to denominator',
    mirror({ fraction: { numerator: 2, denominator: 1 } }),
    mirror({ fraction: { numerator: 1, denominator: 1 } }),
  ],
])

describe('GRPCRoute', () => {
  test('rules and their matches stay away where nobody wrote them; a method is compared as text', () => {
    assert.deepEqual(kept('GRPCRoute', {}), {})
    assert.deepEqual(kept('GRPCRoute', route({ matches: [{ method: { service: 'a.B' } }, {}] })), {
      rules: [{ matches: [{ method: { type: 'Exact', service: 'a.B' } }, {}] }],
    })
  })
})
