import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kept, type RuleRow, refusals, testRules } from '../../rule-rows.ts'

const route = (rule: object) => ({ rules: [rule] })
const path = (value: string, type = 'PathPrefix') => route({ matches: [{ path: { type, value } }] })
const filters = (...all: object[]) => route({ filters: all })

const redirect = { type: 'RequestRedirect', requestRedirect: {} }
const rewrite = { type: 'URLRewrite', urlRewrite: {} }
const cors = { type: 'CORS', cors: {} }
const change = { add: [{ name: 'a', value: 'b' }] }
const mirror = (more: object) => filters({ type: 'RequestMirror', requestMirror: { backendRef: to, ...more } })
const to = { name: 'svc', port: 80 }
const replacesPrefix = { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } }
const prefix = [{ path: { type: 'PathPrefix', value: '/a' } }]
const exact = [{ path: { type: 'Exact', value: '/a' } }]
const withPath = (path: object) => filters({ type: 'RequestRedirect', requestRedirect: { path } })

const when = "when type one of ['Exact', 'PathPrefix']"
const only = 'filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified'
const parents = (...sections: (string | undefined)[]) => ({
  parentRefs: sections.map((sectionName) => ({ name: 'gw', ...(sectionName && { sectionName }) })),
})
const twice = 'when parentRefs includes 2 or more references to the same parent'

const badPaths: readonly (readonly [string, string])[] = [
  [`value must be an absolute path and start with '/' ${when}`, 'a'],
  [`must not contain '//' ${when}`, '/a//b'],
  [`must not contain '/./' ${when}`, '/a/./b'],
  [`must not contain '/../' ${when}`, '/a/../b'],
  [`must not contain '%2f' ${when}`, '/a%2fb'],
  [`must not contain '%2F' ${when}`, '/a%2Fb'],
  [`must not end with '/..' ${when}`, '/a/..'],
  [`must not end with '/.' ${when}`, '/a/.'],
]
const characters =
  "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']"

const members: readonly (readonly [string, string, object])[] = [
  ['cors', 'CORS', {}],
  ['requestHeaderModifier', 'RequestHeaderModifier', change],
  ['responseHeaderModifier', 'ResponseHeaderModifier', change],
  ['requestMirror', 'RequestMirror', { backendRef: to }],
  ['requestRedirect', 'RequestRedirect', {}],
  ['urlRewrite', 'URLRewrite', {}],
  ['extensionRef', 'ExtensionRef', { group: 'gateway.kgateway.dev', kind: 'TrafficPolicy', name: 'p' }],
]
const other = (type: string) => (type === 'CORS' ? { type: 'URLRewrite', urlRewrite: {} } : { type: 'CORS', cors: {} })

const corsRow = (list: string, word: string, values: readonly [string, string], words = word): RuleRow => [
  `.rules[0].filters[0].cors.allow${list}`,
  `Allow${list} cannot contain '*' alongside other ${words}`,
  filters({ type: 'CORS', cors: { [`allow${list}`]: ['*', values[0]] } }),
  filters({ type: 'CORS', cors: { [`allow${list}`]: values } }),
]

testRules('HTTPRoute', [
  ['.parentRefs', `sectionName must be specified ${twice}`, parents('a', undefined), parents('a', 'b')],
  ['.parentRefs', `sectionName must be unique ${twice}`, parents('a', 'a'), parents('a', 'b')],
  [
    '.rules',
    'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
    { rules: [64, 64, 1].map((count) => ({ matches: Array(count).fill({}) })) },
    { rules: [64, 64].map((count) => ({ matches: Array(count).fill({}) })) },
  ],
  [
    '.rules[0]',
    'RequestRedirect filter must not be used together with backendRefs',
    route({ filters: [redirect], backendRefs: [to] }),
    route({ filters: [redirect], backendRefs: [] }),
  ],
  [
    '.rules[0]',
    `When using RequestRedirect ${only}`,
    route({ matches: exact, filters: [{ ...redirect, requestRedirect: replacesPrefix }] }),
    route({ matches: prefix, filters: [{ ...redirect, requestRedirect: replacesPrefix }] }),
  ],
  [
    '.rules[0]',
    `When using URLRewrite ${only}`,
    route({ matches: [...prefix, ...prefix], filters: [{ ...rewrite, urlRewrite: replacesPrefix }] }),
    route({ matches: prefix, filters: [{ ...rewrite, urlRewrite: replacesPrefix }] }),
  ],
  [
    '.rules[0]',
    `Within backendRefs, when using RequestRedirect ${only}`,
    route({ matches: exact, backendRefs: [{ ...to, filters: [{ ...redirect, requestRedirect: replacesPrefix }] }] }),
    route({ matches: prefix, backendRefs: [{ ...to, filters: [{ ...redirect, requestRedirect: replacesPrefix }] }] }),
  ],
  [
    '.rules[0]',
    `Within backendRefs, When using URLRewrite ${only}`,
    route({ matches: exact, backendRefs: [{ ...to, filters: [{ ...rewrite, urlRewrite: replacesPrefix }] }] }),
    route({ matches: prefix, backendRefs: [{ ...to, filters: [{ ...rewrite, urlRewrite: replacesPrefix }] }] }),
  ],
  ...badPaths.map(
    ([message, value]): RuleRow => [
      '.rules[0].matches[0].path',
      message,
      path(value, 'Exact'),
      path(value, 'RegularExpression'),
    ],
  ),
  ['.rules[0].matches[0].path', characters, path('/a b'), path('/a%20b')],
  [
    '.rules[0].filters',
    'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    filters(redirect, rewrite),
    filters(redirect),
  ],
  ...[cors, redirect, rewrite].map(
    (filter): RuleRow => [
      '.rules[0].filters',
      `${filter.type} filter cannot be repeated`,
      filters(filter, filter),
      filters(filter),
    ],
  ),
  ...['RequestHeaderModifier', 'ResponseHeaderModifier'].map((type): RuleRow => {
    const filter = { type, [type.replace('R', 'r')]: change }
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
    mirror({ percent: 5, fraction: { numerator: 5 } }),
    mirror({ percent: 5 }),
  ],
  [
    '.rules[0].filters[0].requestMirror.fraction',
    'numerator must be less than or equal to denominator',
    mirror({ fraction: { numerator: 101 } }),
    mirror({ fraction: { numerator: 100 } }),
  ],
  [
    '.rules[0].backendRefs[0]',
    'Must have port for Service reference',
    route({ backendRefs: [{ name: 'svc' }] }),
    route({ backendRefs: [{ name: 'b', group: 'gateway.kgateway.dev', kind: 'Backend' }] }),
  ],
  ...(['ReplaceFullPath', 'ReplacePrefixMatch'] as const).flatMap((type): RuleRow[] => {
    const member = type.replace('R', 'r')
    const otherType = type === 'ReplaceFullPath' ? 'ReplacePrefixMatch' : 'ReplaceFullPath'
    const otherMember = otherType.replace('R', 'r')
    const at = '.rules[0].filters[0].requestRedirect.path'
    return [
      [
        at,
        `${member} must be specified when type is set to '${type}'`,
        withPath({ type }),
        withPath({ type, [member]: '/' }),
      ],
      [
        at,
        `type must be '${type}' when ${member} is set`,
        withPath({ type: otherType, [otherMember]: '/', [member]: '/' }),
        withPath({ type, [member]: '/' }),
      ],
    ]
  }),
  corsRow('Origins', 'origins', ['https://a.example', 'http://b.example:81']),
  corsRow('Methods', 'methods', ['GET', 'PUT']),
  corsRow('Headers', 'headers', ['a', 'b'], 'methods'),
  [
    '.rules[0].timeouts',
    'backendRequest timeout cannot be longer than request timeout',
    route({ timeouts: { request: '1s', backendRequest: '1001ms' } }),
    route({ timeouts: { request: '0s', backendRequest: '1h' } }),
  ],
  [
    '.rules[0].matches[0].path',
    `must not contain '#' ${when}`,
    path('/a#b'),
    path('/a#b', 'RegularExpression'),
    [`spec.rules[0].matches[0].path: Invalid value: "object": ${characters}`],
  ],
])

describe('HTTPRoute', () => {
  test('a route that says nothing takes everything, and hangs on a Gateway', () => {
    const everything = [{ path: { type: 'PathPrefix', value: '/' } }]
    assert.deepEqual(kept('HTTPRoute', {}), { rules: [{ matches: everything }] })
    assert.deepEqual(kept('HTTPRoute', { parentRefs: [{ name: 'gw' }], rules: [{ backendRefs: [to] }] }), {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw' }],
      rules: [{ matches: everything, backendRefs: [{ group: '', kind: 'Service', weight: 1, ...to }] }],
    })
  })
  test('a match by header alone takes every path; a redirect without a status is 302', () => {
    const headers = [{ name: 'x', value: 'y' }]
    assert.deepEqual(kept('HTTPRoute', route({ matches: [{ headers }], filters: [redirect] })), {
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ type: 'Exact', name: 'x', value: 'y' }] }],
          filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 302 } }],
        },
      ],
    })
  })
  test('the same header twice in one match', () => {
    const headers = [
      { name: 'x', value: 'a' },
      { name: 'y', value: 'b' },
      { name: 'x', value: 'c' },
    ]
    assert.deepEqual(refusals('HTTPRoute', route({ matches: [{ headers }] })), [
      'spec.rules[0].matches[0].headers[2]: Duplicate value: {"name":"x"}',
    ])
  })
  test('values of the wrong kind, and of the wrong type', () => {
    const spec = route({ matches: [{ path: { type: 'Glob' } }], backendRefs: [{ name: 5, port: 'http' }] })
    assert.deepEqual(refusals('HTTPRoute', spec).slice(0, 3), [
      'spec.rules[0].matches[0].path.type: Unsupported value: "Glob": supported values: "Exact", "PathPrefix", "RegularExpression"',
      'spec.rules[0].backendRefs[0].name: Invalid value: "integer": spec.rules[0].backendRefs[0].name in body must be of type string: "integer"',
      'spec.rules[0].backendRefs[0].port: Invalid value: "string": spec.rules[0].backendRefs[0].port in body must be of type integer: "string"',
    ])
  })
  test('a timeout that is no duration', () => {
    const spec = route({ timeouts: { request: '1.5s', backendRequest: '1s' } })
    assert.deepEqual(refusals('HTTPRoute', spec), [
      `spec.rules[0].timeouts.request: Invalid value: "1.5s": spec.rules[0].timeouts.request in body should match '^([0-9]{1,5}(h|m|s|ms)){1,4}$'`,
    ])
  })
})
